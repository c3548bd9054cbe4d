"""A quick near-best choice of replicas for a macro and a share of the array capacity.

Copies of a block shorten the part of its latency spent in its arrays: latency = fixed + work / r,
for r times the capacity. Under a budget the sum of latencies is least for r proportional to
sqrt(work / capacity) (Lagrange), rounded down to the levels allowed, and what is left over goes
where it saves most time per megabyte. The exact choice is made later (allocate).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cmn_core.architecture import BLOCKS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_WATER_LEVELS = 3  # blocks that can hit their lowest level one after the other before the last
_LEFTOVERS = 4


def pack(work: Floats, capacity: Floats, budget: Floats, levels: tuple[Floats, ...]) -> Ints:
    """Replica level of each block [..., 4].

    work: [..., 4] latency of one copy that copies divide, any unit; capacity: [..., 4] MB of one
    copy; budget: [...] MB in all; levels: allowed copies of each block, ascending.
    """
    low = np.array([v[0] for v in levels])
    high = np.array([v[-1] for v in levels])
    wish = np.sqrt(work / capacity)
    cost = wish * capacity
    pinned = np.zeros(wish.shape, dtype=bool)
    copies = np.broadcast_to(low, wish.shape)
    for _ in range(_WATER_LEVELS):
        free = budget - _sum4(np.where(pinned, low * capacity, 0.0))
        loose = _sum4(np.where(pinned, 0.0, cost))
        scale = np.maximum(free, 0.0) / np.maximum(loose, 1e-300)
        copies = np.where(pinned, low, wish * scale[..., None])
        pinned = pinned | (copies < low)
    copies = np.minimum(np.maximum(copies, low), high)
    index = np.stack(
        [np.searchsorted(levels[b], copies[..., b], side="right") - 1 for b in range(BLOCKS)], -1
    )
    return _filled(index, work, capacity, budget, levels)


def _filled(
    index: Ints, work: Floats, capacity: Floats, budget: Floats, levels: tuple[Floats, ...]
) -> Ints:
    """Raise the level with the best saving per megabyte while it fits, a few times."""
    most = max(len(v) for v in levels)
    table = np.stack([np.pad(v, (0, most - len(v)), mode="edge") for v in levels])
    block = np.arange(BLOCKS)
    for _ in range(_LEFTOVERS):
        now = table[block, index]
        after = table[block, np.minimum(index + 1, most - 1)]
        extra = (after - now) * capacity
        left = budget - _sum4(now * capacity)
        fits = (after > now) & (extra <= left[..., None])
        saving = np.where(fits, work / (now * after * capacity), -1.0)
        pick = saving.argmax(axis=-1)[..., None] == block
        index = index + (pick & (saving > 0.0))
    return index


def _sum4(values: Floats) -> Floats:
    return np.asarray(((values[..., 0] + values[..., 1]) + values[..., 2]) + values[..., 3])
