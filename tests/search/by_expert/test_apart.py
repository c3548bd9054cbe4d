"""Idle experts on RRAM: the best chip equals enumeration and is never worse than block by block."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.arrays import Ints
from cmn_core.design import Design, Workload
from cmn_core.predictor.estimate import OutputLoss
from cmn_core.predictor.routing import load_routing
from cmn_core.search.constraints import Limits
from cmn_core.search.hardware import best_hardware, found_hardware
from cmn_core.search.hybrid.accurate import STEP
from cmn_core.search.inner.error_budget import ErrorBudget
from cmn_core.search.inner.grid import Grid, make_grid
from cmn_core.search.inner.problem import Found, HardwareProblem
from cmn_core.search.inner.proof.branch_and_bound import with_error
from cmn_core.search.objective import score

SPACE, ROUTING = SPACES["b0"], load_routing("b0", "nyuv2")
assert ROUTING is not None
LOADS = {"loads": ROUTING.loads, "expert_loads": ROUTING.expert_loads}
COPIES = (1, 4)
# Two macros of each memory that differ in speed, energy and area.
LEVELS: dict[str, dict[str, tuple[float, ...]]] = {
    "rram": {
        "rows": (128,),
        "cols": (128,),
        "active_rows": (32,),
        "adc_bits": (7,),
        "columns_per_adc": (1, 8),
        "cell_bits": (1,),
        "dac_bits": (1,),
        "vdd_v": (0.8,),
    },
    "sram": {
        "rows": (128,),
        "cols": (128,),
        "rows_per_tree": (4, 16),
        "input_bits_per_step": (1,),
        "vdd_v": (0.8,),
    },
}
NETWORKS = np.array([[2, 3, 1, 2], [3, 1, 2, 2]]), np.array([[64, 96, 300, 700], [90, 40, 500, 64]])


def found(workload: Workload, placement: str, **asked: Any) -> Found:
    loads = LOADS if placement == "expert" else {"loads": LOADS["loads"]}
    given: dict[str, Any] = {"levels": LEVELS, "replica_levels": COPIES, **loads, **asked}
    experts, hidden = given.pop("networks", NETWORKS)
    return best_hardware(SPACE, workload, experts, hidden, memory="hybrid", **given)


def every_point(grid: Grid, experts: Ints) -> Ints:
    """[M, D] all chips of a network: whatever the levels of the memory mean for it, once."""
    sizes = grid.sizes
    memory = [[*range(count), sizes[-1] - 1] for count in experts[:4]]
    columns = [range(size) for size in sizes[: grid.memory_slice.start]]
    return np.array(list(itertools.product(*columns, *memory)))


# At one image per second what waits decides: SRAM leaks, RRAM does not.
LIMITS = {
    "capacity": Limits(max_array_mb=4.0, images_per_second=1.0),
    "die": Limits(max_array_mb=None, max_area_mm2=90.0, images_per_second=1.0),
    "accurate": Limits(max_sigma_rel=0.03, images_per_second=1.0),
    "fast": Limits(max_latency_us=600.0, images_per_second=1.0),
    "nothing": Limits(max_area_mm2=1.0),
    "busy": Limits(),
}


@pytest.mark.parametrize("limits", list(LIMITS))
@pytest.mark.parametrize("objective", ["energy", "latency", "edp"])
def test_the_best_chip_is_that_of_an_enumeration(objective: str, limits: str) -> None:
    asked = LIMITS[limits]
    workload = Workload((120, 160), top_k=1, images_per_second=asked.images_per_second)
    ours = found(workload, "expert", objective=objective, limits=asked)
    blocks = found(workload, "block", objective=objective, limits=asked)
    assert not blocks.merit.less(ours.merit).any()
    for row in range(len(NETWORKS[0])):
        experts, hidden = (genes[row] for genes in NETWORKS)
        points = every_point(ours.grid, experts)
        chips = ours.grid.chip(experts[None], hidden[None], points[None]).at(0)
        value = score(chips, objective=objective, limits=asked).value
        if np.isfinite(value.min()):
            assert ours.score[row] == pytest.approx(value.min(), rel=1e-9)
            assert ours.proven is not None and ours.proven[row]
        else:
            assert not ours.feasible[row]


def test_where_error_costs_miou_the_best_chip_is_that_of_an_enumeration() -> None:
    workload = Workload((120, 160), top_k=1, images_per_second=1.0)
    limits = Limits(images_per_second=1.0, max_area_mm2=120.0, max_array_mb=None)
    grid = make_grid(
        SPACE,
        workload,
        "hybrid",
        levels=LEVELS,
        replica_levels=COPIES,
        **LOADS,  # type: ignore[arg-type]
    )
    loss = OutputLoss(150.0, 0.1, 0.2)
    for accurate, points in itertools.product((False, True), (0.02, 0.05, 0.4)):
        goal = "edp" if accurate else "energy"
        problem = HardwareProblem(grid, 2, goal, limits, 0, 2, 2)
        budget = ErrorBudget(loss, np.full(2, points), accurate)
        ours = found_hardware(problem, *NETWORKS, budget)
        for row in range(2):
            experts, hidden = (genes[row] for genes in NETWORKS)
            every = every_point(grid, experts)
            chips = grid.chip(experts[None], hidden[None], every[None]).at(0)
            merit = score(chips, objective=goal, limits=limits)
            mine = ErrorBudget(loss, np.full(len(every), points), accurate)
            merit = with_error(merit, mine, np.moveaxis(chips.sigma_rel, -1, 0), limits)
            lost = budget.lost(np.moveaxis(chips.sigma_rel, -1, 0))
            value = np.where(lost <= points, merit.value, np.inf)
            slack = STEP if accurate else 1e-9 * value.min()
            assert value.min() <= ours.score[row] * (1.0 + 1e-12) <= value.min() + slack + 1e-9


def test_never_worse_than_block_by_block_and_the_design_has_that_price() -> None:
    from cmn_core.architecture import Architecture
    from cmn_core.search.scoring.evaluation import evaluate_complete

    generator = np.random.default_rng(3)
    experts = generator.integers(1, 6, (12, 4))
    hidden = generator.integers(16, np.array(SPACE.max_hidden) + 1, (12, 4))
    better = 0
    for top_k, objective, most in ((1, "energy", 150.0), (2, "latency", 120.0)):
        workload = Workload((240, 320), top_k=top_k, images_per_second=2.0)
        limits = Limits(max_area_mm2=most, images_per_second=2.0)
        asked: dict[str, Any] = {"networks": (experts, hidden), "replica_levels": (1, 2, 4)}
        asked |= {"objective": objective, "limits": limits}
        ours, blocks = (found(workload, p, **asked) for p in ("expert", "block"))
        assert not blocks.merit.less(ours.merit).any()
        better += int(ours.merit.less(blocks.merit).sum())
        for row in range(len(experts)):
            e, h = (tuple(genes[row].tolist()) for genes in (experts, hidden))
            hardware = ours.hardware(row, experts[row])
            design = Design(Architecture(e, h), workload=workload, hardware=hardware)
            cost = evaluate_complete(design, routing=ROUTING).cost
            for name in ("energy_uj", "latency_us", "area_mm2", "array_mb"):
                mine = float(getattr(ours.chip, name)[row])
                assert getattr(cost, name) == pytest.approx(mine, rel=1e-9)
            assert cost.output_sigma_rel == pytest.approx(ours.chip.sigma_rel[row], rel=1e-9)
            for block, own in enumerate(hardware.experts):
                if own is not None:  # the busy ones are on SRAM
                    load = ROUTING.loads_of(e, (top_k,) * 4)[block]  # type: ignore[index]
                    idle = [v for v, m in zip(load, own, strict=True) if m == "rram"]
                    assert max(idle) <= min(
                        v for v, m in zip(load, own, strict=True) if m == "sram"
                    )
    assert better > 0  # somewhere it pays


def test_levels_of_the_memory_name_experts() -> None:
    workload = Workload((120, 160), top_k=1)
    grid = make_grid(SPACE, workload, "hybrid", **LOADS)  # type: ignore[arg-type]
    assert grid.by_expert and not make_grid(SPACE, workload, "hybrid").by_expert
    point = grid.start()
    point[grid.memory_slice] = [0, 1, 4, 5]
    experts = np.array([4, 3, 2, 5])
    hardware = grid.hardware(point, experts)
    assert [m if isinstance(m, str) else m.count("rram") for m in hardware.entries] == [
        "sram",
        1,
        1,
        "rram",
    ]
