"""Into how many tasks the hardware searches of a generation are cut; it changes no result.

On other processes, so that all of them have work; in this one, so that whoever wishes the search
to stop need not wait for a whole generation.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

import numpy as np

from cmn_core.arrays import Ints
from cmn_core.search.dispatch.retry import width

PART_S = 0.3  # of work in this process, until somebody may ask it to stop
FIRST_ROWS = 16  # of a kind of work whose time is not known yet
TASK_S = 0.003  # what a task costs beside its work, on a cluster (docs/scaling.md)


class Portions:
    """Cuts work for an executor, and learns from what each row of it took.

    k tasks of n rows take about n * row / k + k * TASK_S, which is least at the square root of
    n * row / TASK_S: with short rows, many workers would only make the search wait for messages.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor, self._row_s = executor, math.inf

    def count(self, rows: int) -> int:
        """Tasks for that many rows: at least one, at most as many as can run at a time."""
        most = min(width(self._executor), rows)
        if math.isinf(self._row_s):
            return max(1, most)
        return max(1, min(most, round(math.sqrt(rows * self._row_s / TASK_S))))

    def share(
        self,
        rows: int,
        work: Callable[..., Any],
        arguments: Callable[[Ints], tuple[Any, ...]],
    ) -> list[Any]:
        """Results of the parts in order. arguments: of the work, for rows given by their indices;
        all of it must be fit for pickle."""
        parts = np.array_split(np.arange(rows), self.count(rows))
        jobs = [self._executor.submit(_timed, work, *arguments(part)) for part in parts]
        done = [job.result() for job in jobs]
        self._row_s = sum(seconds for seconds, _ in done) / rows
        return [result for _, result in done]


class Stretches:
    """Cuts work of this process, and learns from what each row of a kind of work took.

    between: called before each part; it may raise, which ends the work. Without it nothing is cut.
    """

    def __init__(self, between: Callable[[], None] | None) -> None:
        self._between = between
        self._row_s: dict[Callable[..., Any], float] = {}

    def share(
        self,
        rows: int,
        work: Callable[..., Any],
        arguments: Callable[[Ints], tuple[Any, ...]],
    ) -> list[Any]:
        """As `Portions.share`."""
        if self._between is None:
            return [work(*arguments(np.arange(rows)))]
        done: list[Any] = []
        at = 0
        while at < rows:
            self._between()
            row_s = self._row_s.get(work)
            most = FIRST_ROWS if row_s is None else max(1, int(PART_S / max(row_s, 1e-9)))
            part = np.arange(at, min(at + most, rows))
            seconds, result = _timed(work, *arguments(part))
            self._row_s[work] = seconds / len(part)
            done.append(result)
            at += len(part)
        return done


def _timed(work: Callable[..., Any], *arguments: Any) -> tuple[float, Any]:
    """Seconds that the work took where it was done, and its result."""
    begun = time.perf_counter()
    result = work(*arguments)
    return time.perf_counter() - begun, result
