"""How fast a run goes and how long it will still take, from its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

WINDOW = 10
ENOUGH = 3


@dataclass(frozen=True)
class Pace:
    """None where nothing can be said yet.

    evaluations_per_s: designs priced per second of search; elapsed_s: search time so far;
    left_s: median time of the last ten generations times what is left, after three generations
    """

    evaluations_per_s: float | None
    elapsed_s: float
    left_s: float | None


def pace(history: Sequence[Mapping[str, Any]], generations: int) -> Pace:
    """history: rows with `evaluations` and `seconds`, both counted from the start of the run."""
    if not history:
        return Pace(None, 0.0, None)
    last = history[-1]
    elapsed = float(last["seconds"])
    rate = float(last["evaluations"]) / elapsed if elapsed > 0 else None
    clock = [float(row["seconds"]) for row in history]
    steps = [late - early for early, late in pairwise(clock)][-WINDOW:]
    left = max(0, generations - len(history)) * median(steps) if len(steps) >= ENOUGH else None
    return Pace(rate, elapsed, left)
