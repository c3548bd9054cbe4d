"""The best macro and replicas of uniform chips, proven: what a bound excludes need not be priced.

Macros are taken in the order of their bounds (bounds.py), each with its best replicas, until no
bound lies below the best chip found. Where nothing meets the limits, the macros that may come
nearest are tried, without a proof.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Floats, Ints, before
from cmn_core.cim.costs import ChipCost
from cmn_core.search.constraints import Limits
from cmn_core.search.inner.block_costs import CostTables, Rates, options
from cmn_core.search.inner.block_options import QUANTITIES, energy_uj
from cmn_core.search.inner.error_budget import ErrorBudget
from cmn_core.search.inner.proof.bounds import Bounds, bounds
from cmn_core.search.inner.proof.solved import Solved
from cmn_core.search.inner.replicas import best_options
from cmn_core.search.objective import (
    OBJECTIVES,
    RANKS,
    Merit,
    Objective,
    energy_counts,
    excess,
    violations,
)

_TURN, _MOST = 4, 32  # macros of each architecture that are tried at once, first and later
_ROUNDING = 1.0 + 1e-12
_NEAREST = 16  # macros tried at most where nothing meets the limits
TIE = 1e-9  # points of mIoU per unit of the objective, where the points decide


def contenders(tables: CostTables, objective: str, limits: Limits) -> CostTables:
    """The same without macros that cannot be the best for the objective within the limits."""
    return tables if energy_counts(objective, limits) else tables.fastest


def all_bounds(
    tables: CostTables, objective: str, limits: Limits, *, curve: bool = False
) -> Bounds:
    """Bounds of all macros that may be the best for the eased limits."""
    macros = tables.catalogue.worthy
    return bounds(tables, macros, objective=objective, limits=eased(limits), curve=curve)


def hopes(tables: CostTables, least: Bounds) -> Floats:
    """[A, W] what chips score at the least, infinite where they break a limit; least: of the
    tables."""
    objective = np.where(least.fits, least.objective, np.inf)
    if tables.budget is None or not tables.budget.accurate:
        return objective
    assert least.lost is not None
    return least.lost + TIE * objective


def best_uniform(
    tables: CostTables, least: Bounds, *, objective: str, limits: Limits, first: Ints
) -> Solved:
    """The best uniform chip of each architecture within the limits.

    least: of all_bounds for this objective; first: [A] a macro to begin with, by number, or -1:
    the better it is the less has to be tried.
    """
    macros, limits = tables.catalogue.worthy, eased(limits)
    count = len(first)
    best = _Best(count)
    score = best.score[:, 0]
    waiting = hopes(tables, least)
    own = _Own(tables, objective, limits)
    known = own.kept(np.arange(count), first)
    if len(known):
        best.take(known, first[known], *own.attempt(known, first[known], score[known]))
    begun = score.copy()
    alive, turn = np.arange(count), min(_TURN, len(macros))
    while len(alive):
        pick = np.argpartition(waiting[alive], turn - 1, axis=1)[:, :turn]
        values = np.take_along_axis(waiting[alive], pick, axis=1)
        hopeful = values < score[alive, None]
        row, column = np.nonzero(hopeful)
        if len(row) == 0:
            break
        rows, tried = alive[row], pick[row, column]
        waiting[rows, tried] = np.inf
        best.take(rows, macros[tried], *own.attempt(rows, macros[tried], score[rows]))
        alive, turn = alive[hopeful.all(axis=1)], min(2 * turn, _MOST, len(macros))
    return Solved(best.macro, best.level, score, best.tried, begun)


def brought_near(tables: CostTables, solved: Solved, objective: str, limits: Limits) -> Solved:
    """The same with the chips that by their bounds come nearest to the limits, for architectures
    that no macro serves within them. tables: of all macros that may be the best somewhere."""
    least = all_bounds(tables, objective, limits)
    macros, limits = tables.catalogue.worthy, eased(limits)
    best = _Best(len(solved.macro), RANKS, solved)
    chip = _chip(least.energy_uj, least.latency_us, least.area_mm2, least.array_mb, least.sigma_rel)
    short = np.zeros(least.latency_us.shape)
    if tables.budget is not None and limits.min_miou:
        assert least.lost is not None
        over = least.lost - tables.budget.allowed[:, None]
        short = np.maximum(over, 0.0) / limits.min_miou
    missing = excess(violations(chip, limits), short=short)
    pick = np.lexsort(np.moveaxis(missing, -1, 0)[::-1], axis=1)[:, :_NEAREST]
    nearest = np.take_along_axis(missing, pick[..., None], axis=1)
    for turn in (slice(0, _TURN), slice(_TURN, _NEAREST)):
        # What a bound excludes is worse than what the first macros gave.
        known = best.score[:, None]
        known = np.where(known > 0.0, (1.0 + known) * _ROUNDING - 1.0, 0.0)
        row, column = np.nonzero(~before(known, nearest[:, turn]))
        if len(row) == 0:
            continue
        place = pick[:, turn][row, column]
        tried = macros[place]
        rates = tables.rates(row, tried)
        level, found = closest(rates, tables.copies, limits, best.score[row])
        found[:, 0] = short[row, place]
        best.take(row, tried, level, found)
    return Solved(best.macro, best.level, solved.score, best.tried, solved.first)


@dataclass(frozen=True)
class _Own:
    """Trying macros of one technology, with the error that counts there."""

    tables: CostTables
    objective: str
    limits: Limits

    @property
    def accurate(self) -> bool:
        return self.tables.budget is not None and self.tables.budget.accurate

    def kept(self, rows: Ints, macros: Ints) -> Ints:
        """Those of rows [K] whose macro [K] exists and keeps their budget."""
        some = np.flatnonzero(macros >= 0)
        if self.tables.budget is None or not len(some):
            return rows[some]
        lost = self._lost(rows[some], macros[some])
        return rows[some[lost <= self.tables.budget.allowed[rows[some]]]]

    def attempt(self, rows: Ints, macros: Ints, known: Floats) -> tuple[Ints, Floats]:
        """Best replica levels [K, 4] and scores [K], infinite where above `known` [K]."""
        rates = self.tables.rates(rows, macros)
        given = self.tables.copies, self.objective, self.limits
        if not self.accurate:
            return attempt(rates, *given, known)
        lost = self._lost(rows, macros)
        level, value = attempt(rates, *given, (known - lost) / TIE)
        return level, lost + TIE * value

    def _lost(self, rows: Ints, macros: Ints) -> Floats:
        assert self.tables.budget is not None
        sigma = self.tables.rates(rows, macros).sigma_rel
        return self.tables.budget.lost(np.broadcast_to(sigma, (BLOCKS, len(rows))))


class _Best:
    """The best chip of each architecture so far; of equals the macro with the lower number.

    score: [A, ranks] of which the first that differs decides.
    """

    def __init__(self, count: int, ranks: int = 1, so_far: Solved | None = None) -> None:
        self.macro = np.zeros(count, dtype=np.int64)
        self.level = np.zeros((count, BLOCKS), dtype=np.int64)
        self.score = np.full((count, ranks), np.inf)
        self.tried = np.zeros(count, dtype=np.int64)
        if so_far is not None:
            self.macro[:], self.level[:] = so_far.macro, so_far.level
            self.tried[:] = so_far.tried

    def take(self, rows: Ints, macros: Ints, level: Ints, found: Floats) -> None:
        """rows, macros: [K]; level: of replicas [K, 4]; found: their scores [K] or [K, ranks]."""
        value = found.reshape(len(rows), -1)
        np.add.at(self.tried, rows, 1)
        order = np.lexsort((macros, *value.T[::-1], rows))
        winner = order[np.diff(rows[order], prepend=-1) > 0]
        here = rows[winner]
        better = before(value[winner], self.score[here])
        same = (value[winner] == self.score[here]).all(axis=1) & (macros[winner] < self.macro[here])
        taken = better | (same & np.isfinite(value[winner, 0]))
        here, winner = here[taken], winner[taken]
        self.macro[here], self.level[here] = macros[winner], level[winner]
        self.score[here] = value[winner]


def attempt(
    rates: Rates, copies: Floats, objective: str, limits: Limits, known: Floats
) -> tuple[Ints, Floats]:
    """Best replica levels [K, 4] at rates [4, K] with copies [4, R], and their scores [K];
    infinite where none meets the limits or all are above `known` [K]."""
    costs = options(rates, copies)
    level, fits = best_options(costs, objective, limits, known=known)
    value = OBJECTIVES[objective](*_totals(costs, level))
    return level, np.where(fits, value, np.inf)


def closest(
    rates: Rates, copies: Floats, limits: Limits, known: Floats | None = None
) -> tuple[Ints, Floats]:
    """Replica levels [K, 4] that come nearest to the limits, and their excess [K, RANKS].

    Where the fewest copies already take more than the capacity there are no more of them, nor where
    no replicas can come as near as `known` [K, RANKS].
    """
    costs = options(rates, copies)
    room = Limits(max_array_mb=limits.max_array_mb, max_sigma_rel=None)
    wanted = None
    if known is not None:  # what breaks a limit of higher rank is not compared in this one
        wanted = np.where((known[:, :-1] > 0.0).any(axis=1), np.inf, known[:, -1])
    level, fits = best_options(costs, _shortfall(limits), room, known=wanted)
    level[~fits] = 0
    energy, latency, area = _totals(costs, level)
    here = np.arange(len(level))
    array_mb = _sum4([costs["array_mb"][b][here, level[:, b]] for b in range(BLOCKS)])
    sigma = np.broadcast_to(rates.sigma_rel.max(axis=0), latency.shape)
    return level, excess(violations(_chip(energy, latency, area, array_mb, sigma), limits))


def _shortfall(limits: Limits) -> Objective:
    """The objective of a chip that breaks limits which a person asks of it."""

    def rule(energy_uj: Floats, latency_us: Floats, area_mm2: Floats) -> Floats:
        zero = np.zeros_like(energy_uj)
        chip = _chip(energy_uj, latency_us, area_mm2, zero, zero)
        return excess(violations(chip, limits))[..., -1]

    return rule


def _chip(
    energy_uj: Floats, latency_us: Floats, area_mm2: Floats, array_mb: Floats, sigma_rel: Floats
) -> ChipCost:
    """Totals [...] as far as limits ask for them; sigma_rel: [...] of the worst block."""
    nothing = np.zeros_like(latency_us)
    return ChipCost(
        energy_uj, latency_us, area_mm2, array_mb, sigma_rel[..., None], nothing, nothing
    )


def with_error(merit: Merit, budget: ErrorBudget, sigma_rel: Floats, limits: Limits) -> Merit:
    """The merit [A] of chips with output errors [4, A], their error counted."""
    lost = budget.lost(sigma_rel)
    missing = merit.missing.copy()
    if limits.min_miou:
        over = np.maximum(lost - budget.points, 0.0) / limits.min_miou
        missing[:, 0] = np.maximum(missing[:, 0], over)
    value = lost + TIE * merit.value if budget.accurate else merit.value
    return Merit.of(value, missing)


def eased(limits: Limits) -> Limits:
    """The limits plus what sums in another order may differ by; the simulator decides later."""
    given = limits.to_json()
    return Limits(
        **{n: v if v is None or n == "min_miou" else v * _ROUNDING for n, v in given.items()}
    )


def _sum4(blocks: list[Floats]) -> Floats:
    a, b, c, d = blocks
    return np.asarray(((a + b) + c) + d)


def _totals(costs: Mapping[str, list[Floats]], level: Ints) -> tuple[Floats, Floats, Floats]:
    """Energy, latency and area [K] with an option of each block [K, 4]."""
    here = np.arange(len(level))
    sums = {}
    for name in QUANTITIES:
        sums[name] = _sum4([costs[name][k][here, level[:, k]] for k in range(BLOCKS)])
    energy = energy_uj(sums["active_uj"], sums["standby_w"], sums["latency_us"])
    return energy, sums["latency_us"], sums["area_mm2"]
