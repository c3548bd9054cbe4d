"""The work of a generation that any process can do: hardware of some architectures.

Everything comes as arguments and goes back as arrays, so that a job may be done by a pool or a
cluster; what it finds depends on the scenario and the architecture alone. A scenario and its
limits name a problem, which a process states once and keeps.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cmn_core.architecture import parted
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.quantities import GOALS
from cmn_core.search.constraints import Limits
from cmn_core.search.hardware import Found, found_hardware
from cmn_core.search.inner.error_budget import ErrorBudget
from cmn_core.search.inner.pareto import tradeoffs
from cmn_core.search.inner.problem import problem_of
from cmn_core.search.robust.descent import best_judged, judged_problem
from cmn_core.search.robust.judgement import Judgement
from cmn_core.search.scenario import Scenario


def search_hardware(
    scenario: Scenario,
    limits: Limits,
    genes: Ints,
    budget: ErrorBudget | None = None,
    *,
    proof: bool = False,
) -> Found:
    """Best hardware of architectures [N, 8], priced. Runs in any process.

    budget: of the chips' error; proof: as in best_hardware.
    """
    problem = problem_of(scenario, limits)
    asked = replace(problem, proof=True) if proof else problem
    return found_hardware(asked, *parted(genes), budget)


def search_judged(
    scenario: Scenario, limits: Limits, genes: Ints, miou: Floats, judgement: Judgement
) -> tuple[Ints, Ints]:
    """Best hardware of architectures [N, 8] as a robust search judges it: points [N, D],
    evaluations [N]. Runs in any process.

    miou: [N, 3] value, low and high.
    """
    judged = judged_problem(scenario, limits, judgement)
    return best_judged(judged, *parted(genes), miou)


def search_tradeoffs(
    scenario: Scenario, limits: Limits, genes: Ints, budget: ErrorBudget | None = None
) -> tuple[Ints, Bools, Ints]:
    """Chips of architectures [N, 8] for all there is between speed and frugality: points [N, K, D],
    which of them count [N, K], evaluations [N]. Runs in any process.

    On a grid too large to count out: the chips of the other goals.
    """
    problem = problem_of(scenario, limits)
    if problem.countable:
        return tradeoffs(problem.grid, *parted(genes), limits, budget)
    others = [replace(scenario, goal=goal) for goal in GOALS if goal != scenario.goal]
    found = [search_hardware(other, limits, genes) for other in others]
    points = np.stack([one.index for one in found], axis=1)
    spent = np.stack([one.evaluations for one in found]).sum(axis=0)
    return points, np.ones(points.shape[:2], dtype=bool), spent
