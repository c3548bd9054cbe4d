"""Neighbours of a hardware point that a descent tries, with replicas that make room for them.

A macro of another size leaves room for more replicas or fewer, so a knob hardly moves alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import permutations

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Ints
from cmn_core.search.inner.grid import Grid
from cmn_core.search.inner.local_search import Move

_SHIFTS = (0, -1, 1, -2, 2, -4, 4)  # levels by which all replicas move together
_SINGLE_SHIFTS = [  # of the replicas of the four blocks
    tuple(by if b == block else 0 for b in range(BLOCKS))
    for block in range(BLOCKS)
    for by in (-1, 1)
]
_STEPS = 3  # levels that the replicas of one block give up for those of another


def moves(grid: Grid) -> tuple[list[Move], list[Move]]:
    """What is tried in every round, and only where that does not help."""
    sizes = grid.sizes
    knobs = [int(v) for v in np.flatnonzero(sizes[: grid.knob_count] > 1)]
    copies = range(grid.replica_slice.start, grid.replica_slice.stop)
    free = [v for v in copies if sizes[v] > 1]
    memory = [v for v in range(grid.memory_slice.start, grid.memory_slice.stop) if sizes[v] > 1]
    quick: list[Move] = [partial(_levels, grid, (v,), together) for v in knobs]
    wide: list[Move] = [partial(_levels, grid, (v,), _singly) for v in knobs]
    quick += [
        partial(_levels, grid, (m, v), together) for v, m in zip(copies, memory, strict=False)
    ]
    if free:
        quick.append(partial(_replicas, grid, free))
    return quick, wide


def _levels(
    grid: Grid,
    variables: tuple[int, ...],
    shift: Callable[[Grid, Ints], Ints],
    rows: Ints,
    points: Ints,
) -> Ints:
    """All levels of the variables, with the replicas shifted."""
    sizes = [int(grid.sizes[v]) for v in variables]
    levels = np.indices(sizes).reshape(len(sizes), -1)
    out = np.repeat(points[:, None], levels.shape[1], axis=1)
    out[..., list(variables)] = levels.T
    return shift(grid, out)


def together(grid: Grid, points: Ints) -> Ints:
    """Points [A, M, D] with all replicas some levels up or down."""
    return np.concatenate([_shifted(grid, points, s) for s in _SHIFTS], axis=1)


def _singly(grid: Grid, points: Ints) -> Ints:
    """Points [A, M, D] with the replicas of one block a level up or down."""
    at = grid.replica_slice
    parts = []
    for shifts in _SINGLE_SHIFTS:
        part = points.copy()
        part[..., at] = np.clip(part[..., at] + np.array(shifts), 0, grid.sizes[at] - 1)
        parts.append(part)
    return np.concatenate(parts, axis=1)


def _shifted(grid: Grid, points: Ints, by: int) -> Ints:
    """Points [A, M, D] with all replicas that many levels up."""
    out = points.copy()
    at = grid.replica_slice
    out[..., at] = np.clip(out[..., at] + by, 0, grid.sizes[at] - 1)
    return out


def _replicas(grid: Grid, free: list[int], rows: Ints, points: Ints) -> Ints:
    """Every level of each block's replicas, and one block's some up for another's some down."""
    parts = []
    for v in free:
        part = np.repeat(points[:, None], int(grid.sizes[v]), axis=1)
        part[..., v] = np.arange(grid.sizes[v])
        parts.append(part)
    for up, down in permutations(free, 2):
        steps = np.indices((_STEPS, _STEPS)).reshape(2, -1) + 1
        part = np.repeat(points[:, None], steps.shape[1], axis=1)
        part[..., up] = np.minimum(part[..., up] + steps[0], grid.sizes[up] - 1)
        part[..., down] = np.maximum(part[..., down] - steps[1], 0)
        parts.append(part)
    return np.concatenate(parts, axis=1)
