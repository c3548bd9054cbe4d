"""Hardware of a grid that is too large to count out: swarm, common elites and descent.

Only a technology file of one's own brings such a grid. Nothing is proven here; on the grids of the
built-in technologies it found the optimum in 119 of 120 searches (docs/search.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial

import numpy as np

from cmn_core.architecture import BLOCKS, SearchSpace
from cmn_core.arrays import Floats, Ints
from cmn_core.design import MEMORIES
from cmn_core.search.inner.neighbourhood import GridNeighbourhood
from cmn_core.search.inner.problem import Found, HardwareProblem, carried, minimised
from cmn_core.search.objective import Merit

# Points [A, D] of architectures `rows` [A] to points [A, M, D] to try.
Move = Callable[[Ints, Ints], Ints]


def descend(problem: HardwareProblem, experts: Ints, hidden: Ints) -> Found:
    """The best of the starting points and the elites, polished."""
    elites = np.array(_elites(problem))
    starts, spent = _starts(problem, experts, hidden, elites)
    around = problem.neighbourhood(experts, hidden, thorough=not problem.mixed)
    rows = np.arange(len(experts))
    settled = around.settled(rows, np.repeat(elites[None], len(rows), axis=0))
    points = np.concatenate([starts, settled], axis=1)
    index, merit, used = _polished(around, points)
    return Found(problem.grid, index, merit, around.chip(index), spent + used)


def _starts(
    problem: HardwareProblem, experts: Ints, hidden: Ints, known: Ints
) -> tuple[Ints, Ints]:
    """Points [A, K, D] to begin the descent at, and the evaluations [A] that led there.

    One technology (or one given for each block): the best of a swarm that begins at the macros
    of the points `known` [K, D]. Else: the best uniform chips, each carrying both macros.
    """
    if not problem.mixed:
        around = problem.neighbourhood(experts, hidden, thorough=True)
        index, spent = _swarm(problem, around, known)
        return index[:, None], spent
    grid = problem.grid
    parts = [descend(problem.part(name), experts, hidden) for name in MEMORIES]
    return carried(grid, parts), parts[0].evaluations + parts[1].evaluations


def _swarm(problem: HardwareProblem, around: GridNeighbourhood, known: Ints) -> tuple[Ints, Ints]:
    """Best points [A, D] of one swarm per architecture and what it cost [A] to find them.

    A particle is a position among the levels of the knobs and a share of the array capacity,
    from which replicas follow by rule.
    """
    grid, rows = problem.grid, np.arange(len(around.experts))
    free = around.variables

    def points(rows: Ints, position: Floats) -> Ints:
        index = np.empty((*position.shape[:-1], len(grid.levels)), dtype=np.int64)
        index[...] = grid.start()
        index[..., free] = position[..., :-1].astype(np.int64)
        return around.packed(rows, index, position[..., -1])

    top = np.append(grid.sizes[free].astype(np.float64), 1.0)
    begin = np.concatenate([known[:, free] + 0.5, np.ones((len(known), 1))], axis=1)
    swarmed = minimised(
        problem,
        lambda rows, position: around.evaluate(rows, points(rows, position)),
        top,
        begin,
        around.experts,
        around.hidden,
    )
    # Each position is priced twice: with single arrays for the rule, and with its replicas.
    return points(rows, swarmed.position[:, None])[:, 0], 2 * swarmed.evaluations


@lru_cache(maxsize=64)
def _elites(problem: HardwareProblem) -> tuple[tuple[int, ...], ...]:
    """Points [K, D] with macros that suit a few fixed architectures spread over the space.

    The best macro hardly depends on the architecture, so every search starts from these too. They
    are a function of the scenario alone: whoever works them out, in whatever process, finds the
    same.
    """
    grid = problem.grid
    anchors = _anchors(grid.space)
    experts, hidden = anchors[:, :BLOCKS], anchors[:, BLOCKS:]
    around = problem.neighbourhood(experts, hidden, thorough=True)
    index, _, _ = _polished(around, _starts(problem, experts, hidden, grid.start()[None])[0])
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


def _polished(around: GridNeighbourhood, points: Ints) -> tuple[Ints, Merit, Ints]:
    """The best of the points [A, K, D] of each architecture, polished: point, merit, cost [A]."""
    rows = np.arange(len(points))
    merits = around.evaluate(rows, points)
    pick = merits.argbest()
    quick: list[Move] = [
        around.exact,
        *(partial(around.moves, variable=v) for v in around.variables),
    ]
    begin = points[rows, pick], merits[rows, pick]
    index, merit, used = polish(*begin, around.evaluate, quick, [around.neighbours])
    return index, merit, used + points.shape[1]


def polish(
    index: Ints,
    merit: Merit,
    evaluate: Callable[[Ints, Ints], Merit],
    quick: Sequence[Move],
    wide: Sequence[Move],
    *,
    rounds: int = 50,
) -> tuple[Ints, Merit, Ints]:
    """Improved points [A, D], their merit [A], and the evaluations spent on each [A].

    index, merit: where to start, one point per architecture; evaluate: merit [A, M] of points
    [A, M, D] of architectures `rows` [A]; quick: moves of every round; wide: those tried where no
    quick one helps. Each takes a row to its best point where that is better. Rows do not influence
    each other.
    """
    index = index.copy()
    spent = np.zeros(len(index), dtype=np.int64)

    def accept(rows: Ints, move: Move) -> None:
        nonlocal merit
        tried = move(rows, index[rows])
        if tried.shape[1] == 0:
            return
        found = evaluate(rows, tried)
        spent[rows] += tried.shape[1]
        pick = found.argbest()
        here = np.arange(len(rows))
        better = found[here, pick].less(merit[rows])
        taken = rows[better]
        index[taken] = tried[here[better], pick[better]]
        merit = merit.put(taken, found[here[better], pick[better]])

    alive = np.arange(len(index))
    for _ in range(rounds):
        before = merit[alive]
        for move in quick:
            accept(alive, move)
        stuck = alive[~merit[alive].less(before)]
        if len(stuck):
            for move in wide:
                accept(stuck, move)
        alive = alive[merit[alive].less(before)]
        if len(alive) == 0:
            break
    return index, merit, spent
