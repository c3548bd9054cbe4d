"""A good chip of every assignment of technologies, quick and not proven: what the best beats."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.cim.costs import ChipCost
from cmn_core.search.constraints import Limits
from cmn_core.search.hybrid.block_bounds import Multiplier
from cmn_core.search.hybrid.lagrangian import LowerBounds
from cmn_core.search.hybrid.pruning import Sieve
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
        self._sieve = Sieve.whole(tables, 0, masks, limits)
        self._least = LowerBounds.of(self._sieve.sides, limits)
        self._own = self._least.plain(objective)

    def likely(self, limits: Limits, best: ChipCost) -> tuple[Ints, Ints, Ints]:
        """Assignments [K] by number, macros [K, 2] by number and levels [K, 4] of replicas of chips
        within the limits, at most one for each assignment.

        best: the best chip, []; others that cost far more are left out.
        """
        own = self._own
        taken = own.energy * best.energy_uj + own.per_us * best.latency_us
        below = float(taken + own.per_mm2 * best.area_mm2)
        sieve = self._sieve.passing([replace(own, below=_WITHIN * below)], self._least.rest_us)
        if sieve.empty:
            return _nothing()
        rest, ease = self._least.rest_us, eased(limits)

        def cost(multiplier: Multiplier) -> float:
            return sieve.least(multiplier, rest)

        tight = tightened(replace(own, below=below), cost, ease)
        asked = np.concatenate([self._picked(sieve, m) for m in (own, tight)])
        asked = np.unique(asked, axis=0)
        which, pairs = asked[:, 0], asked[:, 1:]
        level, score = settled(self._tables, self._masks[which], pairs, self._objective, limits)
        order = np.lexsort((score, which))
        kept = order[np.diff(which[order], prepend=-1) > 0]
        kept = kept[np.isfinite(score[kept])]
        return which[kept], pairs[kept], level[kept]

    def _picked(self, sieve: Sieve, multiplier: Multiplier) -> Ints:
        """[K, 3] assignment and macros by number that cost least at a multiplier."""
        sums = sieve.sums(multiplier, self._least.rest_us)
        good = np.isfinite(sums[0].min(axis=1) + sums[1].min(axis=1))
        macros = [k[s[good].argmin(axis=1)] for k, s in zip(sieve.macros, sums, strict=True)]
        return np.column_stack([sieve.which[good], *macros])


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
