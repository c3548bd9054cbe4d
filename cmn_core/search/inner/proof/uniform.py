"""The best chips of one technology: proven, from a swarm's, or the swarm's own."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from cmn_core.arrays import Floats, Ints
from cmn_core.search.inner.block_costs import CostTables
from cmn_core.search.inner.error_budget import ErrorBudget
from cmn_core.search.inner.neighbourhood import first
from cmn_core.search.inner.problem import Found, HardwareProblem, minimised
from cmn_core.search.inner.proof.branch_and_bound import (
    all_bounds,
    best_uniform,
    brought_near,
    contenders,
    with_error,
)
from cmn_core.search.inner.proof.solved import Solved
from cmn_core.search.inner.water_filling import Packing
from cmn_core.search.objective import Merit, score


def best_chips(problem: HardwareProblem, tables: CostTables, experts: Ints, hidden: Ints) -> Found:
    """The best chips of one technology, begun from those of a swarm where one is asked for."""
    if problem.inner == "exact":
        nowhere = np.full(len(experts), -1)
        return _uniform(problem, tables, experts, hidden, nowhere, np.zeros_like(nowhere))
    begun = time.perf_counter()
    macro, spent = _swarmed(problem, tables, experts, hidden)
    took = time.perf_counter() - begun
    return replace(_uniform(problem, tables, experts, hidden, macro, spent), swarm_s=took)


def _uniform(
    problem: HardwareProblem,
    tables: CostTables,
    experts: Ints,
    hidden: Ints,
    macro: Ints,
    spent: Ints,
) -> Found:
    """The best chips of one technology, else near ones; macro: [A] to begin with, by number, or
    -1; spent: [A]."""
    objective, limits = problem.objective, problem.limits
    own = contenders(tables, objective, limits)
    least = all_bounds(own, objective, limits)
    proven = problem.inner != "swarm"
    solved = best_uniform(
        own,
        least if proven else replace(least, fits=np.zeros_like(least.fits)),
        objective=objective,
        limits=limits,
        first=macro,
    )
    lost = np.flatnonzero(~np.isfinite(solved.score))
    if len(lost):
        near = brought_near(tables.some(lost), solved.some(lost), objective, limits)
        solved = solved.put(lost, near)
    found = found_of(problem, tables, solved, experts, hidden, spent)
    return found if proven else replace(found, proven=np.zeros_like(found.feasible))


def found_of(
    problem: HardwareProblem,
    tables: CostTables,
    solved: Solved,
    experts: Ints,
    hidden: Ints,
    spent: Ints,
) -> Found:
    """What the simulator says of the chips; spent: [A] besides them."""
    grid = problem.grid
    index = np.zeros((len(experts), len(grid.levels)), dtype=np.int64)
    index[:, grid.knob_slice(grid.technologies[0])] = tables.catalogue.knobs[solved.macro]
    index[:, grid.replica_slice] = solved.level
    found = priced_at(problem, experts, hidden, index, spent + solved.tried, tables.budget)
    return replace(found, swarm=solved.first, proven=found.feasible)


def priced_at(
    problem: HardwareProblem,
    experts: Ints,
    hidden: Ints,
    index: Ints,
    spent: Ints,
    budget: ErrorBudget | None,
) -> Found:
    """What the simulator says of points [A, D]."""
    replicas = problem.grid.replica_slice
    index[:, replicas] = np.minimum(index[:, replicas], problem.grid.sizes[replicas] - 1)
    chip = first(problem.grid.chip(experts, hidden, index[:, None]))
    value = score(chip, objective=problem.objective, limits=problem.limits)
    if budget is not None:
        value = with_error(value, budget, np.moveaxis(chip.sigma_rel, -1, 0), problem.limits)
    return Found(problem.grid, index, value, chip, spent)


def _swarmed(
    problem: HardwareProblem, tables: CostTables, experts: Ints, hidden: Ints
) -> tuple[Ints, Ints]:
    """Macro [A] by number that a swarm ends with, and what it priced on the way [A].

    A particle is a position among the levels of the knobs and a share of the array capacity, from
    which replicas follow by rule.
    """
    grid, known = problem.grid, tables.catalogue
    free = [k for k, size in enumerate(known.sizes) if size > 1]
    packing = Packing(tables, problem.limits)

    def macros(position: Floats) -> Ints:
        knobs = np.zeros((*position.shape[:-1], len(known.sizes)), dtype=np.int64)
        knobs[..., free] = position[..., :-1].astype(np.int64)
        return known.numbers(knobs)

    def cost(rows: Ints, position: Floats) -> Merit:
        number = macros(position)
        chip = packing.chip(
            np.repeat(rows, number.shape[1]),
            np.maximum(number, 0).ravel(),
            position[..., -1].ravel(),
        )
        value = score(chip, objective=problem.objective, limits=problem.limits)
        return value.reshape(*number.shape).where(number >= 0, Merit.nowhere())

    top = np.append(grid.sizes[free].astype(np.float64), 1.0)
    begin = np.append(grid.start()[free] + 0.5, 1.0)[None]
    swarmed = minimised(problem, cost, top, begin, experts, hidden)
    return macros(swarmed.position[:, None])[:, 0], swarmed.evaluations
