"""The work of a generation that any process can do: hardware of some architectures.

Everything comes as arguments and goes back as arrays, so that a job may be done by a pool or a
cluster; what it finds depends on the scenario and the architecture alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.quantities import GOALS
from cmn_core.search.constraints import Limits
from cmn_core.search.hardware import best_hardware
from cmn_core.search.inner.grid import Grid, make_grid
from cmn_core.search.inner.macros import MAX_MACROS, macro_count
from cmn_core.search.inner.pareto import tradeoffs
from cmn_core.search.robust.descent import Judged, best_judged
from cmn_core.search.robust.judgement import Judgement
from cmn_core.search.scenario import Scenario


def grid_of(scenario: Scenario) -> Grid:
    """Where the scenario's hardware is searched."""
    return make_grid(
        scenario.search_space, scenario.workload, scenario.memory, technologies=scenario.library
    )


def search_hardware(
    scenario: Scenario,
    limits: Limits,
    genes: Ints,
    miou: Floats | None = None,
    judgement: Judgement | None = None,
    proof: bool = False,
) -> tuple[Ints, Ints]:
    """Inner search of architectures [N, 8]: points [N, D], evaluations [N]. Runs in any process.

    miou: [N, 3] value, low and high, needed where there is a judgement; proof: as in best_hardware.
    """
    if judgement is not None and miou is not None:
        asked = question(scenario, limits, judgement, grid_of(scenario))
        return best_judged(asked, genes[:, :BLOCKS], genes[:, BLOCKS:], miou)
    result = best_hardware(
        scenario.search_space,
        scenario.workload,
        genes[:, :BLOCKS],
        genes[:, BLOCKS:],
        memory=scenario.memory,
        objective=scenario.objective,
        limits=limits,
        seed=scenario.seed,
        particles=scenario.particles,
        iterations=scenario.iterations,
        technologies=scenario.library,
        proof=proof,
    )
    return result.index, result.evaluations


def question(scenario: Scenario, limits: Limits, judgement: Judgement, grid: Grid) -> Judged:
    """What a robust search asks of hardware; grid: the scenario's."""
    return Judged(
        grid,
        judgement,
        limits,
        scenario.objective,
        scenario.goal == "performance" and judgement.by_hardware,
        scenario.seed,
        scenario.particles,
        scenario.iterations,
    )


def search_tradeoffs(scenario: Scenario, limits: Limits, genes: Ints) -> tuple[Ints, Bools, Ints]:
    """Chips of architectures [N, 8] for all there is between speed and frugality: points [N, K, D],
    which of them count [N, K], evaluations [N]. Runs in any process.

    On a grid too large to count out: the chips of the other goals.
    """
    grid = grid_of(scenario)
    if max(macro_count(grid, t) for t in grid.technologies) <= MAX_MACROS:
        return tradeoffs(grid, genes[:, :BLOCKS], genes[:, BLOCKS:], limits)
    others = [replace(scenario, goal=goal) for goal in GOALS if goal != scenario.goal]
    found = [search_hardware(other, limits, genes) for other in others]
    points = np.stack([index for index, _ in found], axis=1)
    spent = np.stack([count for _, count in found]).sum(axis=0)
    return points, np.ones(points.shape[:2], dtype=bool), spent
