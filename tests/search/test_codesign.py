from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from cmn_core.design import Workload, parse_design
from cmn_core.errors import FieldError
from cmn_core.predictor.routing import load_routing
from cmn_core.search.codesign import codesign, default_limits, result
from cmn_core.search.constraints import Limits
from cmn_core.search.generation import Generation
from cmn_core.search.inner.grid import make_grid
from cmn_core.search.scenario import Scenario
from cmn_core.search.scoring.codesign_problem import CodesignProblem
from cmn_core.search.scoring.evaluation import evaluate_complete

SMALL = Scenario.of_paper(
    goal="latency",
    memory="sram",
    population=8,
    generations=5,
    particles=6,
    iterations=6,
    seed=11,
    workload=Workload((120, 160)),
)


def timeless(generation):
    """JSON text of a generation without the time it took."""
    data = generation.to_json()
    data["history"] = {k: v for k, v in data["history"].items() if "seconds" not in k}
    return json.dumps(data, allow_nan=False)


@pytest.mark.parametrize(
    ("goal", "memory"), [("latency", "sram"), ("energy", "hybrid"), ("performance", "rram")]
)
def test_interrupted_anywhere_it_ends_as_if_it_had_not_been(goal, memory, formula):
    scenario = replace(SMALL, goal=goal, memory=memory)
    scenario = replace(scenario, generations=3 if memory == "hybrid" else 5)
    whole = list(codesign(scenario, accuracy=formula))
    assert [g.index for g in whole] == list(range(1, scenario.generations + 1))
    expected = [timeless(g) for g in whole]
    for stop in range(1, len(whole)):
        stored = json.dumps(whole[stop - 1].to_json(), allow_nan=False)
        start = Generation.from_json(json.loads(stored))
        rest = [timeless(g) for g in codesign(scenario, accuracy=formula, start=start)]
        assert rest == expected[stop:]


class _Stopped(Exception):
    pass


@pytest.mark.parametrize(("goal", "memory"), [("performance", "rram"), ("latency", "hybrid")])
def test_a_generation_can_be_left_and_cutting_it_changes_nothing(goal, memory, formula):
    """Of 40 networks 16 are worked on at first, then as many as the clock allows."""
    scenario = replace(SMALL, goal=goal, memory=memory, population=40, generations=2)
    asked = itertools.count()
    cut = codesign(scenario, accuracy=formula, between=lambda: next(asked))
    assert [timeless(g) for g in cut] == [timeless(g) for g in codesign(scenario, accuracy=formula)]
    assert next(asked) >= 2 + 2  # the first kind of work in parts, then the chips of the front

    def stop():
        if next(asked) > 6:
            raise _Stopped

    left = codesign(scenario, accuracy=formula, between=stop)
    with pytest.raises(_Stopped):
        list(left)


def test_the_swarms_share_of_the_time_is_told(formula):
    both = replace(SMALL, inner="both", generations=2)
    *_, last = codesign(both, accuracy=formula)
    assert 0.0 < last.history.swarm_share < 1.0
    told = result("run", both, last.limits, [last.history], last, 1.0)
    assert told["swarm_share"] == last.history.swarm_share
    *_, plain = codesign(replace(both, inner="exact"), accuracy=formula)
    assert plain.history.swarm_share is None
    assert "swarm_share" not in result("run", both, plain.limits, [plain.history], plain, 1.0)


def test_a_memory_for_each_expert_costs_no_more_and_resumes_exactly(formula):
    sparse = Workload((240, 320), top_k=1, images_per_second=1.0)
    blocks = replace(SMALL, goal="energy", memory="hybrid", workload=sparse, generations=2)
    blocks = replace(blocks, population=4, max_area_mm2=150.0, seed=3)
    scenario = replace(blocks, placement="expert")
    first, second = codesign(scenario, accuracy=formula)
    (plain, *_) = codesign(blocks, accuracy=formula)
    assert first.best is not None and plain.best is not None and second.best is not None
    assert first.best.metrics["energy_uj"] <= plain.best.metrics["energy_uj"]
    hardware = second.best.hardware
    assert hardware.by_expert
    again = parse_design(json.loads(json.dumps(second.best.to_json())))
    assert again.hardware == hardware
    priced = evaluate_complete(again, routing=load_routing("b0", "nyuv2")).cost
    assert priced.energy_uj == pytest.approx(second.best.metrics["energy_uj"], rel=1e-9)
    start = Generation.from_json(json.loads(json.dumps(first.to_json())))
    (rest,) = codesign(scenario, accuracy=formula, start=start)
    assert timeless(rest) == timeless(second)


