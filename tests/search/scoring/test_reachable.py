"""What can be reached of each limit: every value has a chip, and limits that clash say so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmn_core.design import Workload
from cmn_core.search.accuracy import predicted
from cmn_core.search.codesign import codesign
from cmn_core.search.scenario import EXPERT, Scenario
from cmn_core.search.scoring.codesign_problem import CodesignProblem
from cmn_core.search.scoring.reachable import reachable


def found(scenario: Scenario) -> dict[str, float | None]:
    return reachable(CodesignProblem.of(scenario, predicted(scenario)))


@pytest.mark.parametrize("memory", ["sram", "rram"])
def test_a_die_that_is_too_small_is_named_with_one_that_is_not(memory: str) -> None:
    tight = Scenario(goal="energy", memory=memory, max_area_mm2=40.0)
    before = found(tight)
    enough = before["max_area_mm2"]
    assert enough is not None and enough > 40.0
    assert before["max_array_mb"] is None  # nothing keeps the die, however many arrays it may have
    assert before["min_miou"] is None or before["min_miou"] < 18.7
    after = found(replace(tight, max_area_mm2=1.001 * enough))
    assert after["max_array_mb"] is not None
    assert after["max_area_mm2"] <= 1.001 * enough  # type: ignore[operator]


def test_latency_and_energy_are_those_of_chips_that_keep_the_rest() -> None:
    known = Scenario(goal="performance", memory="sram")
    least = found(known)["max_latency_us"]
    assert least is not None
    limits = CodesignProblem.of(known, predicted(known)).limits
    assert least < limits.max_latency_us  # type: ignore[operator]
    slower = replace(known, max_latency_us=least)  # the chip itself keeps it
    assert found(slower)["max_energy_uj"] is not None
    assert found(replace(known, max_latency_us=0.5 * least))["max_energy_uj"] is None


def test_a_search_that_finds_nothing_says_what_it_could() -> None:
    hopeless = Scenario(
        goal="energy",
        memory="sram",
        population=4,
        generations=2,
        max_area_mm2=40.0,
    )
    *_, last = codesign(hopeless)
    assert last.nearest is not None
    assert last.nearest.reachable == found(hopeless)
    assert "max_area_mm2" in last.nearest.all
    robust = replace(hopeless, robust="quantile")
    assert found(robust) == {}


def test_by_expert_it_is_known_block_by_block_which_is_quick() -> None:
    by_block = Scenario(
        goal="energy", memory="hybrid", workload=Workload(top_k=2), max_area_mm2=60.0
    )
    assert found(replace(by_block, placement=EXPERT)) == found(by_block)
