"""A search that begins with a design: what may be one, where it goes, and what is said of it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.design import Workload, parse_design
from cmn_core.errors import FieldError
from cmn_core.search.codesign import codesign, result
from cmn_core.search.generation import Generation
from cmn_core.search.inner.grid import make_grid
from cmn_core.search.outer.evolution import Evolution
from cmn_core.search.scenario import METHODS, Scenario
from cmn_core.search.warm_start import grid_point

SMALL = Scenario.of_paper(
    goal="energy",
    memory="sram",
    population=8,
    generations=3,
    particles=6,
    iterations=6,
    seed=11,
    workload=Workload((120, 160)),
)
BARE = {
    "schema": "cmn.design/1",
    "space": "b0",
    "architecture": {"experts": [2, 3, 4, 5], "hidden": [64, 128, 256, 512]},
}
GENES = (2, 3, 4, 5, 64, 128, 256, 512)


def timeless(generation):
    data = generation.to_json()
    data["history"] = {k: v for k, v in data["history"].items() if "seconds" not in k}
    return json.dumps(data, allow_nan=False)


@pytest.fixture
def chip():
    """A complete chip of the search's own grid, and not one that a search would choose."""
    grid = make_grid(SMALL.search_space, SMALL.workload, "sram")
    return grid.hardware(grid.start()).to_json()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("population", [2, 3, 20])
def test_the_first_generation_holds_it_in_place_of_one_other(method, population):
    def asked(start):
        space = SPACES["b0"]
        return Evolution(
            space,
            population=population,
            seed=5,
            constraints=1,
            goal="latency",
            method=method,
            start=start,
        ).ask(1)

    plain, begun = asked(None), asked(GENES)
    changed = (plain != begun).any(axis=1)
    assert changed.sum() == 1
    assert begun[changed].tolist() == [list(GENES)]
    largest = tuple(SPACES["b0"].upper.tolist())
    assert asked(largest).tolist() == plain.tolist()  # it is there anyway


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("with_chip", [False, True])
def test_it_is_resumed_bit_for_bit_and_told_by_every_generation(formula, chip, method, with_chip):
    start = {**BARE, "hardware": chip} if with_chip else BARE
    scenario = replace(SMALL, method=method, start=start, min_miou=0.0)
    whole = list(codesign(scenario, accuracy=formula))
    expected = [timeless(g) for g in whole]
    for stop in range(1, len(whole)):
        stored = Generation.from_json(json.loads(json.dumps(whole[stop - 1].to_json())))
        rest = [timeless(g) for g in codesign(scenario, accuracy=formula, start=stored)]
        assert rest == expected[stop:]
    for generation in whole:
        told = generation.start
        assert told.hardware.complete
        assert (*told.architecture.experts, *told.architecture.hidden) == GENES
    own = formula(np.array([GENES[:4]]), np.array([GENES[4:]])).miou[0]
    assert own in whole[0].points.miou
    assert whole[0].start.metrics["miou"] == own
    if with_chip:
        assert whole[0].start.hardware.to_json() == chip


def test_a_search_without_a_start_knows_nothing_of_it(formula):
    generation = next(codesign(SMALL, accuracy=formula))
    assert "start" not in generation.to_json()
    assert "start" not in SMALL.to_json()
    assert "accuracy_table" not in SMALL.to_json()
    assert "start" not in result("x", SMALL, generation.limits, [], generation, 1.0)


def test_generations_of_before_there_were_starts_are_read(formula):
    old = next(codesign(SMALL, accuracy=formula)).to_json()
    assert Generation.from_json(old).start is None


def test_the_chip_that_it_came_with_is_on_the_front_where_nothing_beats_it(formula, chip):
    first = next(
        codesign(replace(SMALL, start={**BARE, "hardware": chip}, min_miou=0.0), accuracy=formula)
    )
    plain = next(codesign(replace(SMALL, start=BARE, min_miou=0.0), accuracy=formula))
    assert first.evaluations == plain.evaluations + 1
    # A floor at its own mIoU and ceilings at its own costs: it keeps them, so something must.
    own = first.start.metrics
    limited = replace(
        SMALL,
        start={**BARE, "hardware": chip},
        min_miou=own["miou"],
        max_energy_uj=own["energy_uj"],
        max_latency_us=own["latency_us"],
    )
    best = next(codesign(limited, accuracy=formula)).best.metrics
    assert best["energy_uj"] <= own["energy_uj"]


