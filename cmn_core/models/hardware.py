"""Macros for a model: the best point of the knobs' grid for an objective, found by trying all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.models.chip import Chip, with_macros
from cmn_core.models.layers import Model
from cmn_core.models.pricing import price_model

CHUNK = 1024  # hardware points priced at a time, so that intermediate arrays stay in the cache
ROUNDS = 4  # of taking turns, where two technologies are searched

OBJECTIVES: Mapping[str, Callable[[Floats, Floats, Floats], Floats]] = {
    "energy": lambda energy, latency, area: energy,
    "latency": lambda energy, latency, area: latency,
    "edp": lambda energy, latency, area: energy * latency,
    "edap": lambda energy, latency, area: energy * latency * area,
}


def best_chip(
    model: Model,
    chip: Chip,
    objective: str,
    *,
    max_array_mb: float,
    max_sigma_rel: float,
    max_area_mm2: float = np.inf,
    max_latency_us: float = np.inf,
    worth: Mapping[str, float] | None = None,
) -> Chip:
    """The chip with the macros of least objective among all levels of the knobs.

    Points within both limits come first, then those within the limit on output error, then those
    nearest to it. Two technologies take turns until neither changes, from the chip's macros or,
    where it has none, from the defaults. worth: how often each block counts (`ModelCost.weighed`).
    """
    chip = chip if set(chip.macros) >= set(chip.used) else with_macros(chip)
    idle = set(chip.used) - {chip.memory_of(layer) for layer in model.layers}
    for _ in range(ROUNDS if len(chip.used) > 1 else 1):
        before = dict(chip.macros)
        for name, technology in chip.used.items():
            if chip.blocks and name in idle:
                continue  # no block chose it, so its macro changes nothing
            grid = technology.grid()
            limits = (max_array_mb, max_sigma_rel, max_area_mm2, max_latency_us)
            scores = _scores(model, chip, name, grid, objective, limits, worth or {})
            best = int(np.lexsort(scores[::-1])[0])
            point = {knob: float(column[best]) for knob, column in grid.items()}
            chip = replace(chip, macros={**chip.macros, name: point})
        if chip.macros == before:
            break
    return chip


def _scores(
    model: Model,
    chip: Chip,
    searched: str,
    grid: Mapping[str, Floats],
    objective: str,
    limits: tuple[float, float, float, float],
    worth: Mapping[str, float],
) -> Floats:
    """[3, G]: excess of output error, of capacity (1 or 0), area and time (shares of them),
    objective."""
    size = len(next(iter(grid.values())))
    out = np.empty((3, size))
    for start in range(0, size, CHUNK):
        some = slice(start, start + CHUNK)
        points = {knob: column[some] for knob, column in grid.items()}
        tried = replace(chip, macros={**chip.macros, searched: points})
        cost = price_model(model, tried, blocks=bool(worth))
        energy_pj, latency_ns = cost.weighed(model, worth)
        out[0, some] = np.maximum(cost.sigma_rel / limits[1], 1.0)
        area = np.maximum(cost.area_um2 * 1e-6 / limits[2], 1.0) - 1.0
        late = np.maximum(cost.latency_ns * 1e-3 / limits[3], 1.0) - 1.0
        out[1, some] = (cost.array_mb > limits[0]) + area + late
        out[2, some] = OBJECTIVES[objective](energy_pj, latency_ns, cost.area_um2)
    return out
