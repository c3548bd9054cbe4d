"""What the limits of a lesson mean."""

from __future__ import annotations

from typing import Any

import pytest

from cmn_core.classroom.figures.reach import reach
from cmn_core.classroom.lesson import Lesson, code_of
from cmn_core.search.scenario import Scenario


def lesson(**wanted: Any) -> Lesson:
    return Lesson(
        "7b", code_of("key"), Scenario.of_paper(**{"goal": "energy", "memory": "sram", **wanted})
    )


def test_the_scenarios_own_limits_can_be_met() -> None:
    found = reach(lesson())
    assert found.hopeless == []
    assert found.least == {}
    assert found.smallest[0] < found.limits.min_miou < found.largest[0]  # type: ignore[operator]


def test_a_floor_above_the_largest_network_is_hopeless() -> None:
    assert reach(lesson(min_miou=99.0)).hopeless == ["min_miou"]


@pytest.mark.parametrize(
    ("limit", "tight", "loose"),
    [("max_energy_uj", 1.0, 5000.0), ("max_latency_us", 1.0, 1e6), ("max_area_mm2", 0.1, 5000.0)],
)
def test_a_cost_below_the_smallest_networks_is_hopeless(
    limit: str, tight: float, loose: float
) -> None:
    found = reach(lesson(**{limit: tight}))
    assert found.hopeless == [limit]
    assert found.least[limit] > tight
    assert reach(lesson(**{limit: loose})).hopeless == []
