"""A good chip of every assignment of technologies, quick and not proven: what the best beats."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.cim.costs import ChipCost
from cmn_core.search.constraints import Limits
from cmn_core.search.hybrid.block_bounds import BlockBounds, Multiplier
from cmn_core.search.hybrid.lagrangian import LowerBounds
from cmn_core.search.hybrid.pruning import least_cost, mask_sums, side
from cmn_core.search.hybrid.tightening import tightened
from cmn_core.search.inner.block_costs import CostTables, Rates
from cmn_core.search.inner.proof.branch_and_bound import attempt, eased

_WITHIN = 2.0  # macros that may serve no chip within so many times the best are left out


class Rivals:
    """One architecture on all macros, for limits on the die and the latency that change."""

    def __init__(
        self, tables: tuple[CostTables, CostTables], masks: Bools, objective: str, limits: Limits
    ) -> None:
        """masks: [N, 4] which blocks are on RRAM; limits: those that stay."""
        self._tables, self._masks, self._objective = tables, masks, objective
        self._sides = [side(t, 0, t.catalogue.worthy, limits) for t in tables]
        self._least = LowerBounds.of(self._sides, limits)
        self._own = self._least.plain(objective)
        self._floors = [s.floor(self._own, self._least.rest_us) for s in self._sides]

    def likely(self, limits: Limits, best: ChipCost) -> tuple[Ints, Ints, Ints]:
        """Assignments [K] by number, macros [K, 2] by number and levels [K, 4] of replicas of chips
        within the limits, at most one for each assignment.

        best: the best chip, []; others that cost far more are left out.
        """
        own = self._own
        taken = own.energy * best.energy_uj + own.per_us * best.latency_us
        below = float(taken + own.per_mm2 * best.area_mm2)
        sides, places = self._near(_WITHIN * below)
        if min(len(p) for p in places) == 0:
            return _nothing()
        rest, ease = self._least.rest_us, eased(limits)

        def cost(multiplier: Multiplier) -> float:
            return least_cost(self._masks, sides, multiplier, rest)

        tight = tightened(replace(own, below=below), cost, ease)
        asked = np.concatenate([self._picked(sides, m, places) for m in (own, tight)])
        asked = np.unique(asked, axis=0)
        which, pairs = asked[:, 0], asked[:, 1:]
        level, score = settled(self._tables, self._masks[which], pairs, self._objective, limits)
        order = np.lexsort((score, which))
        kept = order[np.diff(which[order], prepend=-1) > 0]
        kept = kept[np.isfinite(score[kept])]
        return which[kept], pairs[kept], level[kept]

    def _near(self, top: float) -> tuple[list[BlockBounds], list[Ints]]:
        """The macros that may serve a chip which costs no more, and their places."""
        sums = mask_sums(self._masks, self._floors)
        places = [
            np.flatnonzero((own + other.min(axis=1)[:, None]).min(axis=0) <= top)
            for own, other in zip(sums, sums[::-1], strict=True)
        ]
        return [s.some(p) for s, p in zip(self._sides, places, strict=True)], places

    def _picked(self, sides: list[BlockBounds], multiplier: Multiplier, places: list[Ints]) -> Ints:
        """[K, 3] assignment and macros by number that cost least at a multiplier."""
        costs = [s.floor(multiplier, self._least.rest_us) for s in sides]
        sums = mask_sums(self._masks, costs)
        good = np.flatnonzero(np.isfinite(sums[0].min(axis=1) + sums[1].min(axis=1)))
        macros = [
            t.catalogue.worthy[p[s[good].argmin(axis=1)]]
            for t, p, s in zip(self._tables, places, sums, strict=True)
        ]
        return np.column_stack([good, *macros])


def settled(
    tables: tuple[CostTables, CostTables],
    rram: Bools,
    macros: Ints,
    objective: str,
    limits: Limits,
) -> tuple[Ints, Floats]:
    """Best replica levels [K, 4] of the one architecture with macros [K, 2] by number and blocks on
    RRAM [K, 4], and their scores [K]; infinite where none meets the limits."""
    rows = np.zeros(len(macros), dtype=np.int64)
    parts = [t.rates(rows, macros[:, k]) for k, t in enumerate(tables)]
    rates: Rates = parts[0].mixed(parts[1], rram.T)
    return attempt(rates, tables[0].copies, objective, eased(limits), np.full(len(macros), np.inf))


def _nothing() -> tuple[Ints, Ints, Ints]:
    empty = np.zeros((0, BLOCKS), dtype=np.int64)
    return empty[:, 0], empty[:, :2], empty
