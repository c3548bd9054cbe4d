"""The exact best hardware of one architecture, by enumerating every macro of the grid.

For each macro the replicas (and technologies) are exact (allocate). Macros are taken in the order
of a bound that no replicas can beat, so that the enumeration may stop at the first bound above
the best chip found; nothing better can follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cmn_core.architecture import BLOCKS, Architecture, SearchSpace
from cmn_core.arrays import Floats, Ints
from cmn_core.design import Workload
from cmn_core.predictor.routing import Loads
from cmn_core.search.constraints import Limits
from cmn_core.search.inner.block_options import QUANTITIES, energy_uj, option_costs, options
from cmn_core.search.inner.grid import REPLICA_LEVELS, Grid, make_grid
from cmn_core.search.inner.neighbourhood import first
from cmn_core.search.inner.problem import Found
from cmn_core.search.inner.replicas import allocate
from cmn_core.search.objective import OBJECTIVES, score

MAX_POINTS = 1_000_000
_BATCH = 256


def enumerate_best(
    space: SearchSpace,
    workload: Workload,
    architecture: Architecture,
    *,
    memory: str | Sequence[str],
    objective: str = "edp",
    limits: Limits | None = None,
    levels: Mapping[str, Mapping[str, Sequence[float]]] | None = None,
    replica_levels: Sequence[int] = REPLICA_LEVELS,
    loads: Loads | None = None,
) -> Found | None:
    """The best hardware point of the grid, or None when no point meets the limits.

    Arguments as in `best_hardware`. ValueError when the grid has more than MAX_POINTS macros
    (pairs of macros for a hybrid): then give fewer `levels`.
    """
    allowed = limits or Limits()
    grid = make_grid(
        space, workload, memory, levels=levels, replica_levels=replica_levels, loads=loads
    )
    points = macro_points(grid)
    bounds = np.concatenate(
        [
            _bounds(grid, architecture, points[at : at + _BATCH], objective)
            for at in range(0, len(points), _BATCH)
        ]
    )
    order = np.argsort(bounds, kind="stable")
    best, best_score = None, np.inf
    priced = 0
    for at in range(0, len(order), _BATCH):
        rows = order[at : at + _BATCH]
        if bounds[rows[0]] >= best_score:
            break
        experts, hidden = _repeated(architecture, len(rows))
        index = allocate(grid, experts, hidden, points[rows], objective=objective, limits=allowed)
        chip = first(grid.chip(experts, hidden, index[:, None]))
        value = score(chip, objective=objective, limits=allowed).value
        priced += len(rows)
        if value.min() < best_score:
            best, best_score = index[value.argmin()], float(value.min())
    if best is None:
        return None
    experts, hidden = _repeated(architecture, 1)
    chip = first(grid.chip(experts, hidden, best[None, None]))
    merit = score(chip, objective=objective, limits=allowed)
    found = Found(grid, best[None], merit, chip, np.array([priced]))
    return found if found.feasible[0] else None


def macro_points(grid: Grid) -> Ints:
    """[G, D] every buildable combination of knob levels, with the first replicas and memory."""
    sizes = grid.sizes[: grid.knob_count]
    total = int(np.prod(sizes))
    if total > MAX_POINTS:
        raise ValueError(f"{total} macros are too many to enumerate; at most {MAX_POINTS}")
    axes = np.stack(np.unravel_index(np.arange(total), tuple(sizes)), axis=1)
    points = np.zeros((total, len(grid.levels)), dtype=np.int64)
    points[:, : grid.knob_count] = axes
    return points[grid.buildable(points)]


def _bounds(grid: Grid, architecture: Architecture, points: Ints, objective: str) -> Floats:
    """[G] a value that no choice of replicas and technologies for these macros can fall below."""
    experts, hidden = _repeated(architecture, len(points))
    costs = option_costs(grid, experts, hidden, points, *options(grid))
    least = {}
    for name in QUANTITIES:
        total = np.zeros(len(points))
        for block in range(BLOCKS):
            total = total + costs[name][block].min(axis=1)
        least[name] = total * (1.0 - 1e-12)  # the chip adds its blocks up in another order
    energy = energy_uj(least["active_uj"], least["standby_w"], least["latency_us"])
    return OBJECTIVES[objective](energy, least["latency_us"], least["area_mm2"])


def _repeated(architecture: Architecture, rows: int) -> tuple[Ints, Ints]:
    experts = np.repeat(np.array([architecture.experts]), rows, axis=0)
    return experts, np.repeat(np.array([architecture.hidden]), rows, axis=0)
