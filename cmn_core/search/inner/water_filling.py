"""A quick near-best choice of replicas for a macro and a share of the array capacity.

Copies of a block shorten the part of its latency spent in its arrays: latency = fixed + work / r,
for r times the capacity. Under a budget the sum of latencies is least for r proportional to
sqrt(work / capacity) (Lagrange), rounded down to the levels allowed, and what is left over goes
where it saves most time per megabyte. The exact choice is made later (allocate).
"""

from __future__ import annotations

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Floats, Ints
from cmn_core.cim.costs import ChipCost
from cmn_core.search.constraints import Limits
from cmn_core.search.inner.block_costs import CostTables
from cmn_core.search.inner.block_options import energy_uj

_WATER_LEVELS = 3  # blocks that can hit their lowest level one after the other before the last
_LEFTOVERS = 4


class Packing:
    """Uniform chips from macros and shares of the array capacity, replicas by rule."""

    def __init__(self, tables: CostTables, limits: Limits) -> None:
        self._tables = tables
        self._most_mb = limits.max_array_mb
        self._levels = tables.grid.arrays[tables.grid.replica_slice]
        self._ends = (tables.copies[:, :1], tables.copies[:, -1:])

    def chip(self, rows: Ints, macros: Ints, share: Floats) -> ChipCost:
        """Costs [N] of architectures `rows` on macros by number, each with a share [N] of the
        capacity between the fewest copies and the limit; what no limit asks for is left at 0."""
        rates = self._tables.rates(rows, macros)
        low, high = self._ends
        copies = np.broadcast_to(low, (BLOCKS, len(rows)))
        if (high > low).any():
            capacity = rates.array_mb
            least = _blocks(capacity * low)
            most = _blocks(capacity * high) if self._most_mb is None else self._most_mb
            budget = least + share * np.maximum(most - least, 0.0)
            level = _packed(rates.work_us, capacity, budget, self._levels)
            copies = np.stack([v[level[b]] for b, v in enumerate(self._levels)])
        sums = {name: _blocks(value) for name, value in rates.at(copies).items()}
        energy = energy_uj(sums["active_uj"], sums["standby_w"], sums["latency_us"])
        nothing = np.zeros(len(rows))
        worst = np.broadcast_to(rates.sigma_rel.max(axis=0), (len(rows),))
        return ChipCost(
            energy,
            sums["latency_us"],
            sums["area_mm2"],
            sums["array_mb"],
            worst[:, None],
            nothing,
            nothing,
        )


def pack(work: Floats, capacity: Floats, budget: Floats, levels: tuple[Floats, ...]) -> Ints:
    """Replica level of each block [..., 4].

    work: [..., 4] latency of one copy that copies divide, any unit; capacity: [..., 4] MB of one
    copy; budget: [...] MB in all; levels: allowed copies of each block, ascending.
    """
    first, second = (np.ascontiguousarray(np.moveaxis(v, -1, 0)) for v in (work, capacity))
    return np.moveaxis(_packed(first, second, budget, levels), 0, -1)


def _packed(work: Floats, capacity: Floats, budget: Floats, levels: tuple[Floats, ...]) -> Ints:
    """`pack` with the block axis first."""
    shape = (BLOCKS,) + (1,) * (work.ndim - 1)
    low = np.array([v[0] for v in levels]).reshape(shape)
    high = np.array([v[-1] for v in levels]).reshape(shape)
    wish = np.sqrt(work / capacity)
    cost, held = wish * capacity, low * capacity
    copies = poured(wish, cost, low, held, budget, levels=_WATER_LEVELS)
    copies = np.minimum(np.maximum(copies, low), high)
    index = np.stack(
        [np.searchsorted(v, copies[b], side="right") - 1 for b, v in enumerate(levels)]
    )
    return _filled(index, work, capacity, budget, levels)


def poured(
    wish: Floats, cost: Floats, low: Floats, held: Floats, budget: Floats | float, *, levels: int
) -> Floats:
    """Copies [4, ...] in proportion to `wish` that use up the budget, none below `low`.

    cost: capacity that the wish takes, held: that the lowest copies take; levels: how often blocks
    may be pinned to their lowest level, one after the other.
    """
    pinned = np.zeros(wish.shape, dtype=bool)
    copies = wish
    for _ in range(levels):
        free = budget - _blocks(np.where(pinned, held, 0.0))
        loose = _blocks(np.where(pinned, 0.0, cost))
        scale = np.maximum(free, 0.0) / np.maximum(loose, 1e-300)
        copies = np.where(pinned, low, wish * scale)
        below = copies < low
        if not below.any():
            break
        pinned |= below
    return copies


def _filled(
    index: Ints, work: Floats, capacity: Floats, budget: Floats, levels: tuple[Floats, ...]
) -> Ints:
    """Raise the level with the best saving per megabyte while it fits, a few times."""
    most = max(len(v) for v in levels)
    table = np.stack([np.pad(v, (0, most - len(v)), mode="edge") for v in levels]).ravel()
    block = np.arange(BLOCKS).reshape((BLOCKS,) + (1,) * (work.ndim - 1))
    start = block * most
    for _ in range(_LEFTOVERS):
        now = np.take(table, start + index)
        after = np.take(table, start + np.minimum(index + 1, most - 1))
        held = now * capacity
        fits = (after > now) & ((after - now) * capacity <= budget - _blocks(held))
        if not fits.any():
            break
        saving = np.where(fits, work / (after * held), -1.0)
        pick = saving.argmax(axis=0) == block
        index = index + (pick & (saving > 0.0))
    return index


def _blocks(values: Floats) -> Floats:
    """[4, ...] -> [...], in a fixed order."""
    return np.asarray(((values[0] + values[1]) + values[2]) + values[3])
