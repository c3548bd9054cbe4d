"""Metrics, limits and goals are told once, and what the house computes with has the same names."""

from __future__ import annotations

import math
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmn_core.design import METRICS
from cmn_core.models import hardware
from cmn_core.quantities import (
    COSTS,
    FIGURES,
    GOALS,
    LIMITS,
    OBJECTIVES,
    QUANTITIES,
    RATE,
    SHORT_LIMITS,
    TITLES,
)
from cmn_core.search import objective
from cmn_core.search.constraints import Limits
from cmn_core.search.scenario import Scenario


def test_limits_are_the_fields_of_a_search_and_nothing_else_is_a_limit() -> None:
    # The rate of images is stated as a condition and kept as a limit.
    assert [f.name for f in fields(Limits)] == [*LIMITS, RATE.name]
    stated = {f.name for f in fields(Scenario) if f.name.startswith(("min_", "max_"))}
    assert stated == set(LIMITS)
    # What a scenario holds itself is off where nobody has a scenario.
    usual = {n: None if x.open else x.default for n, x in LIMITS.items()} | {RATE.name: None}
    assert {f.name: f.default for f in fields(Limits)} == usual
    held = {f.name: f.default for f in fields(Scenario) if f.name in LIMITS}
    assert held == {n: x.default if x.open else None for n, x in LIMITS.items()}


def test_every_metric_of_a_design_has_a_title() -> None:
    assert {name for name in METRICS if name not in ("miou_low", "miou_high")} <= set(TITLES)
    assert set(FIGURES) < set(METRICS)


def test_titles_words_and_texts() -> None:
    assert [TITLES[name] for name in FIGURES] == [
        "Energy (µJ)",
        "Latency (µs)",
        "Area (mm²)",
        "Arrays (MB)",
        "mIoU (%)",
    ]
    assert TITLES["tops_per_mm2"] == "TOPS/mm²"
    assert [QUANTITIES[n].word for n in ("energy_uj", "miou", "sigma_rel")] == [
        "energy",
        "mIoU",
        "output error",
    ]
    floor, hot = LIMITS["min_miou"], LIMITS["max_energy_uj"]
    assert (floor.label, floor.text("36")) == ("Least mIoU (%)", "mIoU at least 36 %")
    assert (hot.label, hot.text("950")) == ("Most energy (µJ)", "energy at most 950 µJ")
    usual = [LIMITS[n].usual for n in SHORT_LIMITS]
    assert usual == ["off", "off", "off", "no limit", "default: 10"]
    assert LIMITS["max_sigma_rel"].label == "Most output error"  # asked for as a share
    assert LIMITS["max_sigma_rel"].usual == "default: 0.08"


@pytest.mark.parametrize(
    ("name", "found", "allowed", "over"),
    [
        ("min_miou", 30.0, 40.0, 0.25),
        ("min_miou", 50.0, 40.0, -0.25),
        ("min_miou", 0.0, 0.0, 0.0),
        ("max_area_mm2", 150.0, 100.0, 0.5),
        ("max_area_mm2", 75.0, 100.0, -0.25),
        ("max_area_mm2", 1.0, 0.0, math.inf),
    ],
)
def test_what_breaks_a_limit_is_over_it(
    name: str, found: float, allowed: float, over: float
) -> None:
    assert LIMITS[name].over(found, allowed) == over


@given(st.sampled_from(list(LIMITS)), st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_a_floor_is_kept_above_and_a_ceiling_below(name: str, found: float, allowed: float) -> None:
    limit = LIMITS[name]
    kept = found >= allowed if limit.floor else found <= allowed
    assert (limit.over(found, allowed) <= 0.0) == kept
    assert limit.floor == name.startswith("min_")


def test_goals_are_the_three_of_the_paper() -> None:
    assert [goal.title for goal in GOALS.values()] == ["1 Latency", "2 Energy", "3 Performance"]
    assert [goal.quantity.name for goal in GOALS.values()] == ["latency_us", "energy_uj", "miou"]
    assert [goal.cost.name for goal in GOALS.values()] == ["latency_us", "energy_uj", "energy_uj"]
    assert all(set(goal.usual) <= set(LIMITS) for goal in GOALS.values())


def test_whoever_minimises_knows_every_objective() -> None:
    assert {goal.objective for goal in GOALS.values()} <= set(OBJECTIVES)
    assert set(hardware.OBJECTIVES) == set(OBJECTIVES) <= set(objective.OBJECTIVES)


def test_units_of_a_size_begin_with_the_largest_and_hold_the_own_one() -> None:
    for name in COSTS:
        quantity = QUANTITIES[name]
        sizes = [size for size, _, _ in quantity.steps]
        assert sizes == sorted(sizes, reverse=True)
        assert (1.0, quantity.unit) in [(size, unit) for size, _, unit in quantity.steps]
