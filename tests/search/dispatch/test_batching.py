from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from cmn_core.search.dispatch import batching as portions
from cmn_core.search.dispatch.batching import FIRST_ROWS, PART_S, Portions, Stretches


def slowly(rows, seconds):
    time.sleep(seconds * len(rows))
    return rows.tolist()


@pytest.mark.parametrize("rows", [1, 2, 7, 50])
def test_every_row_is_worked_on_once_and_in_order(rows):
    with ThreadPoolExecutor(4) as threads:
        shared = Portions(threads)
        for _ in range(3):
            found = shared.share(rows, slowly, lambda part: (part, 0.0))
            assert [row for part in found for row in part] == list(range(rows))
            assert len(found) <= 4


def test_short_rows_are_not_cut_for_everybody():
    """Of 50 rows of 2 ms, 5.8 tasks are best by the formula though 40 could run; of 2 s, all 40."""
    with ThreadPoolExecutor(40) as threads:
        shared = Portions(threads)
        assert shared.count(50) == 40, "nothing is known yet"
        shared._row_s = 0.002
        assert shared.count(50) == 6
        assert shared.count(1) == 1
        shared._row_s = 2.0
        assert shared.count(50) == 40
        shared._row_s = 0.0
        assert shared.count(50) == 1


def test_what_a_row_takes_is_learnt():
    with ThreadPoolExecutor(8) as threads:
        shared = Portions(threads)
        first = shared.share(8, slowly, lambda part: (part, 0.0))
        assert len(first) == 8
        begun = time.perf_counter()
        shared.share(8, slowly, lambda part: (part, 0.05))
        took = time.perf_counter() - begun
        assert 0.05 <= shared._row_s <= took
        wanted = round(float(np.sqrt(8 * shared._row_s / portions.TASK_S)))
        assert shared.count(8) == min(8, wanted)


def test_work_of_this_process_is_cut_for_whoever_may_ask_it_to_stop() -> None:
    asked: list[int] = []
    done: list[int] = []

    def work(rows: Any) -> list[int]:
        time.sleep(0.002 * len(rows))
        done.append(len(rows))
        return rows.tolist()

    stretches = Stretches(lambda: asked.append(len(done)))
    for _ in range(2):
        found = stretches.share(400, work, lambda part: (part,))
        assert [row for part in found for row in part] == list(range(400))
    assert asked == list(range(len(done)))  # once before each part
    assert done[0] == FIRST_ROWS
    assert max(done) <= PART_S / 0.002  # no part is longer than it may be

    def no_more() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Stretches(no_more).share(400, work, lambda part: (part,))
    assert len(done) == len(asked)


def test_work_that_nobody_stops_is_not_cut() -> None:
    found = Stretches(None).share(400, lambda rows: rows.tolist(), lambda part: (part,))
    assert found == [list(range(400))]