def test_algorithm_1_searches_hardware_for_the_better_half_only_and_resumes_exactly(formula):
    scenario = replace(SMALL, method="algorithm1", min_miou=0.0, generations=4)
    whole = list(codesign(scenario, accuracy=formula))
    for generation in whole:
        assert len(generation.points.miou) == 4
        assert len(generation.state.evolution.X) <= 8
    plain = next(codesign(replace(scenario, method="nsga2"), accuracy=formula))
    first = whole[0].points.miou
    assert sorted(first) == sorted(plain.points.miou)[4:]  # the same sample, its better half
    best = [g.history.best_objective for g in whole]
    assert best == sorted(best, reverse=True)
    expected = [timeless(g) for g in whole]
    for stop in range(1, len(whole)):
        stored = Generation.from_json(json.loads(json.dumps(whole[stop - 1].to_json())))
        rest = [timeless(g) for g in codesign(scenario, accuracy=formula, start=stored)]
        assert rest == expected[stop:]


def test_scenarios_of_before_there_were_methods_are_read(formula):
    old = {k: v for k, v in SMALL.to_json().items() if k != "method"}
    assert Scenario.from_json(old) == SMALL
    with pytest.raises(FieldError, match="method: found 'algorithm2'; did you mean 'algorithm1'"):
        replace(SMALL, method="algorithm2")


def test_a_finished_search_has_nothing_left_to_do(formula):
    last = list(codesign(SMALL, accuracy=formula))[-1]
    assert list(codesign(SMALL, accuracy=formula, start=last)) == []


def test_two_workers_give_the_same_bits_as_one(formula):
    scenario = replace(SMALL, generations=2)
    alone = [timeless(g) for g in codesign(scenario, accuracy=formula)]
    shared = [timeless(g) for g in codesign(scenario, accuracy=formula, workers=2)]
    assert shared == alone


def test_another_seed_is_another_search(formula):
    first, second = (
        next(codesign(replace(SMALL, seed=s), accuracy=formula)).points for s in (1, 2)
    )
    assert first != second


def test_default_limits_mean_what_the_interface_says(formula):
    largest = SMALL.search_space.largest
    top = formula(np.array([largest.experts]), np.array([largest.hidden])).miou[0]
    for goal in ("latency", "energy"):
        limits = default_limits(replace(SMALL, goal=goal), formula)
        assert limits == Limits(min_miou=top - 1.0)
    assert limits.max_array_mb == 10.0

    costs = {}
    for memory in ("rram", "sram"):
        grid = make_grid(SMALL.search_space, SMALL.workload, memory)
        chip = grid.chip(
            np.array([largest.experts]), np.array([largest.hidden]), grid.start()[None, None]
        )
        costs[memory] = float(chip.latency_us[0, 0]), float(chip.energy_uj[0, 0])
        limits = default_limits(replace(SMALL, goal="performance", memory=memory), formula)
        assert limits.min_miou is None
        assert (limits.max_latency_us, limits.max_energy_uj) == pytest.approx(
            [c / 2 for c in costs[memory]]
        )
    mixed = CodesignProblem.of(replace(SMALL, memory="hybrid"), formula).largest
    assert mixed.latency_us == pytest.approx(min(c[0] for c in costs.values()))
    assert mixed.energy_uj == pytest.approx(min(c[1] for c in costs.values()))

    own = replace(SMALL, min_miou=7.0, max_energy_uj=5.0, max_array_mb=3.0, max_area_mm2=9.0)
    limits = default_limits(own, formula)
    assert (limits.min_miou, limits.max_energy_uj) == (7.0, 5.0)
    assert (limits.max_array_mb, limits.max_area_mm2, limits.max_latency_us) == (3.0, 9.0, None)


@pytest.mark.parametrize("goal", ["latency", "energy", "performance"])
def test_best_and_front_keep_every_limit_and_are_complete(goal, formula):
    memory = {"latency": "rram", "energy": "hybrid", "performance": "sram"}[goal]
    scenario = replace(SMALL, goal=goal, memory=memory, generations=3)
    last = list(codesign(scenario, accuracy=formula))[-1]
    limits = default_limits(scenario, formula)
    assert last.limits == limits
    assert last.best in last.front
    for design in last.front:
        again = parse_design(json.loads(json.dumps(design.to_json())))
        assert again.to_json() == design.to_json() and again == design
        assert design.hardware is not None
        assert design.hardware.complete
        assert all(v is not None for v in design.metrics.values())
        assert design.metrics["array_mb"] <= limits.max_array_mb
        assert design.metrics["miou"] >= (limits.min_miou or 0.0)
        assert design.metrics["latency_us"] <= (limits.max_latency_us or np.inf)
        assert design.provenance["seed"] == scenario.seed
        assert design.provenance["miou_source"] == formula.source
    figure = {"latency": "latency_us", "energy": "energy_uj", "performance": "miou"}[goal]
    values = [d.metrics[figure] for d in last.front]
    assert last.best.metrics[figure] == (max if goal == "performance" else min)(values)
    assert last.history.best_objective == last.best.metrics[figure]


