"""Which macros a proof need not look at: what no better chip of two technologies can be made of.

A block costs at least so much on each macro, and a chip at least the sum over its blocks, each on
the better technology. Whole geometries are left out first: there are five times fewer of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.search.constraints import Limits
from cmn_core.search.hybrid.block_bounds import BlockBounds, Multiplier
from cmn_core.search.hybrid.lagrangian import LowerBounds
from cmn_core.search.inner.block_costs import CostTables


def side(table: CostTables, row: int, macros: Ints, limits: Limits) -> BlockBounds:
    """An architecture on macros by number."""
    rates = table.rates(np.full(len(macros), row), macros)
    budget = None if table.budget is None else table.budget.some(np.array([row]))
    return BlockBounds(rates, table.copies, limits, budget)


def first_cut(sides: list[BlockBounds], objective: str, limits: Limits, known: float) -> list[Ints]:
    """Places of macros that may serve a chip which scores below `known`, as far as is soon seen."""
    least = LowerBounds.begun(sides, limits)
    return kept(sides, least.wanted(objective, known), least.rest_us)


def geometries(
    tables: tuple[CostTables, CostTables], row: int, objective: str, limits: Limits, known: float
) -> list[Ints]:
    """Places among the worthy macros of those whose geometry may serve a better chip."""
    outlines = [table.outline for table in tables]
    sides = [side(outline, row, outline.catalogue.worthy, limits) for outline in outlines]
    out = []
    for table, outline, places in zip(
        tables, outlines, first_cut(sides, objective, limits, known), strict=True
    ):
        own = table.catalogue.shape[table.catalogue.worthy]
        out.append(np.flatnonzero(np.isin(own, outline.catalogue.shape[places])))
    return out


def kept(sides: Sequence[BlockBounds], bundle: Sequence[Multiplier], rest_us: Floats) -> list[Ints]:
    """Places of macros of each side that may keep every multiplier of the list; rest_us: [4] what
    all other blocks take at the least."""
    sides = list(sides)
    left = [np.arange(one.count) for one in sides]
    for multiplier in reversed(bundle):  # the limits come last, and are the quickest to work out
        if min(len(places) for places in left) == 0:
            break
        floors = [one.floor(multiplier, rest_us) for one in sides]
        least = [f.min(axis=1) for f in floors]
        for k in range(2):
            # Every block may go to the other side, but one.
            own, other = floors[k], least[1 - k][:, None]
            cheapest = np.minimum(own, other).sum(axis=0)
            dearer = np.subtract(own, other, out=np.full_like(own, np.inf), where=own < np.inf)
            good = cheapest + np.maximum(dearer.min(axis=0), 0.0) < multiplier.below
            if not good.all():
                left[k], sides[k] = left[k][good], sides[k].some(np.flatnonzero(good))
    return left


def mask_sums(masks: Bools, costs: Sequence[Floats]) -> list[Floats]:
    """Costs [4, N] of each side to sums over its blocks [assignments, N]."""
    out = []
    for values, mine in zip(costs, (masks, ~masks), strict=True):
        total = np.zeros((len(mine), values.shape[1]))
        for b in range(BLOCKS):
            total = total + np.where(mine[:, b, None], values[b], 0.0)
        out.append(total)
    return out


def least_cost(
    masks: Bools, sides: Sequence[BlockBounds], multiplier: Multiplier, rest_us: Floats
) -> float:
    """What any chip of one of the assignments costs at least at a multiplier."""
    first, second = mask_sums(masks, [one.floor(multiplier, rest_us) for one in sides])
    return float((first.min(axis=1) + second.min(axis=1)).min())
