"""Which mixed chips fit at all: the fastest ones on a die, by staircases of time against area.

Latency and area of a chip are sums over its blocks, and what the blocks on RRAM take does not
depend on those on SRAM. So each side has a staircase over all its macros and copies: the least time
within an area. Two of them side by side tell whether any chip keeps both limits. The capacity of
the arrays is not looked at: what is excluded here is excluded with it, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.search.constraints import Limits
from cmn_core.search.inner.block_costs import CostTables
from cmn_core.search.inner.macros import dominated
from cmn_core.search.inner.proof.branch_and_bound import eased


@dataclass(frozen=True, eq=False)
class _Stair:
    """room [N] ascending, least time [N] within it, and the macro [N] that takes it, by number."""

    room: Floats
    time_us: Floats
    macro: Ints


class Staircases:
    """One architecture on the quick and small macros of both technologies."""

    def __init__(self, tables: tuple[CostTables, CostTables], masks: Bools, limits: Limits) -> None:
        """masks: [N, 4] which blocks are on RRAM; limits: those that stay."""
        self._masks = masks
        self._sides = [_StairSide(table, limits) for table in tables]

    def fitting(self, limits: Limits) -> tuple[Ints, Ints]:
        """Assignments [K] by number of which a chip keeps the limits on latency and area, and the
        macros [K, 2] by number of the fastest one that does."""
        limits = eased(limits)
        which, macros = list[int](), list[tuple[int, int]]()
        most_us = np.inf if limits.max_latency_us is None else limits.max_latency_us
        room = np.inf if limits.max_area_mm2 is None else limits.max_area_mm2
        for k, mask in enumerate(self._masks):
            first, second = (
                side.stair(tuple(np.flatnonzero(mine).tolist()))
                for side, mine in zip(self._sides, (mask, ~mask), strict=True)
            )
            beside = np.searchsorted(second.room, room - first.room, side="right") - 1
            time = np.where(beside >= 0, first.time_us + second.time_us[beside], np.inf)
            if len(time) and time.min() <= most_us:
                at = int(time.argmin())
                which.append(k)
                macros.append((int(first.macro[at]), int(second.macro[beside[at]])))
        return np.array(which, np.int64), np.array(macros, np.int64).reshape(-1, 2)


class _StairSide:
    def __init__(self, table: CostTables, limits: Limits) -> None:
        macros = _quick(table)
        rates = table.rates(np.zeros(len(macros), dtype=np.int64), macros)
        costs = rates.at(table.copies[:, None])
        shape = (BLOCKS, len(macros), table.copies.shape[1])
        self._macros = macros
        self._area, self._us = (
            np.broadcast_to(costs[n], shape) for n in ("area_mm2", "latency_us")
        )
        if limits.max_sigma_rel is not None:
            spoilt = rates.sigma_rel > limits.max_sigma_rel
            self._us = np.where(spoilt[..., None], np.inf, self._us)
        self.stair = lru_cache(maxsize=None)(self._stair)

    def _stair(self, blocks: tuple[int, ...]) -> _Stair:
        """Of those blocks together, any macro and copies."""
        room = np.zeros((len(self._macros), 1))
        time = np.zeros((len(self._macros), 1))
        for b in blocks:
            room = (room[:, :, None] + self._area[b][:, None]).reshape(len(room), -1)
            time = (time[:, :, None] + self._us[b][:, None]).reshape(len(time), -1)
            room, time = _shortened(room, time)
        macro = np.repeat(self._macros, room.shape[1])
        flat, taken = room.ravel(), time.ravel()
        order = np.lexsort((taken, flat))
        lower = np.minimum.accumulate(taken[order])
        steps = np.append(True, lower[1:] < lower[:-1]) & np.isfinite(lower)
        kept = order[steps]
        return _Stair(flat[kept], taken[kept], macro[kept])


def _shortened(room: Floats, time: Floats) -> tuple[Floats, Floats]:
    """[W, N] combinations of each macro without those that another of it beats in both, in the
    order of their room; filled up with infinite ones."""
    order = np.argsort(room, axis=1, kind="stable")
    room, time = (np.take_along_axis(v, order, axis=1) for v in (room, time))
    lower = np.minimum.accumulate(time, axis=1)
    worse = np.zeros(time.shape, dtype=bool)
    worse[:, 1:] = time[:, 1:] >= lower[:, :-1]
    most = int((~worse).sum(axis=1).max())
    first = np.argsort(worse, axis=1, kind="stable")[:, :most]
    room, time, worse = (np.take_along_axis(v, first, axis=1) for v in (room, time, worse))
    return np.where(worse, np.inf, room), np.where(worse, np.inf, time)


def _quick(table: CostTables) -> Ints:
    """Macros by number that none of their geometry beats in time, area and error."""
    known, macros = table.catalogue, table.catalogue.worthy
    names = ("read_us", "macro_mm2", "error", "disturbed")
    figures = np.stack([getattr(known, n)[macros] for n in names], axis=1)
    order = np.argsort(known.shape[macros], kind="stable")
    ends = np.flatnonzero(np.diff(known.shape[macros][order], append=-1)) + 1
    kept = [rows[~dominated(figures[rows])] for rows in np.split(order, ends[:-1])]
    return np.asarray(macros[np.sort(np.concatenate(kept))])
