"""The inner loop: the best hardware of given architectures, by proof, particle swarm or both.

All architectures of a call advance as one array. An architecture draws from a stream of its own,
addressed by (seed, digest, memory), so its result does not depend on its company.

Where the macros of the grid can be counted out (proof, hybrid) the result is the optimum of the
grid; what a swarm found, if one was asked for, is where the proof begins. On a larger grid, which
only a technology file of one's own can bring, a swarm's point is polished by descent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from cmn_core.architecture import BLOCKS, SearchSpace
from cmn_core.arrays import Ints
from cmn_core.cim.technologies.technology import Technology
from cmn_core.cim.workload import Scope
from cmn_core.design import MEMORIES, Workload
from cmn_core.predictor.routing import ExpertLoads, Loads
from cmn_core.search.by_expert.apart import best_apart
from cmn_core.search.constraints import Limits
from cmn_core.search.hybrid.accurate import most_accurate
from cmn_core.search.hybrid.branch_and_bound import best_mixed
from cmn_core.search.hybrid.either import Alone, best_of_either, likeliest
from cmn_core.search.hybrid.mixture import Mixture
from cmn_core.search.inner.block_costs import CostTables
from cmn_core.search.inner.error_budget import ErrorBudget
from cmn_core.search.inner.grid import REPLICA_LEVELS, make_grid
from cmn_core.search.inner.local_search import descend
from cmn_core.search.inner.macros import catalogue
from cmn_core.search.inner.neighbourhood import first
from cmn_core.search.inner.problem import Found, HardwareProblem, joined, stream_of
from cmn_core.search.inner.proof.uniform import best_chips, found_of, priced_at
from cmn_core.search.objective import Merit

__all__ = ["Found", "HardwareProblem", "best_hardware", "found_hardware"]


_ROWS = 128  # architectures whose tables are held at once


def best_hardware(
    space: SearchSpace,
    workload: Workload,
    experts: Ints,
    hidden: Ints,
    *,
    memory: str | Sequence[str],
    objective: str = "edp",
    limits: Limits | None = None,
    seed: int = 0,
    particles: int = 30,
    iterations: int = 50,
    macros: Mapping[str, Mapping[str, float]] | None = None,
    replicas: Sequence[int] | None = None,
    levels: Mapping[str, Mapping[str, Sequence[float]]] | None = None,
    replica_levels: Sequence[int] = REPLICA_LEVELS,
    technologies: Mapping[str, Technology] | None = None,
    scope: Scope = "network",
    proof: bool = True,
    loads: Loads | None = None,
    expert_loads: ExpertLoads | None = None,
) -> Found:
    """Best hardware for each architecture: experts, hidden [A, 4].

    memory: "rram", "sram", "hybrid" (technology chosen per block) or the technology of each
    block; objective: a key of score.OBJECTIVES; macros, replicas: parts that are given; levels,
    replica_levels: another grid than the technologies' own; technologies: others than the built-in
    ones, by memory; scope: as in cim.chip.price; loads, expert_loads: as in make_grid; proof:
    without it only the likeliest mixtures of technologies are tried for energy x latency, which is
    quick. A hybrid is never worse than either uniform chip, nor one whose experts may lie apart
    than that whose blocks may. Where nothing meets the limits the point that comes nearest is
    returned.
    """
    grid = make_grid(
        space,
        workload,
        memory,
        macros=macros,
        replicas=replicas,
        levels=levels,
        replica_levels=replica_levels,
        technologies=technologies,
        scope=scope,
        loads=loads,
        expert_loads=expert_loads,
    )
    problem = HardwareProblem(
        grid, stream_of(memory), objective, limits or Limits(), seed, particles, iterations, proof
    )
    return found_hardware(problem, np.asarray(experts, np.int64), np.asarray(hidden, np.int64))


def found_hardware(
    problem: HardwareProblem, experts: Ints, hidden: Ints, budget: ErrorBudget | None = None
) -> Found:
    """Best hardware for each architecture of a problem that is stated already: see above.

    budget: of the chips' error, on a grid whose macros can be counted; with it a chip keeps its
    limits only where it keeps this too, and where `accurate` its merit is points of mIoU first.
    """
    parts = []
    for at in range(0, len(experts), _ROWS):
        rows = slice(at, at + _ROWS)
        if problem.countable:
            own = None if budget is None else budget.some(rows)
            parts.append(_exact(problem, experts[rows], hidden[rows], own))
        else:
            parts.append(descend(problem, experts[rows], hidden[rows]))
    return joined(parts)


def _exact(
    problem: HardwareProblem, experts: Ints, hidden: Ints, budget: ErrorBudget | None
) -> Found:
    """The best chips of the grid."""
    grid, limits = problem.grid, problem.limits
    tables = [
        CostTables.of(
            grid,
            catalogue(grid, t, limits.max_sigma_rel, by_error=budget is not None),
            experts,
            hidden,
            budget,
        )
        for t in grid.technologies
    ]
    if min(len(table.catalogue.knobs) for table in tables) == 0:  # nothing can be built
        return descend(problem, experts, hidden)
    if len(tables) == 1:
        return best_chips(problem, tables[0], experts, hidden)
    index = np.zeros((len(experts), len(grid.levels)), dtype=np.int64)
    known, spent = Merit.nowhere(len(experts)), np.zeros(len(experts), dtype=np.int64)
    both = tables[0], tables[1]
    unproven = problem.mixed and problem.objective == "edp" and not problem.proof
    if problem.mixed:
        alone = best_of_either(both, problem.objective, limits, mixed=unproven)
        known, index, spent = _either(problem, tables, alone, experts, hidden)
    flags = [tuple(v > 0.5 for v in levels) for levels in grid.levels[grid.memory_slice]]
    masks = [m for m in product(*map(dict.fromkeys, flags)) if any(m) and not all(m)]
    if unproven:
        rows, chips = alone[0].rows, Mixture.none(len(experts))
        if len(rows):
            chip = first(grid.chip(experts[rows], hidden[rows], index[rows, None]))
            likely = likeliest(both, alone, masks, limits=limits, known=known[rows], chip=chip)
            chips.put(rows, likely)
    elif budget is not None and budget.accurate:
        chips = most_accurate(both, masks, limits=limits, known=known)
    else:
        chips = best_mixed(both, masks, objective=problem.objective, limits=limits, known=known)
    won, uniform = chips.won, index.copy()
    for k, technology in enumerate(grid.technologies):
        knobs = tables[k].catalogue.knobs[chips.macros[won, k]]
        index[won, grid.knob_slice(technology)] = knobs
    index[won, grid.replica_slice] = chips.level[won]
    for b in range(BLOCKS):
        levels = grid.arrays[grid.memory_slice.start + b]
        which = np.searchsorted(levels, chips.rram[won, b].astype(np.float64))
        index[won, grid.memory_slice.start + b] = which
    lost = ~won & ~known.buildable
    if lost.any():
        near = descend(problem, experts[lost], hidden[lost])
        index[lost], spent[lost] = near.index, spent[lost] + near.evaluations
    found = priced_at(problem, experts, hidden, index, spent + chips.tried, budget)
    worse = known.less(found.merit)  # by the last digits of a sum
    if worse.any():
        index[worse] = uniform[worse]
        found = priced_at(problem, experts, hidden, index, spent + chips.tried, budget)
    found = replace(found, proven=chips.proven)
    return _by_expert(problem, both, experts, hidden, found, budget) if grid.by_expert else found


def _by_expert(
    problem: HardwareProblem,
    tables: tuple[CostTables, CostTables],
    experts: Ints,
    hidden: Ints,
    found: Found,
    budget: ErrorBudget | None,
) -> Found:
    """The same chips, or better ones whose blocks have experts on both memories."""
    better = [
        best_apart(
            tables,
            row,
            experts[row],
            hidden[row],
            problem=problem,
            found=found,
            budget=None if budget is None else budget.some(np.array([row])),
        )
        for row in range(len(experts))
    ]
    spent = found.evaluations + np.array([one.tried for one in better])
    index = found.index.copy()
    for row, one in enumerate(better):
        if one.point is not None:
            index[row] = one.point
    proven = np.array([one.proven for one in better])
    if found.proven is not None:
        proven &= found.proven
    other = priced_at(problem, experts, hidden, index, spent, budget)
    worse = found.merit.less(other.merit)  # by the last digits of a sum
    if worse.any():
        index[worse] = found.index[worse]
        other = priced_at(problem, experts, hidden, index, spent, budget)
    return replace(other, proven=proven)


def _either(
    problem: HardwareProblem,
    tables: list[CostTables],
    alone: Sequence[Alone],
    experts: Ints,
    hidden: Ints,
) -> tuple[Merit, Ints, Ints]:
    """Of the better uniform chips their merit [A], points [A, D], and evaluations [A]."""
    grid = problem.grid
    known, spent = Merit.nowhere(len(experts)), np.zeros(len(experts), dtype=np.int64)
    index = np.tile(grid.start(), (len(experts), 1))
    for name, table, one in zip(MEMORIES, tables, alone, strict=True):
        rows = one.rows
        if len(rows) == 0:
            continue
        part, free = problem.part(name), np.zeros(len(rows), dtype=np.int64)
        own = table if len(rows) == len(experts) else table.some(rows)
        found = found_of(part, own, one.solved, experts[rows], hidden[rows], free)
        spent[rows] += found.evaluations
        better = found.merit.less(known[rows])
        known = known.put(rows[better], found.merit[better])
        here, point = rows[better], found.index[better]
        for at, its in (
            (grid.knob_slice(table.catalogue.technology), slice(0, part.grid.knob_count)),
            (grid.replica_slice, part.grid.replica_slice),
        ):
            index[here, at] = point[:, its]
        index[here, grid.memory_slice] = grid.levels[-1].index(float(name == "rram"))
    return known, index, spent