def test_the_result_says_by_how_much_the_best_differs(formula):
    scenario = replace(SMALL, start=BARE, min_miou=0.0)
    *_, last = codesign(scenario, accuracy=formula)
    told = result("x", scenario, last.limits, [], last, 1.0)["start"]
    before, after = told["design"]["metrics"], last.best.metrics
    assert told["stated"] == "architecture"
    assert told["difference"]["energy_rel"] == after["energy_uj"] / before["energy_uj"] - 1.0
    assert told["difference"]["miou_points"] == after["miou"] - before["miou"]
    nothing = replace(scenario, max_area_mm2=1e-6)
    *_, last = codesign(nothing, accuracy=formula)
    told = result("x", nothing, last.limits, [], last, 1.0)["start"]
    assert set(told["difference"].values()) == {None}


def test_json_gives_the_same_scenario_back(chip):
    named = {**BARE, "hardware": chip, "provenance": {"name": " my  chip ", "x": 1}}
    scenario = replace(SMALL, start=named)
    assert scenario.start["provenance"] == {"name": "my chip"}
    assert Scenario.from_json(json.loads(json.dumps(scenario.to_json()))) == scenario


def test_metrics_workload_and_idle_macros_make_no_other_search(chip):
    more = {
        **BARE,
        "workload": SMALL.workload.to_json(),
        "metrics": {"energy_uj": 1.0},
        "hardware": {**chip, "macros": {**chip["macros"], "rram": {"rows": 128}}},
    }
    plain = replace(SMALL, start={**BARE, "hardware": chip})
    assert replace(SMALL, start=more) == plain


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"space": "b1"}, "start.space", "found 'b1'; the search is in b0"),
        ({"workload": {"image": [480, 640]}}, "start.workload.image", "the search has [120, 160]"),
        ({"hardware": {"memory": "rram"}}, "start.hardware.memory", "on sram alone"),
        ({"hardware": {"memory": "sram", "macros": {"sram": {"rows": 4}}}}, "start.hardware", ""),
        ({"architecture": {"experts": [9] * 4, "hidden": [16] * 4}}, "start.architecture", "5"),
        ({"schema": "cmn.design/2"}, "start.schema", "cmn.design/1"),
        ({"colour": 1}, "start.colour", "unknown key"),
    ],
)
def test_what_cannot_begin_this_search_is_one_sentence(change, field, words):
    with pytest.raises(FieldError) as refusal:
        Scenario.from_json({**SMALL.to_json(), "start": {**BARE, **change}})
    assert refusal.value.field.startswith(field)
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("value", [[], "design.json", 3, True])
def test_what_is_no_object_is_no_start(value):
    with pytest.raises(FieldError, match=r"start: found .*a JSON object is expected"):
        Scenario.from_json({"start": value})


def test_hardware_off_the_grid_is_priced_and_not_searched(formula, chip):
    odd = {**chip, "replicas": [5, 1, 1, 1]}
    scenario = replace(SMALL, start={**BARE, "hardware": odd}, min_miou=0.0)
    design = parse_design(scenario.start)
    grid = make_grid(SMALL.search_space, SMALL.workload, "sram")
    assert grid_point(grid, design.hardware) is None
    first = next(codesign(scenario, accuracy=formula))
    assert first.start.hardware.replicas == (5, 1, 1, 1)
    plain = next(codesign(replace(SMALL, start=BARE, min_miou=0.0), accuracy=formula))
    assert first.evaluations == plain.evaluations


def test_a_point_of_a_grid_is_found_again():
    grid = make_grid(SMALL.search_space, SMALL.workload, "hybrid")
    rng = np.random.default_rng(0)
    for _ in range(20):
        index = rng.integers(0, grid.sizes)
        hardware = grid.hardware(index)
        assert grid.hardware(np.array(grid_point(grid, hardware))) == hardware
