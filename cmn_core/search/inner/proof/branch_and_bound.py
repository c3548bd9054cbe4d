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
from cmn_core.arrays import Floats, Ints
from cmn_core.cim.costs import ChipCost
from cmn_core.search.constraints import Limits
from cmn_core.search.inner.block_costs import CostTables, Rates, options
from cmn_core.search.inner.proof.bounds import Bounds, bounds
from cmn_core.search.inner.replicas import QUANTITIES, best_options, energy_uj
from cmn_core.search.objective import INFEASIBLE, OBJECTIVES, Objective, excess, violations

_TURN, _MOST = 4, 32  # macros of each architecture that are tried at once, first and later
_ROUNDING = 1.0 + 1e-12
_NEAREST = 16  # macros tried at most where nothing meets the limits


@dataclass(frozen=True)
class Solved:
    """Best chips of A architectures.

    macro [A] by number, level [A, 4] of replicas, score [A] but for rounding and infinite where
    none was found, tried [A] macros whose replicas were set, first [A]: score of the macro that
    was tried first.
    """

    macro: Ints
    level: Ints
    score: Floats
    tried: Ints
    first: Floats


def all_bounds(
    tables: CostTables, objective: str, limits: Limits, *, curve: bool = False
) -> Bounds:
    """Bounds of all macros that may be the best for the eased limits."""
    macros = tables.catalogue.worthy
    return bounds(tables, macros, objective=objective, limits=eased(limits), curve=curve)


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
    waiting = np.where(least.fits, least.objective, np.inf)
    known = np.flatnonzero(first >= 0)
    if len(known):
        rates = tables.rates(known, first[known])
        found = attempt(rates, tables.copies, objective, limits, best.score[known])
        best.take(known, first[known], found)
    begun = best.score.copy()
    alive, turn = np.arange(count), min(_TURN, len(macros))
    while len(alive):
        pick = np.argpartition(waiting[alive], turn - 1, axis=1)[:, :turn]
        values = np.take_along_axis(waiting[alive], pick, axis=1)
        hopeful = values < best.score[alive, None]
        row, column = np.nonzero(hopeful)
        if len(row) == 0:
            break
        rows, tried = alive[row], pick[row, column]
        waiting[rows, tried] = np.inf
        rates = tables.rates(rows, macros[tried])
        found = attempt(rates, tables.copies, objective, limits, best.score[rows])
        best.take(rows, macros[tried], found)
        alive, turn = alive[hopeful.all(axis=1)], min(2 * turn, _MOST, len(macros))
    return Solved(best.macro, best.level, best.score, best.tried, begun)


def brought_near(
    tables: CostTables, least: Bounds, solved: Solved, rows: Ints, limits: Limits
) -> Solved:
    """The same with the chips that by their bounds come nearest to the limits for architectures
    `rows` [L], which no macro serves within them."""
    macros, limits = tables.catalogue.worthy, eased(limits)
    best = _Best(len(solved.macro), solved)
    chip = _chip(
        least.energy_uj[rows],
        least.latency_us[rows],
        least.area_mm2[rows],
        least.array_mb[rows],
        least.sigma_rel[rows],
    )
    missing = excess(violations(chip, limits))
    pick = np.argsort(missing, axis=1, kind="stable")[:, :_NEAREST]
    hopes = INFEASIBLE * (1.0 + np.take_along_axis(missing, pick, axis=1))
    for turn in (slice(0, _TURN), slice(_TURN, _NEAREST)):
        # What a bound excludes is worse than what the first macros gave.
        row, column = np.nonzero(hopes[:, turn] <= best.score[rows, None] * _ROUNDING)
        if len(row) == 0:
            continue
        here, tried = rows[row], macros[pick[:, turn][row, column]]
        known = best.score[here]
        best.take(here, tried, closest(tables.rates(here, tried), tables.copies, limits, known))
    return Solved(best.macro, best.level, best.score, best.tried, solved.first)


class _Best:
    """The best chip of each architecture so far; of equals the macro with the lower number."""

    def __init__(self, count: int, so_far: Solved | None = None) -> None:
        self.macro = np.zeros(count, dtype=np.int64)
        self.level = np.zeros((count, BLOCKS), dtype=np.int64)
        self.score = np.full(count, np.inf)
        self.tried = np.zeros(count, dtype=np.int64)
        if so_far is not None:
            self.macro[:], self.level[:] = so_far.macro, so_far.level
            self.score[:], self.tried[:] = so_far.score, so_far.tried

    def take(self, rows: Ints, macros: Ints, found: tuple[Ints, Floats]) -> None:
        """rows, macros: [K]; found: replica levels [K, 4] and scores [K] of them."""
        level, value = found
        np.add.at(self.tried, rows, 1)
        order = np.lexsort((macros, value, rows))
        winner = order[np.diff(rows[order], prepend=-1) > 0]
        here = rows[winner]
        better = value[winner] < self.score[here]
        same = (value[winner] == self.score[here]) & (macros[winner] < self.macro[here])
        taken = better | (same & np.isfinite(value[winner]))
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
    """Replica levels [K, 4] that come nearest to the limits, and their scores [K].

    Where the fewest copies already take more than the capacity there are no more of them, nor where
    no replicas can score as low as `known` [K].
    """
    costs = options(rates, copies)
    room = Limits(max_array_mb=limits.max_array_mb, max_sigma_rel=None)
    wanted = None if known is None else known / INFEASIBLE - 1.0
    level, fits = best_options(costs, _shortfall(limits), room, known=wanted)
    level[~fits] = 0
    energy, latency, area = _totals(costs, level)
    here = np.arange(len(level))
    array_mb = _sum4([costs["array_mb"][b][here, level[:, b]] for b in range(BLOCKS)])
    sigma = np.broadcast_to(rates.sigma_rel.max(axis=0), latency.shape)
    broken = excess(violations(_chip(energy, latency, area, array_mb, sigma), limits))
    return level, INFEASIBLE * (1.0 + broken)


def _shortfall(limits: Limits) -> Objective:
    """The objective of a chip that breaks limits which a person asks of it."""

    def rule(energy_uj: Floats, latency_us: Floats, area_mm2: Floats) -> Floats:
        zero = np.zeros_like(energy_uj)
        chip = _chip(energy_uj, latency_us, area_mm2, zero, zero)
        return excess(violations(chip, limits))

    return rule


def _chip(
    energy_uj: Floats, latency_us: Floats, area_mm2: Floats, array_mb: Floats, sigma_rel: Floats
) -> ChipCost:
    """Totals [...] as far as limits ask for them; sigma_rel: [...] of the worst block."""
    nothing = np.zeros_like(latency_us)
    return ChipCost(
        energy_uj, latency_us, area_mm2, array_mb, sigma_rel[..., None], nothing, nothing
    )


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
