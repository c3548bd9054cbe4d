"""Chips of two technologies whose output error costs the least mIoU, within the limits.

Only analog arrays err, so a chip of digital ones loses nothing, and no mixture can lose less. Where
no such chip keeps the limits, mixtures are asked for that lose less than the best one so far, each
time proven or excluded (branch_and_bound.py), until there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Floats
from cmn_core.search.constraints import Limits
from cmn_core.search.hybrid.branch_and_bound import best_mixed
from cmn_core.search.hybrid.mixture import Mixture
from cmn_core.search.inner.block_costs import CostTables
from cmn_core.search.inner.error_budget import ErrorBudget
from cmn_core.search.inner.proof.branch_and_bound import TIE
from cmn_core.search.objective import Merit

STEP = 0.002  # points of mIoU: what loses less than this more is as good
_ROUNDS = 8  # after which a proof is given up
_ANY = 1e30  # uJ x us: more than any chip takes


def least_lost(tables: Sequence[CostTables]) -> Floats:
    """[A] the least points of mIoU that a chip with blocks on every one of these memories loses."""
    least = tables[0].least_lost
    for table in tables[1:]:
        least = np.maximum(least, table.least_lost)
    return least


def most_accurate(
    tables: tuple[CostTables, CostTables],
    assignments: Sequence[tuple[bool, ...]],
    *,
    limits: Limits,
    known: Merit,
) -> Mixture:
    """The mixture of each architecture that beats the merit `known` [A], where one does.

    tables: of RRAM and of SRAM, with a budget; merits: points lost, then energy x latency. Equal
    but for STEP points is not told apart.
    """
    budget = tables[0].budget
    assert budget is not None
    value = known.value.copy()
    count = len(value)
    out = Mixture.none(count)
    out.proven[:] = True
    open_rows = ~(value <= least_lost(tables))
    for _ in range(_ROUNDS):
        if not open_rows.any():
            break
        begun = np.isfinite(value)
        points = np.where(begun, np.minimum(budget.points, value - STEP), budget.points)
        points = np.where(open_rows, np.maximum(points, 0.0), 0.0)
        asked = replace(budget, points=points, accurate=False)
        held = tuple(replace(table, budget=asked) for table in tables)
        found = best_mixed(
            (held[0], held[1]),
            assignments,
            objective="edp",
            limits=limits,
            known=Merit(
                np.where(begun[:, None], 0.0, known.missing), np.where(begun, _ANY, np.inf)
            ),
        )
        out.tried[:] += np.where(open_rows, found.tried, 0)
        won = open_rows & found.won
        out.proven[open_rows & ~won] = found.proven[open_rows & ~won]
        for name in ("rram", "macros", "level", "won"):
            getattr(out, name)[won] = getattr(found, name)[won]
        value[won] = _values(held[0], found, asked)[won]
        open_rows = won & np.isfinite(value)
    out.proven[open_rows | ~np.isfinite(known.value)] = False
    return out


def _values(table: CostTables, found: Mixture, budget: ErrorBudget) -> Floats:
    """[A] points that the chips of both technologies lose; their energy x latency decides nothing
    more here. Only the first technology is analog."""
    rows = np.arange(len(found.won))
    rates = table.rates(rows, found.macros[:, 0])
    sigma = np.where(found.rram.T, np.broadcast_to(rates.sigma_rel, (BLOCKS, len(rows))), 0.0)
    return budget.lost(sigma) + TIE
