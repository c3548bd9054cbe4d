"""Speed and time left, worked by hand."""

from __future__ import annotations

import pytest

from cmn_core.runs.store.record import pace
from cmn_core.search.generation import HistoryRow


def rows(*seconds: float) -> list[HistoryRow]:
    unknown = {"best_objective": None, "hypervolume": 0.0, "feasible_share": 0.0}
    return [
        HistoryRow(generation=i, evaluations=100 * i, seconds=s, **unknown)
        for i, s in enumerate(seconds, start=1)
    ]


def test_nothing_is_said_before_the_first_generation() -> None:
    found = pace([], 30)
    assert (found.evaluations_per_s, found.elapsed_s, found.left_s) == (None, 0.0, None)


def test_time_left_is_known_from_the_first_generation_on() -> None:
    assert pace(rows(1.0), 10).left_s == pytest.approx(9.0)
    assert pace(rows(3.0, 4.0), 10).left_s == pytest.approx(
        8.0
    )  # the slow first one counts no more
    assert pace(rows(1.0, 2.0, 3.0, 4.0), 10).left_s == pytest.approx(6.0)


def test_speed_is_over_the_whole_run() -> None:
    assert pace(rows(1.0, 4.0), 10).evaluations_per_s == pytest.approx(50.0)


def test_time_left_is_the_median_of_the_last_ten_steps() -> None:
    # ten old steps of 9 s, then nine of 2 s and one slow one of 50 s: the median is 2 s
    clock = [9.0 * (i + 1) for i in range(11)]
    for step in [2.0] * 9 + [50.0]:
        clock.append(clock[-1] + step)
    found = pace(rows(*clock), 30)
    assert found.left_s == pytest.approx((30 - 21) * 2.0)


def test_a_finished_run_has_nothing_left() -> None:
    assert pace(rows(1.0, 2.0, 3.0, 4.0), 4).left_s == 0.0
