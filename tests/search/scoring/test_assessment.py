from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from cmn_core.architecture import Architecture
from cmn_core.design import Workload
from cmn_core.search.codesign import codesign
from cmn_core.search.generation import Generation
from cmn_core.search.objective import RANKS
from cmn_core.search.scenario import Scenario
from cmn_core.search.scoring.assessment import Assessor
from cmn_core.search.scoring.candidate import Placed
from cmn_core.search.scoring.codesign_problem import CodesignProblem

SMALL = Scenario.of_paper(
    memory="sram",
    population=12,
    generations=1,
    particles=6,
    iterations=6,
    seed=3,
    workload=Workload((120, 160)),
)
EFFORT = {"particles": 8, "iterations": 8}
LARGE, TINY = [5, 5, 5, 5, 128, 256, 640, 1024], [1, 1, 1, 1, 16, 16, 16, 16]


def assessed(scenario, formula):
    assessor = Assessor(CodesignProblem.of(scenario, formula))
    return assessor, assessor.assess(np.array([LARGE, TINY]))


def test_unknown_cost_ranks_after_any_known_cost(formula):
    scenario = replace(SMALL, min_miou=14.999, max_area_mm2=1e-3)
    assessor, (large, tiny) = assessed(scenario, formula)
    assert large.point is not None
    assert tiny.point is None
    assert tiny.excess > large.excess > (0.0,) * RANKS
    hair = assessor.rated([Placed(tiny.genes, (14.998, 14.0, 15.5), None, 0)])[0]
    assert tiny.excess > hair.excess > large.excess
    complete = assessor.with_hardware(hair)
    assert complete.excess > large.excess
    shown = assessor.nearest(hair).all
    assert shown["min_miou"].amount == pytest.approx(0.001)
    assert shown["max_area_mm2"].found == complete.metrics["area_mm2"]


def test_nearest_is_priced_where_anything_reaches_the_floor(formula):
    scenario = replace(SMALL, min_miou=14.0, max_area_mm2=1e-3)
    last = list(codesign(scenario, accuracy=formula))[-1]
    assert min(last.points.miou) >= 14.0
    assert len(last.points.miou) < scenario.population
    assert set(last.nearest.all) == {"max_area_mm2"}
    assert last.nearest.design.metrics["miou"] >= 14.0


def test_where_nothing_reaches_the_floor_the_nearest_misses_it_least(formula):
    scenario = replace(SMALL, min_miou=60.0, max_area_mm2=1e-3)
    last = list(codesign(scenario, accuracy=formula))[-1]
    # Every first generation holds the largest subnet, and mIoU grows with size.
    assert list(last.points.miou) == []
    assert last.nearest.design.architecture == Architecture.from_row(LARGE)
    assert last.nearest.all["min_miou"].amount == pytest.approx(45.0)


@pytest.mark.parametrize("limits", [{"max_latency_us": 1e-3}, {"max_area_mm2": 1e-3}])
def test_nearest_keeps_the_limits_that_always_hold(limits, formula):
    scenario = Scenario(
        goal="performance", memory="rram", population=8, generations=1, **limits, **EFFORT
    )
    nearest = next(codesign(scenario, accuracy=formula)).nearest
    assert nearest.violated == next(iter(limits))
    assert not {"max_array_mb", "max_sigma_rel"} & set(nearest.all)
    assert nearest.design.metrics["array_mb"] <= 10.0


def test_images_that_come_too_fast_break_the_limit_of_their_name(formula):
    scenario = Scenario(
        goal="energy",
        memory="sram",
        population=8,
        generations=1,
        workload=Workload((96, 128), images_per_second=1e6),
        **EFFORT,
    )
    last = next(codesign(scenario, accuracy=formula))
    nearest = last.nearest
    assert last.best is None
    assert nearest.violated == "images_per_second"
    broken = nearest.all["images_per_second"]
    assert broken.allowed == 1e6
    assert broken.found == pytest.approx(1e6 / nearest.design.metrics["latency_us"])
    assert broken.amount == broken.allowed - broken.found
    assert "max_latency_us" not in nearest.all  # nobody asked for that
    both = replace(scenario, max_latency_us=2.0)
    nearest = next(codesign(both, accuracy=formula)).nearest
    assert list(nearest.all)[:2] == ["images_per_second", "max_latency_us"]


class Costly:
    """Counts what it is asked for."""

    costly = True

    def __init__(self, inner):
        self.inner, self.source, self.asked = inner, inner.source, []

    def __call__(self, experts, hidden):
        self.asked += [tuple(row) for row in np.concatenate([experts, hidden], axis=1).tolist()]
        return self.inner(experts, hidden)


@pytest.mark.parametrize(
    ("goal", "limits"),
    [
        ("performance", {"max_energy_uj": 6.0}),
        ("latency", {"max_energy_uj": 12.0, "min_miou": 9.0}),
        ("energy", {"max_latency_us": 1e-3, "min_miou": 9.0}),
    ],
)
def test_a_costly_source_is_asked_for_less_and_changes_nothing(goal, limits, formula):
    scenario = replace(SMALL, goal=goal, generations=4, **limits)
    source = Costly(formula)
    plain, thrifty = (list(codesign(scenario, accuracy=a)) for a in (formula, source))
    for one, other in zip(plain, thrifty, strict=True):
        assert other.state.evolution.X == one.state.evolution.X
        assert (other.best, other.front) == (one.best, one.front)
        # What else could be reached is not worth a costly source's time.
        same = one.nearest and replace(one.nearest, reachable={})
        assert other.nearest == same
        assert all(np.isfinite(other.points.miou))
    assert len(set(source.asked)) <= 4 * 12
    if goal == "performance":  # without a floor, no architecture beyond the limits is measured
        priced = len(thrifty[0].points.miou)
        assert priced < len(plain[0].points.miou)
        assert len(set(source.asked)) < 4 * 12


def test_a_search_with_a_costly_source_resumes_exactly(formula):
    scenario = replace(SMALL, goal="performance", generations=4, max_energy_uj=6.0)
    whole = list(codesign(scenario, accuracy=Costly(formula)))
    stored = Generation.from_json(json.loads(json.dumps(whole[1].to_json(), allow_nan=False)))
    rest = list(codesign(scenario, accuracy=Costly(formula), start=stored))
    assert [g.state for g in rest] == [g.state for g in whole[2:]]
    assert [g.front for g in rest] == [g.front for g in whole[2:]]


def test_algorithm_1_measures_first_whatever_it_costs(formula):
    scenario = replace(SMALL, method="algorithm1", goal="performance", max_energy_uj=6.0)
    source = Costly(formula)
    next(codesign(scenario, accuracy=source))
    assert len(set(source.asked)) == 12