def test_history_never_goes_back(formula):
    scenario = replace(SMALL, generations=12)
    rows = [g.history for g in codesign(scenario, accuracy=formula)]
    volumes = [r.hypervolume for r in rows]
    best = [r.best_objective for r in rows if r.best_objective is not None]
    assert volumes == sorted(volumes)
    assert 0.0 < volumes[-1] < 1.0
    assert best == sorted(best, reverse=True)
    assert best[-1] < best[0]
    assert all(a.evaluations < b.evaluations for a, b in itertools.pairwise(rows))
    assert all(a.seconds < b.seconds for a, b in itertools.pairwise(rows))


@pytest.mark.parametrize(
    ("limits", "violated"),
    [
        ({"min_miou": 60.0}, "min_miou"),
        ({"max_latency_us": 1e-3}, "max_latency_us"),
        ({"max_array_mb": 0.05}, "max_array_mb"),
        ({"max_area_mm2": 1e-4, "max_array_mb": 50.0}, "max_area_mm2"),
    ],
)
def test_limits_nobody_can_meet_end_with_the_nearest_design(limits, violated, formula):
    scenario = replace(SMALL, generations=3, **limits)
    generations = list(codesign(scenario, accuracy=formula))
    assert len(generations) == 3
    last = generations[-1]
    assert not last.feasible
    assert last.front == ()
    assert last.history.best_objective is None
    assert last.history.hypervolume == 0.0
    nearest = last.nearest
    assert nearest.violated == violated == next(iter(nearest.all))
    excess = nearest.all[violated]
    assert excess.amount == pytest.approx(abs(excess.found - excess.allowed))
    assert excess.amount > 0
    assert nearest.design.hardware.complete
    again = Generation.from_json(json.loads(json.dumps(generations[0].to_json())))
    rest = [timeless(g) for g in codesign(scenario, accuracy=formula, start=again)]
    assert rest == [timeless(g) for g in generations[1:]]


def test_architectures_below_the_floor_get_no_hardware_search(formula):
    scenario = replace(SMALL, min_miou=14.9, population=30, generations=1)
    only = next(codesign(scenario, accuracy=formula))
    assert 0 < len(only.points.miou) < 30
    assert min(only.points.miou) >= 14.9
    relaxed = next(codesign(replace(scenario, min_miou=0.0), accuracy=formula))
    assert len(relaxed.points.miou) == 30
    assert relaxed.evaluations > only.evaluations


def test_patience_ends_a_search_that_has_converged(formula):
    scenario = replace(SMALL, min_miou=60.0, generations=20, patience=2)
    assert len(list(codesign(scenario, accuracy=formula))) == 2


def test_a_state_of_another_version_is_refused(formula):
    first = next(codesign(SMALL, accuracy=formula))
    old = first.to_json()
    old["state"]["version"] = 0
    with pytest.raises(FieldError, match="run: it was made by version 0 of the search; "):
        Generation.from_json(old)
    with pytest.raises(FieldError, match="run: its state is left out; "):
        next(codesign(SMALL, accuracy=formula, start=replace(first, state=None)))


def test_an_accuracy_without_basis_is_refused(formula):
    class Nothing(type(formula)):
        source = "nothing"

        def __call__(self, experts, hidden, /):
            known = super().__call__(experts, hidden)
            return replace(known, miou=known.miou * np.nan)

    with pytest.raises(FieldError, match="nothing gives no mIoU"):
        next(codesign(SMALL, accuracy=Nothing()))


def test_the_result_is_a_plain_json_document(formula):
    generations = list(codesign(SMALL, accuracy=formula))
    limits = default_limits(SMALL, formula)
    out = result("id", SMALL, limits, [g.history for g in generations], generations[-1], 1.5)
    assert json.loads(json.dumps(out, allow_nan=False)) == out
    assert out["schema"] == "cmn.run/1"
    assert out["feasible"] is True
    assert out["best"] == generations[-1].best.to_json()
    assert [h["generation"] for h in out["history"]] == [1, 2, 3, 4, 5]
    empty = result("id", SMALL, limits, [], None, 0.0)
    assert empty["feasible"] is False
    assert empty["best"] is None
