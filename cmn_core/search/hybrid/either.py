"""The better uniform chip of two technologies, with a proof of one of them where that is enough.

SRAM is solved first. Where no RRAM macro may beat it, which a bound for each geometry says, RRAM
need not be solved at all: there are five to eight times fewer geometries than macros.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.cim.costs import ChipCost
from cmn_core.search.constraints import Limits
from cmn_core.search.hybrid.accurate import least_lost
from cmn_core.search.hybrid.heuristic import likely_mixed
from cmn_core.search.hybrid.mixture import Mixture
from cmn_core.search.inner.block_costs import CostTables
from cmn_core.search.inner.proof.bounds import Bounds
from cmn_core.search.inner.proof.branch_and_bound import (
    all_bounds,
    best_uniform,
    brought_near,
    contenders,
    hopes,
)
from cmn_core.search.inner.proof.solved import Solved
from cmn_core.search.objective import Merit


@dataclass(frozen=True)
class Alone:
    """Best chips of one technology for architectures `rows` of those that were asked for; of the
    others no chip is the better one. least: their bounds, None where there are none of them."""

    rows: Ints
    solved: Solved
    least: Bounds | None


def best_of_either(
    tables: tuple[CostTables, CostTables], objective: str, limits: Limits, *, mixed: bool
) -> tuple[Alone, Alone]:
    """The best chips of RRAM and of SRAM alone; near ones only where neither has any.

    tables: of RRAM and of SRAM; mixed: whether bounds are wanted of every architecture of which a
    mixture may be the best.
    """
    rram, sram = (contenders(table, objective, limits) for table in tables)
    everyone = np.arange(rram.size[0])
    second = _solved(sram, everyone, objective, limits)
    score = second.solved.score
    if rram.budget is not None and rram.budget.accurate:
        open_rows = ~(score <= least_lost((rram, sram)))
    elif mixed:
        open_rows = np.ones(len(everyone), dtype=bool)
    else:
        open_rows = _may_beat(rram, objective, limits, score)
    first = _solved(rram, np.flatnonzero(open_rows), objective, limits)
    lost = first.rows[np.isinf(first.solved.score) & np.isinf(score[first.rows])]
    if len(lost):
        first, second = (
            replace(one, solved=_near(table, one, lost, objective, limits))
            for table, one in zip(tables, (first, second), strict=True)
        )
    return first, second


def likeliest(
    tables: tuple[CostTables, CostTables],
    alone: tuple[Alone, Alone],
    masks: Sequence[tuple[bool, ...]],
    *,
    limits: Limits,
    known: Merit,
    chip: ChipCost,
) -> Mixture:
    """Mixtures of the architectures in whose rows RRAM was solved that are likely to have less
    energy x latency than the better uniform chips; known, chip: [K] of these."""
    rows, least = alone[0].rows, (alone[0].least, alone[1].least)
    assert least[0] is not None and least[1] is not None
    return likely_mixed(
        (tables[0].some(rows), tables[1].some(rows)),
        (least[0], least[1].some(rows)),
        masks,
        limits=limits,
        known=known,
        energy_uj=chip.energy_uj,
        latency_us=chip.latency_us,
    )


def _solved(tables: CostTables, rows: Ints, objective: str, limits: Limits) -> Alone:
    if len(rows) == 0:
        return Alone(rows, Solved.none(), None)
    own = tables if len(rows) == tables.size[0] else tables.some(rows)
    least = all_bounds(own, objective, limits)
    nothing = np.full(len(rows), -1)
    solved = best_uniform(own, least, objective=objective, limits=limits, first=nothing)
    return Alone(rows, solved, least)


def _near(tables: CostTables, one: Alone, lost: Ints, objective: str, limits: Limits) -> Solved:
    """The same with the chips of the lost architectures that come nearest to the limits."""
    places = np.searchsorted(one.rows, lost)
    near = brought_near(tables.some(lost), one.solved.some(places), objective, limits)
    return one.solved.put(places, near)


def _may_beat(tables: CostTables, objective: str, limits: Limits, score: Floats) -> Bools:
    """[A] whether a uniform chip on these macros may score less, by a bound for each geometry."""
    outline = tables.outline
    return np.asarray(
        (hopes(outline, all_bounds(outline, objective, limits)) < score[:, None]).any(axis=1)
        | np.isinf(score)
    )
