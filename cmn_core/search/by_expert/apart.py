"""Whether a chip whose blocks have experts on both memories is better than one that is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Ints
from cmn_core.cim.costs import ChipCost
from cmn_core.search.by_expert.best_split import FEW, MOST, BestSplit, best_split
from cmn_core.search.by_expert.splits import Splits
from cmn_core.search.constraints import Limits
from cmn_core.search.hybrid.accurate import STEP
from cmn_core.search.hybrid.block_bounds import Multiplier
from cmn_core.search.inner.block_costs import CostTables
from cmn_core.search.inner.error_budget import ErrorBudget
from cmn_core.search.inner.problem import Found, HardwareProblem
from cmn_core.search.inner.proof.branch_and_bound import eased

_COUNTED = 64  # macros of either memory up to which all pairs count
_SOME = 24  # else of each multiplier
_ROUNDS = 8  # of less and less error, after which a proof is given up


@dataclass(frozen=True)
class Apart:
    """point [D] of a better chip, None where the known one stays; tried: pairs of macros; proven:
    whether no other chip of the grid is better."""

    point: Ints | None
    tried: int
    proven: bool


def best_apart(
    tables: tuple[CostTables, CostTables],
    row: int,
    experts: Ints,
    hidden: Ints,
    *,
    problem: HardwareProblem,
    found: Found,
    budget: ErrorBudget | None,
) -> Apart:
    """For the architecture of that row: experts [4 or 8], hidden [4].

    Where the macros of a memory are more than 64, those count that are likely by their bounds and
    those of the known chip, and nothing is proven of the others.

    found: the best chips without; budget: of this architecture's error. Where error counts first
    (budget.accurate), chips are asked for that lose less mIoU, as long as there are any.
    """
    limits = eased(problem.limits)
    splits = Splits(tables, row, experts, hidden, limits, budget)
    if not splits.possible:
        return Apart(None, 0, True)
    known = float(found.merit.value[row])
    most = MOST if problem.proof else FEW
    complete = max(splits.macros) <= _COUNTED
    if not complete:
        own = [
            int(t.catalogue.numbers(found.index[row, t.grid.knob_slice(t.catalogue.technology)]))
            for t in tables
        ]
        wanted = _wanted(problem.objective, limits, found.chip, row)
        likely = splits.likely(wanted, _SOME).numbers
        splits = splits.among([np.union1d(n, k) for n, k in zip(likely, own, strict=True)])
    if budget is None or not budget.accurate:
        spare = None if budget is None else float(budget.allowed[0])
        one = best_split(
            splits,
            objective=problem.objective,
            limits=limits,
            known=known,
            spare=spare,
            most=most,
        )
        return Apart(_point(tables, one), one.tried, one.proven and complete)
    lost = float(budget.lost(np.asarray(found.chip.sigma_rel)[row][:, None])[0])
    lost = lost if np.isfinite(known) else np.inf
    best: BestSplit | None = None
    tried, proven = 0, False
    for _ in range(_ROUNDS):
        spare = min(float(budget.points[0]), lost - STEP)
        if spare < 0.0:
            proven = True
            break
        asked = replace(budget, points=np.array([spare]))
        kept = Splits(tables, row, experts, hidden, limits, asked).among(splits.numbers)
        one = best_split(kept, objective="edp", limits=limits, known=np.inf, spare=spare, most=most)
        tried += one.tried
        if one.macros is None:
            proven = one.proven
            break
        best, lost = one, one.lost
    point = None if best is None else _point(tables, best)
    return Apart(point, tried, proven and complete)


def _wanted(objective: str, limits: Limits, chip: ChipCost, row: int) -> list[Multiplier]:
    """What good chips near the known one cost little at, whichever limit binds."""
    energy, latency = float(chip.energy_uj[row]), float(chip.latency_us[row])
    if objective == "latency":
        plain, scale = Multiplier(0.0, per_us=1.0), latency
    elif objective == "energy":
        plain, scale = Multiplier(0.0, energy=1.0, least_us=latency), energy
    else:
        plain = Multiplier(0.0, energy=1.0, least_us=latency, per_us=energy / latency)
        scale = 2.0 * energy
    out = [plain]
    for name, most in (
        ("per_us", limits.latency_us),
        ("per_mb", limits.max_array_mb),
        ("per_mm2", limits.max_area_mm2),
    ):
        if most is not None:
            out.append(replace(plain, **{name: getattr(plain, name) + scale / most}))
    return out


def _point(tables: tuple[CostTables, CostTables], best: BestSplit) -> Ints | None:
    """The chip as a point of the grid."""
    if best.macros is None:
        return None
    grid = tables[0].grid
    point = grid.start()
    for table, number in zip(tables, best.macros, strict=True):
        point[grid.knob_slice(table.catalogue.technology)] = table.catalogue.knobs[number]
    point[grid.replica_slice] = best.level
    for b in range(BLOCKS):
        at = grid.memory_slice.start + b
        tenths = 1.0 if best.away[b] < 0 else best.away[b] / 10.0
        point[at] = int(np.abs(grid.arrays[at] - tenths).argmin())
    return point
