"""Descent from the best point of a swarm until no change of one knob, or of a pair, helps.

Single knobs come first, one after the other. When those are exhausted a wider neighbourhood is
tried, because some knobs are only good together: more rows summed at once need a finer ADC. After
every round replicas and technologies of the blocks are set exactly.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MAX_ROUNDS = 50


class Neighbourhood(Protocol):
    """What a descent asks about points [A, D] of architectures `rows` [A]."""

    @property
    def variables(self) -> list[int]:
        """Knobs to change one at a time."""

    def evaluate(self, rows: Ints, index: Ints) -> Floats:
        """Scores [A, M] of points [A, M, D]."""

    def settle(self, rows: Ints, index: Ints) -> Ints:
        """Points [A, D] with exact replicas and technologies."""

    def moves(self, rows: Ints, index: Ints, variable: int) -> Ints:
        """Points [A, M, D] that differ in one of the variables."""

    def neighbours(self, rows: Ints, index: Ints) -> Ints:
        """Points [A, M, D] to try when no single change helps."""


def polish(index: Ints, score: Floats, around: Neighbourhood) -> tuple[Ints, Floats, Ints]:
    """Improved points [A, D], their scores [A], and the evaluations spent on each [A].

    index, score: where to start, one point per architecture. Rows do not influence each other.
    """
    index, score = index.copy(), score.copy()
    spent = np.zeros(len(index), dtype=np.int64)
    alive = np.arange(len(index))
    for _ in range(_MAX_ROUNDS):
        before = score[alive].copy()
        _accept(alive, around.settle(alive, index[alive])[:, None], index, score, spent, around)
        for variable in around.variables:
            tried = around.moves(alive, index[alive], variable)
            _accept(alive, tried, index, score, spent, around)
        stuck = alive[score[alive] == before]
        if len(stuck):
            tried = around.neighbours(stuck, index[stuck])
            _accept(stuck, tried, index, score, spent, around)
        alive = alive[score[alive] < before]
        if len(alive) == 0:
            break
    return index, score, spent


def _accept(
    rows: Ints, moves: Ints, index: Ints, score: Floats, spent: Ints, around: Neighbourhood
) -> None:
    """Take every row to its best move, where that is better than where it stands."""
    if moves.shape[1] == 0:
        return
    values = around.evaluate(rows, moves)
    spent[rows] += moves.shape[1]
    pick = values.argmin(axis=1)
    here = np.arange(len(rows))
    better = values[here, pick] < score[rows]
    taken = rows[better]
    index[taken] = moves[here[better], pick[better]]
    score[taken] = values[here[better], pick[better]]
