"""Words about limits that cannot be kept together."""

from __future__ import annotations

from pages.parts.runs.cards import exclusion, reach_lines

LIMITS = {"max_area_mm2": 40.0, "max_latency_us": 500.0, "min_miou": 18.0}


def test_two_limits_that_either_could_be_eased_exclude_each_other() -> None:
    reachable = {"max_area_mm2": 60.0, "max_latency_us": 900.0, "min_miou": None}
    said = exclusion(LIMITS, reachable)
    assert said is not None
    assert "area at most 40 mm² and latency at most 500 µs" in said and "mIoU" not in said
    assert "one of them" in said
    kept = [kept for _, kept in reach_lines(LIMITS, reachable)]
    assert kept == [False, False, False]


def test_limits_of_which_several_must_be_eased_are_named_together() -> None:
    said = exclusion(LIMITS, dict.fromkeys(LIMITS))
    assert said is not None and said.endswith("More than one must be eased.")
    assert all(word in said for word in ("area", "latency", "mIoU"))


def test_one_limit_out_of_reach_and_none_at_all_exclude_nothing() -> None:
    alone = {"max_area_mm2": 60.0, "max_latency_us": None, "min_miou": None}
    assert exclusion(LIMITS, alone) is None
    assert exclusion(LIMITS, {"max_area_mm2": 30.0, "min_miou": 19.0}) is None
    assert exclusion({"max_area_mm2": None}, {"max_area_mm2": 60.0}) is None
