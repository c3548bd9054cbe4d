"""Hardware of a grid that is too large to count out: swarm, common elites and descent.

Only a technology file of one's own brings such a grid. Nothing is proven here; on the grids of the
built-in technologies it found the optimum in 119 of 120 searches (docs/search.md).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

import numpy as np

from cmn_core.architecture import BLOCKS, SearchSpace
from cmn_core.arrays import Floats, Ints
from cmn_core.design import MEMORIES
from cmn_core.search.inner.neighbourhood import GridNeighbourhood
from cmn_core.search.inner.problem import Found, Inner, carried, minimised


def descend(inner: Inner, experts: Ints, hidden: Ints) -> Found:
    """The best of the starting points and the elites, polished."""
    elites = np.array(_elites(inner))
    starts, spent = _starts(inner, experts, hidden, elites)
    around = inner.neighbourhood(experts, hidden, thorough=not inner.mixed)
    rows = np.arange(len(experts))
    settled = around.settled(rows, np.repeat(elites[None], len(rows), axis=0))
    points = np.concatenate([starts, settled], axis=1)
    index, value, used = _polished(around, points)
    return Found(inner.grid, index, value, around.chip(index), spent + used)


def _starts(inner: Inner, experts: Ints, hidden: Ints, known: Ints) -> tuple[Ints, Ints]:
    """Points [A, K, D] to begin the descent at, and the evaluations [A] that led there.

    One technology (or one given for each block): the best of a swarm that begins at the macros
    of the points `known` [K, D]. Else: the best uniform chips, each carrying both macros.
    """
    if not inner.mixed:
        around = inner.neighbourhood(experts, hidden, thorough=True)
        index, spent = _swarm(inner, around, known)
        return index[:, None], spent
    grid = inner.grid
    parts = [descend(inner.part(name), experts, hidden) for name in MEMORIES]
    return carried(grid, parts), parts[0].evaluations + parts[1].evaluations


def _swarm(inner: Inner, around: GridNeighbourhood, known: Ints) -> tuple[Ints, Ints]:
    """Best points [A, D] of one swarm per architecture and what it cost [A] to find them.

    A particle is a position among the levels of the knobs and a share of the array capacity,
    from which replicas follow by rule.
    """
    grid, rows = inner.grid, np.arange(len(around.experts))
    free = around.variables

    def points(rows: Ints, position: Floats) -> Ints:
        index = np.empty((*position.shape[:-1], len(grid.levels)), dtype=np.int64)
        index[...] = grid.start()
        index[..., free] = position[..., :-1].astype(np.int64)
        return around.packed(rows, index, position[..., -1])

    top = np.append(grid.sizes[free].astype(np.float64), 1.0)
    begin = np.concatenate([known[:, free] + 0.5, np.ones((len(known), 1))], axis=1)
    swarmed = minimised(
        inner,
        lambda rows, position: around.evaluate(rows, points(rows, position)),
        top,
        begin,
        around.experts,
        around.hidden,
    )
    # Each position is priced twice: with single arrays for the rule, and with its replicas.
    return points(rows, swarmed.position[:, None])[:, 0], 2 * swarmed.evaluations


@lru_cache(maxsize=64)
def _elites(inner: Inner) -> tuple[tuple[int, ...], ...]:
    """Points [K, D] with macros that suit a few fixed architectures spread over the space.

    The best macro hardly depends on the architecture, so every search starts from these too. They
    are a function of the scenario alone: whoever works them out, in whatever process, finds the
    same.
    """
    grid = inner.grid
    anchors = _anchors(grid.space)
    experts, hidden = anchors[:, :BLOCKS], anchors[:, BLOCKS:]
    around = inner.neighbourhood(experts, hidden, thorough=True)
    index, _, _ = _polished(around, _starts(inner, experts, hidden, grid.start()[None])[0])
    # What one anchor found may be better for another one than its own.
    rows = np.arange(len(anchors))
    shared = around.settled(rows, np.repeat(index[None], len(rows), axis=0))
    index, _, _ = _polished(around, shared)
    knobs = {tuple(point[: grid.knob_count].tolist()) for point in [grid.start(), *index]}
    rest = grid.start()[grid.knob_count :].tolist()
    return tuple((*k, *rest) for k in sorted(knobs))


def _anchors(space: SearchSpace) -> Ints:
    """[K, 8] the ends of the space and architectures between them, large early or large late."""
    low, high = space.lower, space.upper
    middle = np.rint(np.sqrt(low * high)).astype(np.int64)
    early = np.array([True, True, False, False] * 2)
    corners = [np.where(early, high, middle), np.where(early, middle, high)]
    small = [np.where(early, middle, low), np.where(early, low, middle)]
    return np.stack([high, middle, *corners, *small, low])


def _polished(around: GridNeighbourhood, points: Ints) -> tuple[Ints, Floats, Ints]:
    """The best of the points [A, K, D] of each architecture, polished: point, score, cost [A]."""
    rows = np.arange(len(points))
    scores = around.evaluate(rows, points)
    pick = scores.argmin(axis=1)
    index, value, used = polish(points[rows, pick], scores[rows, pick], around)
    return index, value, used + points.shape[1]


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
