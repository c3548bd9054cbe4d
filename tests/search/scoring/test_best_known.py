"""The best that is known of a scenario: laid beside exactly that one, and still what it says."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

import cmn_core as cmn
from cmn_core.cim.chip import SIMULATOR
from cmn_core.design import HYBRID, MEMORY_CHOICES, Design, Workload, parse_design
from cmn_core.quantities import GOALS
from cmn_core.search.codesign import codesign
from cmn_core.search.scenario import EXPERT, Scenario
from cmn_core.search.scoring.best_known import FILE, BestKnown, ending, told

ENTRIES: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))["entries"]


def scenario_of(entry: dict[str, Any]) -> Scenario:
    return Scenario(goal=entry["goal"], memory=entry["memory"], dataset=entry["dataset"])


def design_of(entry: dict[str, Any]) -> Design:
    origin = {name: entry[name] for name in ("simulator", "miou_source")}
    return replace(parse_design(entry["design"]), provenance=origin)


@pytest.mark.parametrize(
    ("goal", "found", "excess", "words"),
    [
        ("energy", 202.0, 0.01, "ends 1 % above the best known, found by me"),
        ("latency", 199.0, -0.005, "is better than the best known by 0.5 %, found by me"),
        ("energy", 200.0005, 2.5e-6, "ends at the best known, found by me"),
        (
            "performance",
            195.0,
            0.025,
            "ends 2.5 % (5 points) below the best known, found by me",
        ),
    ],
)
def test_the_gap_is_told_in_the_sense_of_the_goal(
    goal: str, found: float, excess: float, words: str
) -> None:
    said = told(goal, found, BestKnown(200.0, "me", "2026-11-30"))
    assert said["excess_rel"] == pytest.approx(excess)
    assert (said["value"], said["words"]) == (200.0, words)


def test_every_goal_and_memory_has_one() -> None:
    known = {(e["goal"], e["memory"]) for e in ENTRIES if e["dataset"] == "nyuv2"}
    assert known == {(goal, memory) for goal in GOALS for memory in MEMORY_CHOICES}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: f"{e['goal']} {e['memory']}")
def test_it_stands_beside_exactly_its_scenario(entry: dict[str, Any]) -> None:
    stated, design = scenario_of(entry), design_of(entry)

    def beside(scenario: Scenario, limits: Any = entry["limits"], best: Design = design) -> Any:
        return ending(scenario.to_json(), limits, best, entry["value"])

    assert beside(stated)["excess_rel"] == 0.0
    longer = replace(stated, seed=9, population=70, generations=3, patience=None, inner="exact")
    assert beside(longer)["excess_rel"] == 0.0
    for name, value in (
        ("max_area_mm2", 199.0),
        ("parameters", "paper"),
        ("chip_miou", False),
        ("workload", Workload(images_per_second=1.0)),
        ("space", "b1"),
    ):
        assert beside(replace(stated, **{name: value})) is None, name
    if stated.memory == HYBRID:
        sparse = replace(stated, workload=Workload(top_k=2))
        assert beside(replace(sparse, placement=EXPERT)) is None
    assert beside(stated, limits={**entry["limits"], "max_area_mm2": 199.0}) is None
    other = replace(design, provenance={**(design.provenance or {}), "simulator": "cmn-cim/1"})
    assert beside(stated, best=other) is None
    assert ending(stated.to_json(), entry["limits"], None, None) is None


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: f"{e['goal']} {e['memory']}")
def test_its_design_costs_what_it_says(entry: dict[str, Any]) -> None:
    if entry["simulator"] != SIMULATOR:
        pytest.skip("made with another cost model: cmn replay best-known --write makes it anew")
    metric = GOALS[entry["goal"]].quantity.name
    metric = "miou_on_chip" if metric == "miou" else metric
    answer = cmn.evaluate(parse_design(entry["design"]), dataset=entry["dataset"])
    assert answer[metric] == pytest.approx(entry["value"], rel=1e-9)


def test_a_search_is_laid_beside_it() -> None:
    scenario = Scenario(goal="energy", memory="sram", population=8, generations=3)
    *_, last = codesign(scenario)
    said = ending(scenario.to_json(), last.limits.to_json(), last.best, last.history.best_objective)
    assert said is not None and said["excess_rel"] > 0.0
