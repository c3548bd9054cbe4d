"""What is told of a searched chip: its layer groups, what bounds it, what sharing costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cmn_core.errors import FieldError
from cmn_core.models.assigning.joined import is_of
from cmn_core.models.assigning.options import COPIES
from cmn_core.models.assigning.problem import ChipProblem
from cmn_core.models.assigning.search import SearchedChip, search_chip
from cmn_core.models.assigning.task import HardwareTask
from cmn_core.models.chip import Chip
from cmn_core.models.layers import Model
from cmn_core.models.pricing import price_model
from cmn_core.models.report import assess, costs_by_block

SHARED = ("energy_uj", "latency_us")
USUAL_MB = 10.0  # of arrays on a chip, as `model` takes it


def groups(model: Model, chip: Chip, layers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row per block: memory and copies, costs, and what bounds them.

    arrays_us, outside_us: its time in arrays, and on digital units and at DRAM; largest_part: of
    its energy, with its share; at_most_copies: no more copies were tried. layers: as `assess` gives
    them
    """
    cost = price_model(model, chip, blocks=True)
    costs, parts = costs_by_block(layers), dict[str, dict[str, float]]()
    for row in layers:
        sums = parts.setdefault(row["block"], {})
        for part, value in row["breakdown"]["energy_uj"].items():
            sums[part] = sums.get(part, 0.0) + value
    rows = []
    for block, choice in chip.blocks.items():
        mine = [i for i, layer in enumerate(model.layers) if layer.block == block]
        outside_ns = float(cost.layer_outside_ns[mine].sum())
        time_ns = float(cost.block_ns[block])
        part = max(parts[block], key=parts[block].__getitem__)
        rows.append(
            {
                "block": block,
                "memory": choice.memory,
                "replicas": choice.copies,
                **costs[block],
                "latency_us": time_ns * 1e-3,
                "arrays_us": (time_ns - outside_ns) * 1e-3,
                "outside_us": outside_ns * 1e-3,
                "largest_part": part,
                "largest_share": parts[block][part] / sum(parts[block].values()),
                "at_most_copies": choice.copies == COPIES[-1],
            }
        )
    return rows


def network_row(
    task: HardwareTask, models: Sequence[Model], number: int, problem: ChipProblem, chip: Chip
) -> dict[str, Any]:
    """What the network of that number, from 1, costs on the shared chip, the rest of which leaks,
    and on the chip that it alone would get within the same limits. problem: of all of them."""
    whole, model = problem.model, models[number - 1]
    cost = price_model(whole, chip, blocks=True)
    mine = [i for i, layer in enumerate(whole.layers) if is_of(number, layer.block)]
    latency_ns = sum(float(ns) for block, ns in cost.block_ns.items() if is_of(number, block))
    own_pj = float(cost.working_pj(whole, {})[mine].sum())
    energy_pj = own_pj + 1e-3 * float(cost.standby_uw) * latency_ns
    row: dict[str, Any] = {
        "model": model.name,
        "weight": task.weights[number - 1] if task.weights else 1.0,
        "energy_uj": energy_pj * 1e-6,
        "latency_us": latency_ns * 1e-3,
        "alone": None,
    }
    single = ChipProblem(model, problem.memories, problem.objective, problem.limits)
    try:
        alone = search_chip(single, task.chip)
    except FieldError as error:
        return {**row, "why_not": str(error)}
    return {**row, "alone": {**totals(model, alone.chip), "proven": alone.proven}}


def totals(model: Model, chip: Chip) -> dict[str, float]:
    """Energy, latency and area of one inference."""
    cost = price_model(model, chip)
    return {
        "energy_uj": float(cost.energy_pj) * 1e-6,
        "latency_us": float(cost.latency_ns) * 1e-3,
        "area_mm2": float(cost.area_um2) * 1e-6,
    }


def sharing(rows: Sequence[Mapping[str, Any]], area_mm2: float) -> dict[str, Any] | None:
    """What an inference costs on average, by weights, on the shared chip and on a chip for each;
    and the area of both. None while a network has no chip of its own to compare with.

    rows: as `network_row` gives them, of all networks; area_mm2: of the shared chip
    """
    if not rows or any(row["alone"] is None for row in rows):
        return None
    weight = sum(row["weight"] for row in rows)
    out: dict[str, Any] = {
        name: {
            "shared": sum(row["weight"] * row[name] for row in rows) / weight,
            "alone": sum(row["weight"] * row["alone"][name] for row in rows) / weight,
        }
        for name in SHARED
    }
    alone_mm2 = sum(row["alone"]["area_mm2"] for row in rows)
    return {**out, "area_mm2": {"shared": area_mm2, "alone": alone_mm2}}


def searched(problem: ChipProblem, found: SearchedChip, parameters: str) -> dict[str, Any]:
    """The keys of an answer that follow from the chip found so far; parameters: their name.

    The chip holds all weights, so that its capacity is what it has where that is not limited.
    """
    most_mb = problem.limits.array_mb
    if not np.isfinite(most_mb):
        most_mb = max(USUAL_MB, float(price_model(problem.model, found.chip).array_mb))
    best = assess(problem.model, found.chip, max_array_mb=most_mb, parameters=parameters)
    return {
        "feasible": True,
        "why_not": None,
        "proven": found.proven,
        "best": best,
        "groups": groups(problem.model, found.chip, best["layers"]),
    }
