"""What it takes to run a model that is larger than the arrays of one chip.

Three answers: how many chips of that capacity hold it; what one chip pays when it reloads weights
from DRAM for every inference; and how soon that wears the arrays out. Equations: docs/models.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cmn_core.cim.circuits import components as part
from cmn_core.cim.circuits.macro import Macro
from cmn_core.cim.costs import PJ_PER_UW_NS
from cmn_core.cim.mapping import fit_columns, fit_rows
from cmn_core.cim.programming import write_rram, write_sram
from cmn_core.cim.technologies.technology import Technology
from cmn_core.errors import FieldError
from cmn_core.models.chip import Chip
from cmn_core.models.cost import ModelCost, off_chip
from cmn_core.models.layers import FeedForward, Model
from cmn_core.models.operations import Matrix, work_of


@dataclass(frozen=True)
class Stock:
    """The matrices of one shape in one layer, all repetitions and copies together.

    touched: share of them that an inference needs; array_mb: of their arrays; single_mb: of the
    arrays of one matrix; sparse: experts of which a token uses some
    """

    memory: str
    weights: float
    touched: float
    array_mb: float
    single_mb: float
    sparse: bool


def requirements(
    model: Model,
    chip: Chip,
    cost: ModelCost,
    *,
    max_array_mb: float,
) -> dict[str, Any]:
    """JSON: whether the model fits into `max_array_mb` of arrays, and what it takes where not.

    cost: what `price_model` gives for that chip, which is one hardware point. FieldError where not
    even one array fits.
    """
    arrays = {name: chip.macro(name, model) for name in chip.used}
    largest = max(float(macro.mb) for macro in arrays.values())
    if largest > max_array_mb:
        found = f"found {max_array_mb:g}"
        raise FieldError("max_array_mb", found, f"one array alone has {largest:.5g} MB")
    stocks = _stocks(model, chip, arrays)
    total_mb = float(cost.array_mb)
    fits = total_mb <= max_array_mb
    written = [_write(chip, arrays, s, 1.0) for s in stocks]
    deployment = {
        "energy_uj": sum(pj for pj, _ in written) * 1e-6,
        "time_us": sum(ns for _, ns in written) * 1e-3,
    }
    answer: dict[str, Any] = {
        "max_array_mb": max_array_mb,
        "fits": fits,
        "deployment_write": deployment,
    }
    if fits:
        return answer
    per_chip = math.floor(max_array_mb / largest) * largest
    moved = sum(
        model.times(layer) * m.vectors * (m.k + m.n) * model.activation_bits
        for layer, work in zip(model.layers, work_of(model.layers), strict=True)
        for m in work.matrices
    )
    chips = math.ceil(total_mb / per_chip - 1e-9)
    answer["chips"] = {
        "count": chips,
        "area_mm2_each": float(cost.area_um2) * 1e-6 / chips,
        "links_energy_uj_at_most": moved * off_chip("dram_pj_per_bit") * 1e-6,
    }
    answer["reload"] = _reload(model, chip, cost, stocks, arrays, max_array_mb)
    return answer


def _stocks(model: Model, chip: Chip, arrays: Mapping[str, Macro]) -> list[Stock]:
    out = []
    for layer, work in zip(model.layers, work_of(model.layers), strict=True):
        name = chip.memory_of(layer)
        if name is None:
            continue
        macro = arrays[name]
        for m in work.matrices:
            tiles = _tiles(macro, m)
            count = float(model.times(layer) * m.count * chip.copies_of(layer))
            touched = 1.0
            if isinstance(layer, FeedForward) and m.routed:
                touched = layer.touched / layer.experts
            out.append(
                Stock(
                    memory=name,
                    weights=count * m.k * m.n,
                    touched=touched,
                    array_mb=count * tiles * float(macro.mb),
                    single_mb=tiles * float(macro.mb),
                    sparse=isinstance(layer, FeedForward) and m.routed and layer.sparse,
                )
            )
    return out


def _tiles(macro: Macro, matrix: Matrix) -> float:
    rows = fit_rows(macro, np.array(float(matrix.k))).tiles
    columns = fit_columns(macro, np.array(float(matrix.n))).tiles
    return float(rows * columns)


def _reload(
    model: Model,
    chip: Chip,
    cost: ModelCost,
    stocks: list[Stock],
    arrays: Mapping[str, Macro],
    max_array_mb: float,
) -> dict[str, Any]:
    """One chip: part of the weights stays, the rest passes through the arrays that are left.

    The arrays of the largest matrix (or all) are kept free for what passes. What stays is chosen
    in this order: RRAM, because it wears out; what every inference needs; sparse experts.
    """
    passing_mb = min(max_array_mb, max(s.single_mb for s in stocks))
    left_mb = max_array_mb - passing_mb
    nbytes = write_pj = write_ns = loaded_mb = worn_mb = 0.0
    for s in sorted(stocks, key=lambda s: (s.memory != "rram", s.sparse)):
        stays = min(1.0, left_mb / s.array_mb)
        left_mb -= stays * s.array_mb
        share = (1.0 - stays) * s.touched
        nbytes += share * s.weights * model.weight_bits / 8.0
        pj, ns = _write(chip, arrays, s, share)
        write_pj, write_ns = write_pj + pj, write_ns + ns
        loaded_mb += share * s.array_mb
        worn_mb += share * s.array_mb if s.memory == "rram" else 0.0
    dram_ns = nbytes / off_chip("dram_gb_per_s")
    dram_pj = nbytes * 8.0 * off_chip("dram_pj_per_bit")
    latency_ns = float(cost.latency_ns) + max(dram_ns, write_ns)
    share = max_array_mb / float(cost.array_mb)
    always_uw = share * float(cost.arrays_uw) + float(cost.standby_uw - cost.arrays_uw)
    before_pj = PJ_PER_UW_NS * float(cost.standby_uw) * float(cost.latency_ns)
    energy_pj = float(cost.energy_pj) - before_pj + PJ_PER_UW_NS * always_uw * latency_ns
    held_um2 = _held_um2(model, chip.logic)
    units_um2 = sum(float(u) / model.repeat.get(b, 1) for b, u in cost.unit_um2.items())
    area_um2 = share * (float(cost.layer_um2.sum()) - held_um2) + held_um2 + units_um2
    answer: dict[str, Any] = {
        "possible": worn_mb == 0.0,
        "why_not": None,
        "bytes": nbytes,
        "dram_energy_uj": dram_pj * 1e-6,
        "dram_time_us": dram_ns * 1e-3,
        "write_energy_uj": write_pj * 1e-6,
        "write_time_us": write_ns * 1e-3,
        "energy_uj": (energy_pj + dram_pj + write_pj) * 1e-6,
        "latency_us": latency_ns * 1e-3,
        "area_mm2": area_um2 * 1e-6,
        "inferences_until_worn": None,
    }
    if worn_mb:
        # Every passing array is written as often as the reloaded weights fill them.
        endurance = chip.used["rram"].value("endurance_writes")
        inferences = math.floor(endurance / max(1.0, worn_mb / passing_mb))
        answer["inferences_until_worn"] = inferences
        answer["why_not"] = (
            f"RRAM guarantees {endurance:g} writes and would be worn out after "
            f"{inferences} inferences"
        )
    return answer


def _held_um2(model: Model, technology: Technology) -> float:
    works = work_of(model.layers)
    held = sum(model.times(e) * w.held for e, w in zip(model.layers, works, strict=True))
    return part.buffer_um2(technology, float(held * model.activation_bits))


def _write(
    chip: Chip, arrays: Mapping[str, Macro], stock: Stock, share: float
) -> tuple[float, float]:
    """Energy (pJ) and time (ns) to write a share of the weights once; see cim.deployment."""
    write = write_rram if stock.memory == "rram" else write_sram
    technology, knobs = chip.used[stock.memory], chip.macros[stock.memory]
    _, pj, ns = write(technology, arrays[stock.memory], knobs, share * stock.weights)
    return pj, ns
