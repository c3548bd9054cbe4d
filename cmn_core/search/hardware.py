"""The inner loop: the best hardware of given architectures, by particle swarm and polish.

All architectures of a call advance as one array. An architecture draws from a stream of its own,
addressed by (seed, digest, memory), so its result does not depend on its company.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cmn_core.architecture import BLOCKS, Architecture, SearchSpace
from cmn_core.cim.block import Scope
from cmn_core.cim.costs import ChipCost
from cmn_core.cim.technology import Technology
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


@dataclass(frozen=True)
class _Inner:
    """Everything of an inner search but the architectures; hashable.

    stream: number of the memory in the addresses of random streams.
    """

    grid: Grid
    stream: int
    objective: str
    limits: Limits
    seed: int
    particles: int
    iterations: int

    @property
    def mixed(self) -> bool:
        """Whether blocks may choose between technologies."""
        return bool((self.grid.sizes[self.grid.memory_slice] > 1).any())

    def part(self, name: str) -> _Inner:
        """The same search on a uniform chip of that technology."""
        return replace(self, grid=self.grid.only(name), stream=MEMORIES.index(name))

    def task(self, experts: Ints, hidden: Ints, *, thorough: bool) -> Task:
        return Task(self.grid, experts, hidden, self.objective, self.limits, thorough)


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
    technologies: Mapping[str, Technology] | None = None,
    scope: Scope = "network",
) -> Found:
    """Best hardware for each architecture: experts, hidden [A, 4].

    memory: "rram", "sram", "hybrid" (technology chosen per block) or the technology of each
    block; objective: a key of score.OBJECTIVES; macros, replicas: parts that are given; levels,
    replica_levels: another grid than the technologies' own; technologies: others than the built-in
    ones, by memory; scope: as in cim.chip.price. A hybrid is never worse than either
    uniform chip. Where nothing meets the limits the point that comes nearest is returned.
    """
    grid = make_grid(
        space,
        workload,
        memory,
        macros=macros,
        replicas=replicas,
        levels=levels,
        replica_levels=replica_levels,
        technologies=technologies,
        scope=scope,
    )
    inner = _Inner(
        grid, _stream(memory), objective, limits or Limits(), seed, particles, iterations
    )
    return _search(inner, np.asarray(experts, np.int64), np.asarray(hidden, np.int64))


def _search(inner: _Inner, experts: Ints, hidden: Ints) -> Found:
    """The best of the starting points and the elites, polished."""
    elites = np.array(_elites(inner))
    starts, spent = _starts(inner, experts, hidden, elites)
    task = inner.task(experts, hidden, thorough=not inner.mixed)
    rows = np.arange(len(experts))
    settled = task.settled(rows, np.repeat(elites[None], len(rows), axis=0))
    points = np.concatenate([starts, settled], axis=1)
    index, value, used = _polished(task, points)
    return Found(inner.grid, index, value, task.chip(index), spent + used)


def _starts(inner: _Inner, experts: Ints, hidden: Ints, known: Ints) -> tuple[Ints, Ints]:
    """Points [A, K, D] to begin the descent at, and the evaluations [A] that led there.

    One technology (or one given for each block): the best of a swarm that begins at the macros
    of the points `known` [K, D]. Else: the best uniform chips, each carrying both macros.
    """
    if not inner.mixed:
        task = inner.task(experts, hidden, thorough=True)
        index, spent = _swarm(inner, task, known)
        return index[:, None], spent
    grid = inner.grid
    parts = [_search(inner.part(name), experts, hidden) for name in MEMORIES]
    starts = np.zeros((len(experts), len(parts), len(grid.levels)), dtype=np.int64)
    for technology, part in zip(grid.technologies, parts, strict=True):
        at = grid.knob_slice(technology)
        starts[:, :, at] = part.index[:, None, : at.stop - at.start]
    for k, part in enumerate(parts):
        starts[:, k, grid.replica_slice] = part.index[:, part.grid.replica_slice]
        starts[:, k, grid.memory_slice] = grid.levels[-1].index(float(MEMORIES[k] == "rram"))
    return starts, parts[0].evaluations + parts[1].evaluations


def _swarm(inner: _Inner, task: Task, known: Ints) -> tuple[Ints, Ints]:
    """Best points [A, D] of one swarm per architecture and what it cost [A] to find them.

    A particle is a position among the levels of the knobs and a share of the array capacity,
    from which replicas follow by rule.
    """
    grid, rows = inner.grid, np.arange(len(task.experts))
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
            [inner.seed, int(Architecture.from_row([*e, *h]).digest, 16), inner.stream]
            for e, h in zip(task.experts, task.hidden, strict=True)
        ],
        particles=inner.particles,
        iterations=inner.iterations,
        start=np.repeat(begin[None], len(rows), axis=0),
    )
    # Each position is priced twice: with single arrays for the rule, and with its replicas.
    return points(rows, swarmed.position[:, None])[:, 0], 2 * swarmed.evaluations


@lru_cache(maxsize=64)
def _elites(inner: _Inner) -> tuple[tuple[int, ...], ...]:
    """Points [K, D] with macros that suit a few fixed architectures spread over the space.

    The best macro hardly depends on the architecture, so every search starts from these too. They
    are a function of the scenario alone: whoever works them out, in whatever process, finds the
    same.
    """
    grid = inner.grid
    anchors = _anchors(grid.space)
    experts, hidden = anchors[:, :BLOCKS], anchors[:, BLOCKS:]
    task = inner.task(experts, hidden, thorough=True)
    index, _, _ = _polished(task, _starts(inner, experts, hidden, grid.start()[None])[0])
    # What one anchor found may be better for another one than its own.
    rows = np.arange(len(anchors))
    shared = task.settled(rows, np.repeat(index[None], len(rows), axis=0))
    index, _, _ = _polished(task, shared)
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


def _polished(task: Task, points: Ints) -> tuple[Ints, Floats, Ints]:
    """The best of the points [A, K, D] of each architecture, polished: point, score, cost [A]."""
    rows = np.arange(len(points))
    scores = task.evaluate(rows, points)
    pick = scores.argmin(axis=1)
    index, value, used = polish(points[rows, pick], scores[rows, pick], task)
    return index, value, used + points.shape[1]


def _stream(memory: str | Sequence[str]) -> int:
    """Number of a memory: the three names, or 3 + bits of four blocks."""
    if isinstance(memory, str):
        return (*MEMORIES, HYBRID).index(memory)
    return 3 + sum(2**b for b, m in enumerate(memory) if m == "rram")
