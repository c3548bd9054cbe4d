"""The chip's own error in the exact searches, against every point of small grids."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.design import Workload
from cmn_core.predictor.estimate import OutputLoss
from cmn_core.search.constraints import Limits
from cmn_core.search.hardware import found_hardware
from cmn_core.search.hybrid.accurate import STEP
from cmn_core.search.inner.error_budget import ErrorBudget
from cmn_core.search.inner.grid import make_grid
from cmn_core.search.inner.problem import HardwareProblem, stream_of
from cmn_core.search.inner.proof.branch_and_bound import with_error
from cmn_core.search.objective import Merit, score

SPACE, WORKLOAD = SPACES["b0"], Workload((120, 160))
LEVELS = {
    "rram": {
        "rows": (64, 128),
        "cols": (128,),
        "active_rows": (16, 64),
        "adc_bits": (6, 8),
        "columns_per_adc": (8,),
        "cell_bits": (1,),
        "dac_bits": (1,),
        "vdd_v": (0.7,),
    },
    "sram": {
        "rows": (64,),
        "cols": (128,),
        "rows_per_tree": (4,),
        "input_bits_per_step": (1, 4),
        "vdd_v": (0.7,),
    },
}
LOSS = OutputLoss(150.0, 40.0, 0.3, (0.85, 0.05, 0.05, 0.05))
EXPERTS = np.array([[1, 2, 1, 3], [2, 1, 3, 1], [4, 4, 4, 4]])
HIDDEN = np.array([[64, 100, 200, 300], [100, 40, 90, 500], [128, 256, 640, 1024]])


def stated(memory: str, objective: str, limits: Limits, *, proof: bool = True) -> HardwareProblem:
    grid = make_grid(SPACE, WORKLOAD, memory, levels=LEVELS, replica_levels=(1, 2, 6))
    return HardwareProblem(grid, stream_of(memory), objective, limits, 0, 6, 3, proof)


def least(problem: HardwareProblem, row: int, budget: ErrorBudget) -> float:
    """The best value of every point of the grid, infinite where none keeps the limits."""
    grid = problem.grid
    points = np.array(list(itertools.product(*map(range, grid.sizes))))
    points = points[grid.buildable(points)]
    pair = EXPERTS[row : row + 1], HIDDEN[row : row + 1]
    chip = grid.chip(*pair, points[None])
    merit = score(chip, objective=problem.objective, limits=problem.limits)
    flat = Merit(merit.missing[0], merit.value[0])
    sigma = np.moveaxis(np.broadcast_to(chip.sigma_rel[0], (len(points), 4)), -1, 0)
    everyone = ErrorBudget(budget.loss, np.full(len(points), budget.points[row]), budget.accurate)
    return float(with_error(flat, everyone, sigma, problem.limits).value.min())


@pytest.mark.parametrize("points", [0.02, 0.4, 5.0])
@pytest.mark.parametrize("objective", ["latency", "energy", "edp"])
@pytest.mark.parametrize("memory", ["rram", "hybrid"])
def test_no_chip_of_the_grid_that_keeps_the_floor_is_better(
    memory: str, objective: str, points: float
) -> None:
    limits = Limits(min_miou=18.0, max_array_mb=12.0, max_area_mm2=700.0)
    problem = stated(memory, objective, limits)
    budget = ErrorBudget(LOSS, np.full(3, points), False)
    found = found_hardware(problem, EXPERTS, HIDDEN, budget)
    for row in range(3):
        exact = least(problem, row, budget)
        assert found.feasible[row] == np.isfinite(exact)
        if np.isfinite(exact):
            assert found.score[row] == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("area", [None, 700.0, 520.0])
@pytest.mark.parametrize("memory", ["rram", "hybrid"])
def test_the_most_accurate_chip_of_the_grid_is_found(memory: str, area: float | None) -> None:
    limits = Limits(max_array_mb=12.0, max_area_mm2=area)
    problem = stated(memory, "edp", limits)
    budget = ErrorBudget(LOSS, np.full(3, np.inf), True)
    found = found_hardware(problem, EXPERTS, HIDDEN, budget)
    slack = 1e-12 if memory == "rram" else STEP
    for row in range(3):
        exact = least(problem, row, budget)
        assert found.feasible[row] == np.isfinite(exact)
        if np.isfinite(exact):
            assert exact * (1.0 - 1e-9) <= found.score[row] <= exact * (1.0 + 1e-9) + slack


def test_likely_mixtures_keep_the_budget_too() -> None:
    limits = Limits(min_miou=18.0, max_array_mb=12.0, max_area_mm2=520.0)
    budget = ErrorBudget(LOSS, np.full(3, 0.5), True)
    quick, exact = (
        found_hardware(stated("hybrid", "edp", limits, proof=proof), EXPERTS, HIDDEN, budget)
        for proof in (False, True)
    )
    assert (quick.score >= exact.score - STEP)[exact.feasible].all()
    lost = budget.lost(np.moveaxis(quick.chip.sigma_rel, -1, 0))
    assert (lost <= 0.5)[quick.feasible].all()
