"""The inner loop: the best hardware of given architectures, by particle swarm and polish.

All architectures of a call advance as one array. An architecture draws from a stream of its own,
addressed by (seed, digest, memory), so its result does not depend on its company.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cmn_core.architecture import BLOCKS, Architecture, SearchSpace
from cmn_core.cim.costs import ChipCost
from cmn_core.design import MEMORIES, Hardware, Workload
from cmn_core.search.grid import REPLICA_LEVELS, Grid, make_grid
from cmn_core.search.polish import polish
from cmn_core.search.scenario import HYBRID, Limits
from cmn_core.search.score import INFEASIBLE
from cmn_core.search.swarm import minimise
from cmn_core.search.task import Task

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Found:
    """Best hardware of A architectures.

    index [A, D] points of `grid`; score [A] as in score.py; chip: costs with leading shape [A];
    evaluations [A] designs priced on the way.
    """

    grid: Grid
    index: Ints
    score: Floats
    chip: ChipCost
    evaluations: Ints

    @property
    def feasible(self) -> NDArray[np.bool_]:
        """[A] whether every limit on hardware is kept."""
        return self.score < INFEASIBLE

    def hardware(self, row: int) -> Hardware:
        return self.grid.hardware(self.index[row])


def best_hardware(
    space: SearchSpace,
    workload: Workload,
    experts: Ints,
    hidden: Ints,
    *,
    memory: str | Sequence[str],
    objective: str = "edp",
    limits: Limits | None = None,
    seed: int = 0,
    particles: int = 30,
    iterations: int = 50,
    macros: Mapping[str, Mapping[str, float]] | None = None,
    replicas: Sequence[int] | None = None,
    levels: Mapping[str, Mapping[str, Sequence[float]]] | None = None,
    replica_levels: Sequence[int] = REPLICA_LEVELS,
) -> Found:
    """Best hardware for each architecture: experts, hidden [A, 4].

    memory: "rram", "sram", "hybrid" (technology chosen per block) or the technology of each
    block; objective: a key of score.OBJECTIVES; macros, replicas: parts that are given; levels,
    replica_levels: another grid than the technologies' own. A hybrid is never worse than either
    uniform chip. Where nothing meets the limits the point that comes nearest is returned.
    """
    experts, hidden = np.asarray(experts, dtype=np.int64), np.asarray(hidden, dtype=np.int64)

    def task(kind: str | Sequence[str]) -> Task:
        grid = make_grid(
            space,
            workload,
            kind,
            macros=macros,
            replicas=replicas,
            levels=levels,
            replica_levels=replica_levels,
        )
        return Task(grid, experts, hidden, objective, limits or Limits())

    def search(kind: str | Sequence[str]) -> Found:
        return _searched(task(kind), kind, seed, particles, iterations)

    if memory != HYBRID:
        return search(memory)
    return _hybrid(task(HYBRID), [search(name) for name in MEMORIES])


def _searched(
    task: Task, memory: str | Sequence[str], seed: int, particles: int, iterations: int
) -> Found:
    """One swarm per architecture that begins at macros known to be good, then polished."""
    name = memory if isinstance(memory, str) else tuple(memory)
    known = np.array(
        _elites(task.grid, name, task.objective, task.limits, seed, particles, iterations)
    )
    winner, spent = _swarmed(task, name, seed, particles, iterations, known)
    rows = np.arange(len(winner))
    settled = task.settled(rows, np.repeat(known[None], len(rows), axis=0))
    points = np.concatenate([winner[:, None], settled], axis=1)
    return _finished(task, points, spent)


def _swarmed(
    task: Task,
    memory: str | Sequence[str],
    seed: int,
    particles: int,
    iterations: int,
    known: Ints,
) -> tuple[Ints, Ints]:
    """Best points [A, D] of one swarm per architecture and what it cost [A] to find them.

    A particle is a position among the levels of the knobs and a share of the array capacity,
    from which replicas follow by rule. known: points [K, D] whose knobs particles begin at.
    """
    grid, rows = task.grid, np.arange(len(task.experts))
    free = task.variables

    def points(rows: Ints, position: Floats) -> Ints:
        index = np.empty((*position.shape[:-1], len(grid.levels)), dtype=np.int64)
        index[...] = grid.start()
        index[..., free] = position[..., :-1].astype(np.int64)
        return task.packed(rows, index, position[..., -1])

    top = np.append(grid.sizes[free].astype(np.float64), 1.0)
    begin = np.concatenate([known[:, free] + 0.5, np.ones((len(known), 1))], axis=1)
    swarmed = minimise(
        lambda rows, position: task.evaluate(rows, points(rows, position)),
        lower=np.zeros(len(top)),
        upper=np.nextafter(top, 0.0),
        streams=[
            [seed, int(Architecture.from_row([*e, *h]).digest, 16), _stream(memory)]
            for e, h in zip(task.experts, task.hidden, strict=True)
        ],
        particles=particles,
        iterations=iterations,
        start=np.repeat(begin[None], len(rows), axis=0),
    )
    # Each position is priced twice: with single arrays for the rule, and with its replicas.
    return points(rows, swarmed.position[:, None])[:, 0], 2 * swarmed.evaluations


@lru_cache(maxsize=32)
def _elites(
    grid: Grid,
    memory: str | tuple[str, ...],
    objective: str,
    limits: Limits,
    seed: int,
    particles: int,
    iterations: int,
) -> tuple[tuple[int, ...], ...]:
    """Points [K, D] with macros that suit a few fixed architectures spread over the space.

    The best macro hardly depends on the architecture, so others start from these. They are a
    function of the scenario alone: whoever works them out, in whatever process, finds the same.
    """
    anchors = _anchors(grid.space)
    task = Task(grid, anchors[:, :BLOCKS], anchors[:, BLOCKS:], objective, limits)
    rows = np.arange(len(anchors))
    begin = grid.start()[None]
    winner, _ = _swarmed(task, memory, seed, particles, iterations, begin)
    index, _, _ = polish(winner, task.evaluate(rows, winner[:, None])[:, 0], task)
    shared = task.settled(rows, np.repeat(index[None], len(rows), axis=0))
    scores = task.evaluate(rows, shared)
    best = shared[rows, scores.argmin(axis=1)]
    index, _, _ = polish(best, scores.min(axis=1), task)
    distinct: dict[tuple[int, ...], None] = {tuple(grid.start()[: grid.knob_count].tolist()): None}
    for point in index:
        distinct.setdefault(tuple(point[: grid.knob_count].tolist()))
    rest = grid.start()[grid.knob_count :].tolist()
    return tuple((*knobs, *rest) for knobs in distinct)


def _anchors(space: SearchSpace) -> Ints:
    """[K, 8] the ends of the space and architectures between them, large early or large late."""
    low, high = space.lower, space.upper
    middle = np.rint(np.sqrt(low * high)).astype(np.int64)
    early = np.array([True, True, False, False] * 2)
    corners = [np.where(early, high, middle), np.where(early, middle, high)]
    small = [np.where(early, middle, low), np.where(early, low, middle)]
    return np.stack([high, middle, *corners, *small, low])


def _hybrid(task: Task, parts: Sequence[Found]) -> Found:
    """Both macros of the uniform winners, then technology and replicas of each block."""
    grid = task.grid
    starts = []
    for flag, part in ((1, parts[0]), (0, parts[1])):
        point = np.zeros((len(part.index), len(grid.levels)), dtype=np.int64)
        for technology, source in zip(grid.technologies, parts, strict=True):
            at = grid.knob_slice(technology)
            point[:, at] = source.index[:, : at.stop - at.start]
        point[:, grid.replica_slice] = part.index[:, part.grid.replica_slice]
        point[:, grid.memory_slice] = flag
        starts.append(point)
    spent = parts[0].evaluations + parts[1].evaluations
    return _finished(task, np.stack(starts, axis=1), spent)


def _finished(task: Task, points: Ints, spent: Ints) -> Found:
    """The best of the points [A, K, D] of each architecture, polished."""
    rows = np.arange(len(task.experts))
    scores = task.evaluate(rows, points)
    pick = scores.argmin(axis=1)
    index, value, used = polish(points[rows, pick], scores[rows, pick], task)
    return Found(task.grid, index, value, task.chip(index), spent + used + points.shape[1])


def _stream(memory: str | Sequence[str]) -> int:
    """Number of the memory in a stream's address: the three names, or 3 + bits of four blocks."""
    if isinstance(memory, str):
        return (*MEMORIES, HYBRID).index(memory)
    return 3 + sum(2**b for b, m in enumerate(memory) if m == "rram")
