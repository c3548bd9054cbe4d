"""The likeliest chips of two technologies by energy x latency: quick, not proven.

The proof (branch_and_bound.py) of this objective takes ten times as long as that of energy or of
latency.

The macros of either technology that serve the whole network best by their bounds stand for all.
At multipliers for latency and capacity every block has a least cost on each of them, an assignment
of technologies the sum of these, and the cheapest assignments get their exact replicas. What this
misses the proof finds; a search uses that for the design it names the best.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.search.constraints import Limits
from cmn_core.search.hybrid.accurate import least_lost
from cmn_core.search.hybrid.mixture import Mixture
from cmn_core.search.inner.block_costs import CostTables, Rates, options
from cmn_core.search.inner.proof.bounds import Bounds
from cmn_core.search.inner.proof.branch_and_bound import TIE, attempt, eased
from cmn_core.search.objective import Merit

_MACROS = 16  # of each technology
_TRIED = 2  # assignments at each multiplier of capacity
# Tried of latency and of capacity, in units of what they are worth at the uniform chip.
_MULTIPLIERS = ((1.0, 0.0), (1.0, 1.0), (1.0, 4.0), (0.2, 0.0), (0.2, 1.0), (5.0, 0.0), (5.0, 1.0))
_POINTS = (0.0, 1.0, 100.0)  # shares of the energy that a point of mIoU is worth, where it counts
_ROUNDING = 1.0 - 1e-9


def likely_mixed(
    tables: tuple[CostTables, CostTables],
    least: tuple[Bounds, Bounds],
    assignments: Sequence[tuple[bool, ...]],
    *,
    limits: Limits,
    known: Merit,
    energy_uj: Floats,
    latency_us: Floats,
) -> Mixture:
    """Chips of least energy x latency that beat the merit `known` [A] of the better uniform chips,
    where one was found.

    tables: of RRAM and of SRAM, with their bounds of energy x latency (exact.all_bounds);
    assignments: which blocks may be on RRAM together, some but not all; energy_uj, latency_us: [A]
    of the better uniform chip, whose ratio is the multiplier of latency.
    """
    limits = eased(limits)
    masks = np.array(assignments, dtype=bool)
    count, budget = len(known.value), tables[0].budget
    out = Mixture.none(count)
    everyone = np.arange(count)
    if budget is not None:  # most mixtures lose more mIoU than a uniform chip that is exact
        everyone = np.flatnonzero(~(known.value <= least_lost(tables)))
        if len(everyone) == 0:
            return out
    sides = [_Side(table, own, limits, everyone) for table, own in zip(tables, least, strict=True)]
    asked = _candidates(
        sides, masks, limits, energy_uj[everyone] / latency_us[everyone], latency_us[everyone]
    )
    if len(asked) == 0:
        return out
    rows, which, pairs = everyone[asked[:, 0]], asked[:, 1], asked[:, 2:]
    parts = [table.rates(rows, pairs[:, k]) for k, table in enumerate(tables)]
    rates: Rates = parts[0].mixed(parts[1], masks[which].T)
    wanted = known.value[rows]
    if budget is None:
        level, score = attempt(rates, tables[0].copies, "edp", limits, wanted)
    else:
        lost = budget.lost(rates.sigma_rel)
        wanted = np.where(lost <= budget.allowed[rows], (wanted - lost) / TIE, -np.inf)
        level, score = attempt(rates, tables[0].copies, "edp", limits, wanted)
        score = lost + TIE * score
    np.add.at(out.tried, rows, 1)
    for at in np.lexsort((score, rows)):  # the best of each architecture comes first
        row = rows[at]
        if not out.won[row] and score[at] < known.value[row] * _ROUNDING:
            out.rram[row], out.macros[row] = masks[which[at]], pairs[at]
            out.level[row], out.won[row] = level[at], True
    return out


def _candidates(
    sides: list[_Side], masks: Bools, limits: Limits, per_us: Floats, latency_us: Floats
) -> Ints:
    """Chips [N, 4] to set the replicas of: architecture, assignment and both macros.

    per_us: [A] energy that a us is worth; latency_us: [A] of the better uniform chip.
    """
    count = len(per_us)
    wanted: list[tuple[Ints, Ints, Ints]] = []
    scarce, crowded = np.zeros(count), np.zeros(count)
    if limits.max_array_mb is not None:
        root = np.minimum(sides[0].root, sides[1].root)
        scarce = per_us * (root / limits.max_array_mb) ** 2
    multipliers = [(fast, small, 0.0, 0.0) for fast, small in _MULTIPLIERS]
    if limits.max_area_mm2 is not None:
        root = np.minimum(sides[0].root_mm2, sides[1].root_mm2)
        fixed = np.minimum(sides[0].fixed_mm2, sides[1].fixed_mm2)
        room = np.maximum(limits.max_area_mm2 - fixed, 0.01 * limits.max_area_mm2)
        crowded = per_us * (root / room) ** 2
        multipliers += [(fast, 0.0, small, 0.0) for fast, small in _MULTIPLIERS if small]
    if sides[0].counts_error:
        multipliers = [(a, b, c, share) for share in _POINTS for a, b, c, _ in multipliers]
    for fast, small, flat, exact in multipliers:
        prices = fast * per_us, small * scarce, flat * crowded, exact * per_us * latency_us
        costs = [side.costs(*prices, latency_us) for side in sides]
        total = np.zeros((len(masks), count))
        macros = []
        for values, mine in zip(costs, (masks, ~masks), strict=True):
            sums = np.zeros((len(masks), *values.shape[1:]))
            for b in range(BLOCKS):
                sums += np.where(mine[:, b, None, None], values[b], 0.0)
            macros.append(sums.argmin(axis=2))
            total += sums.min(axis=2)
        order = np.argsort(total, axis=0, kind="stable")[:_TRIED]
        for which in order:
            here = np.flatnonzero(np.isfinite(total[which, np.arange(count)]))
            picked = [
                side.macro[here, m[which[here], here]]
                for side, m in zip(sides, macros, strict=True)
            ]
            wanted.append((here, which[here], np.stack(picked, axis=1)))
    rows, which, pairs = (np.concatenate(column) for column in zip(*wanted, strict=True))
    return np.unique(np.column_stack([rows, which, pairs]), axis=0)


class _Side:
    """Costs of the blocks of A architectures on some macros of one technology."""

    def __init__(self, tables: CostTables, least: Bounds, limits: Limits, everyone: Ints) -> None:
        """everyone: architectures [A] of the tables."""
        macros = tables.catalogue.worthy
        some = min(_MACROS, len(macros))
        fits, hopes = least.fits[everyone], least.objective[everyone]
        pick = np.argpartition(np.where(fits, hopes, np.inf), some - 1, axis=1)[:, :some]
        self.counts_error = tables.budget is not None
        if self.counts_error and tables.draws:  # as many of those that lose the least
            assert least.lost is not None
            lost = np.where(fits, least.lost[everyone], np.inf)
            exact = np.argpartition(lost, some - 1, axis=1)[:, :some]
            pick, some = np.concatenate([pick, exact], axis=1), 2 * some
        pick = np.sort(pick, axis=1)
        self.macro: Ints = macros[pick]  # [A, M] by number
        rows = np.repeat(everyone, some)
        rates = tables.rates(rows, self.macro.ravel())
        shape = (BLOCKS, *self.macro.shape, tables.copies.shape[1])
        table = options(rates, tables.copies)
        self._table = {n: np.stack(v).reshape(shape) for n, v in table.items()}
        self._spoilt: Bools = np.zeros(shape, dtype=bool)
        if limits.max_sigma_rel is not None:
            self._spoilt = self._table["sigma_rel"] > limits.max_sigma_rel
        roots = np.sqrt(rates.work_us * rates.array_mb).reshape(shape[:-1])
        self.root: Floats = roots.sum(axis=0).min(axis=1)
        roots = np.sqrt(rates.work_us * rates.core_mm2).reshape(shape[:-1])
        self.root_mm2: Floats = roots.sum(axis=0).min(axis=1)
        fixed = np.broadcast_to(rates.fixed_mm2, (BLOCKS, len(rows))).reshape(shape[:-1])
        self.fixed_mm2: Floats = fixed.sum(axis=0).min(axis=1)
        if tables.budget is not None:
            sigma = np.broadcast_to(rates.sigma_rel, (BLOCKS, len(rows)))
            self._lost: Floats = tables.budget.parts(sigma).reshape(*shape[:-1], 1)

    def costs(
        self, per_us: Floats, per_mb: Floats, per_mm2: Floats, per_point: Floats, image_us: Floats
    ) -> Floats:
        """[4, A, M] least cost of each block: energy + per_us x latency + per_mb x capacity
        + per_mm2 x area + per_point x mIoU lost, each multiplier [A]; what leaks does so for
        image_us [A]."""
        table = self._table

        def column(multiplier: Floats) -> Floats:
            return multiplier[:, None, None]

        cost = table["active_uj"] + table["standby_w"] * column(image_us)
        cost = cost + column(per_us) * table["latency_us"] + column(per_mb) * table["array_mb"]
        if per_mm2.any():
            cost = cost + column(per_mm2) * table["area_mm2"]
        if per_point.any():
            cost = cost + column(per_point) * self._lost
        least: Floats = np.where(self._spoilt, np.inf, cost).min(axis=3)
        return least
