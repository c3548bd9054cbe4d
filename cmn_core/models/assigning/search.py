"""Hardware for a given network: macros, and for each block its memory and copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cmn_core.errors import FieldError
from cmn_core.models.assigning.options import ChipLimits, best_assignment, tabulate
from cmn_core.models.chip import Chip, uniform
from cmn_core.models.hardware import OBJECTIVES, best_chip
from cmn_core.models.layers import Model
from cmn_core.models.pricing import price_model

ROUNDS = 4
DIES = (1.0, 1.25, 1.5, 2.0)  # times the limit on area


@dataclass(frozen=True)
class SearchedChip:
    """chip: with macros and blocks; value: of the objective; proven: whether the blocks' choices
    are the best for these macros"""

    chip: Chip
    value: float
    proven: bool


def search_chip(
    model: Model,
    chip: Chip,
    memories: Sequence[str],
    objective: str,
    limits: ChipLimits,
) -> SearchedChip:
    """The best chip found: macros and blocks take turns until neither gains.

    Blocks are the best there are for the macros, which are the best of their grids for the blocks.
    Begins from the macros that each memory alone would want. FieldError where no chip keeps the
    limits, with what the smallest and the fastest one take.
    """
    kept = {
        "max_array_mb": limits.array_mb,
        "max_sigma_rel": limits.sigma_rel,
        "max_area_mm2": limits.area_mm2,
    }
    macros = {}
    for name in memories:
        alone = replace(chip, memory=uniform(name), blocks={})
        macros[name] = best_chip(model, alone, objective, **kept).macros[name]
    ends = {"product": memories[0], "ffn": memories[-1]}
    chip = replace(chip, memory=ends, macros=macros, blocks={})
    best: SearchedChip | None = None
    for _ in range(ROUNDS):
        table = tabulate(model, chip, memories, limits)
        chosen, proven = best_assignment(table, objective, limits)
        if chosen is None:
            break
        found = replace(chip, blocks=chosen)
        value = _value(model, found, objective)
        if best is not None and value >= best.value * (1.0 - 1e-9):
            break
        best = SearchedChip(found, value, proven)
        chip = best_chip(model, found, objective, **kept)
    if best is None:
        raise _nothing(model, chip, memories, limits)
    return best


def larger_dies(
    model: Model,
    found: SearchedChip,
    memories: Sequence[str],
    objective: str,
    limits: ChipLimits,
) -> list[dict[str, float | bool]]:
    """What more area would buy with the same macros: [{"max_area_mm2", costs, "proven"}], empty
    where the die is not limited."""
    if not np.isfinite(limits.area_mm2):
        return []
    table = tabulate(model, found.chip, memories, limits)
    rows: list[dict[str, float | bool]] = []
    for factor in DIES:
        wider = replace(limits, area_mm2=factor * limits.area_mm2)
        chosen, proven = best_assignment(table, objective, wider)
        if chosen is not None:
            cost = price_model(model, replace(found.chip, blocks=chosen))
            rows.append(
                {
                    "max_area_mm2": wider.area_mm2,
                    "energy_uj": float(cost.energy_pj) * 1e-6,
                    "latency_us": float(cost.latency_ns) * 1e-3,
                    "area_mm2": float(cost.area_um2) * 1e-6,
                    "proven": proven,
                }
            )
    return rows


def _value(model: Model, chip: Chip, objective: str) -> float:
    cost = price_model(model, chip)
    return float(OBJECTIVES[objective](cost.energy_pj, cost.latency_ns, cost.area_um2))


def _nothing(model: Model, chip: Chip, memories: Sequence[str], limits: ChipLimits) -> FieldError:
    """What the smallest and the fastest chip take, where none keeps the limits."""
    free = ChipLimits(sigma_rel=limits.sigma_rel)
    table = tabulate(model, chip, memories, free)
    if not table.allowed.any(axis=1).all():
        return FieldError(
            "memory",
            "no macro keeps the limit on output error in every block",
            "another memory, or fewer bits, may",
        )
    area = (table.fixed + table.sums.min(axis=1).sum(axis=0))[3] * 1e-6
    time = (table.fixed + table.sums.min(axis=1).sum(axis=0))[1] * 1e-3
    found = (
        f"no chip keeps them all: the smallest has {area:.4g} mm2, the fastest takes {time:.4g} us"
    )
    return FieldError("limits", found, "wider limits are expected")
