"""One model on one chip as JSON: totals, every layer and part, and what its size takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from cmn_core.cim.chip import SIMULATOR
from cmn_core.cim.circuits.conditions import too_slow
from cmn_core.cim.uncertainty import SHARED, Composition, group_factors
from cmn_core.models.capacity import requirements
from cmn_core.models.chip import Chip
from cmn_core.models.cost import ModelCost, off_chip
from cmn_core.models.layers import FeedForward, Model
from cmn_core.models.operations import count_weights, work_of
from cmn_core.models.pricing import price_model
from cmn_core.quantities import AREA, COSTS, ENERGY, QUANTITIES, reticle_note

CONDITIONS = ("node_nm", "temperature_c", "images_per_second", "activity")
PARTED = (ENERGY, AREA)  # a latency has no parts: layers work one after the other


def assess(
    model: Model, chip: Chip, *, max_array_mb: float = 10.0, parameters: str = "silicon"
) -> dict[str, Any]:
    """JSON of the model at one hardware point; all figures are simulated.

    Energy and area of the layers add up to the totals, and the parts of each to the layer.
    latency_us: with the busiest expert of a sparse ffn at worst, latency_balanced_us with equal
    shares; both are as measured where the file has a histogram. FieldError for max_array_mb below
    one array.
    """
    cost = price_model(model, chip, detail=True)
    layers = _layers(model, chip, cost)
    total, active = count_weights(model)
    latency_ns, area_um2 = float(cost.latency_ns), float(cost.area_um2)
    macs = sum(
        model.times(e) * w.macs for e, w in zip(model.layers, work_of(model.layers), strict=True)
    )
    fetched = sum(
        model.times(e) * w.parameters
        for e, w in zip(model.layers, work_of(model.layers), strict=True)
        if e.kind == "lookup"
    )
    return {
        "model": model.name,
        "phase": model.phase,
        "source": model.source,
        "note": model.note,
        "weight_bits": model.weight_bits,
        "activation_bits": model.activation_bits,
        "parameters": total,
        "active_parameters": active,
        "published": None if model.published is None else model.published.model_dump(),
        "macs": macs,
        "energy_uj": float(cost.energy_pj) * 1e-6,
        "latency_us": latency_ns * 1e-3,
        "latency_balanced_us": float(cost.balanced_ns) * 1e-3,
        "area_mm2": area_um2 * 1e-6,
        "weights_mb": (total - fetched) * model.weight_bits / 8e6,
        "macros": int(cost.arrays),
        "array_mb": float(cost.array_mb),
        # A model without a product has no operations to count, so these say nothing of it.
        "tops_per_w": 2.0 * macs / float(cost.energy_pj) if macs else None,  # operations per pJ
        "tops_per_mm2": 2e3 * macs / (latency_ns * area_um2) if macs else None,
        "output_sigma_rel": float(cost.sigma_rel),
        "intervals": _intervals(model, chip, cost),
        "leakage_uj": float(cost.leakage_pj) * 1e-6,
        "waiting_uj": float(np.sum(cost.parts["energy_pj"].get("waiting", 0.0))) * 1e-6,
        "violated": too_slow(chip.conditions, latency_ns * 1e-3),
        "reticle": reticle_note(area_um2 * 1e-6) or None,
        "conditions": {n: getattr(chip.conditions, n) for n in CONDITIONS},
        "experts": _experts(model, chip, cost),
        **_operators(model),
        "layers": layers,
        "breakdown": _breakdown(layers),
        "capacity": requirements(model, chip, cost, max_array_mb=max_array_mb),
        "hardware": {
            "memory": dict(chip.memory),
            "macros": {n: {k: float(v) for k, v in m.items()} for n, m in chip.macros.items()},
            "replicas": chip.replicas,
            **_blocks(chip),
        },
        "simulator": SIMULATOR,
        "parameters_used": parameters,
    }


def costs_by_block(layers: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Costs of the answer's layers, added up in each block."""
    out: dict[str, dict[str, float]] = {}
    for row in layers:
        sums = out.setdefault(row["block"], dict.fromkeys(COSTS, 0.0))
        for name in COSTS:
            sums[name] += row[name]
    return out


def _blocks(chip: Chip) -> dict[str, Any]:
    """Technology and copies of single blocks, of a chip that has them."""
    if not chip.blocks:
        return {}
    return {
        "blocks": {
            name: {"memory": choice.memory, "replicas": choice.copies}
            for name, choice in chip.blocks.items()
        }
    }


def _operators(model: Model) -> dict[str, Any]:
    """What became of each node, of a model that was read from a graph."""
    if not model.operators:
        return {}
    return {"operators": [operator.model_dump() for operator in model.operators]}


def operators_by_type(operators: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Nodes of a graph by type, treatment and reason, those with most MACs first."""
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for operator in operators:
        kind = {key: operator[key] for key in ("type", "treatment", "why")}
        row = rows.setdefault(tuple(kind.values()), {**kind, "nodes": 0, "macs": 0})
        row["nodes"] += 1
        row["macs"] += operator["macs"]
    return sorted(rows.values(), key=lambda row: (-row["macs"], row["treatment"] == "free"))


def _layers(model: Model, chip: Chip, cost: ModelCost) -> list[dict[str, Any]]:
    """One row per layer, then one per block for its digital units."""
    rows: list[dict[str, Any]] = []
    for i, layer in enumerate(model.layers):
        breakdown = {
            q.name: {
                p: float(v[i]) * q.part_size for p, v in cost.parts[q.part].items() if v[i] != 0.0
            }
            for q in PARTED
        }
        rows.append(
            {
                "layer": layer.name or f"{layer.kind} {i + 1}",
                "kind": layer.kind,
                "block": layer.block,
                "memory": chip.memory_of(layer),
                "times": layer.count * model.times(layer),
                "energy_uj": float(cost.layer_energy_pj[i]) * 1e-6,
                "latency_us": float(cost.layer_ns[i]) * 1e-3,
                "area_mm2": float(cost.layer_um2[i]) * 1e-6,
                "macros": int(cost.layer_arrays[i]),
                "array_mb": float(cost.layer_mb[i]),
                "breakdown": breakdown,
            }
        )
    for block, area_um2 in cost.unit_um2.items():
        area = float(area_um2) * 1e-6
        rows.append(
            {
                "layer": "digital unit",
                "kind": "unit",
                "block": block,
                "memory": None,
                "times": model.repeat.get(block, 1),
                "energy_uj": 0.0,
                "latency_us": 0.0,
                "area_mm2": area,
                "macros": 0,
                "array_mb": 0.0,
                "breakdown": {"energy_uj": {}, "area_mm2": {"digital": area}},
            }
        )
    return rows


def _intervals(model: Model, chip: Chip, cost: ModelCost) -> dict[str, list[float]]:
    """90 % range of energy, latency and area, from the spreads of their groups (cim.uncertainty).

    The time in arrays is split between technologies as the layers' own times are.
    """
    known = {name: group_factors(chip.used, QUANTITIES[name].circuit) for name in COSTS}
    amounts: dict[str, dict[str, Any]] = {n: {} for n in COSTS}
    for quantity in PARTED:
        sums = amounts[quantity.name]
        for part, rows in cost.parts[quantity.part].items():
            for i, layer in enumerate(model.layers):
                arrays = chip.memory_of(layer) or "digital"
                groups = known[quantity.name][0].get(arrays, {})
                name = "leakage" if part == "waiting" else part
                group = name if name in (*SHARED, "dram") else groups.get(name, arrays)
                sums[group] = sums.get(group, 0.0) + rows[i] * quantity.part_size
    units_um2 = sum(cost.unit_um2.values())
    amounts["area_mm2"]["digital"] = amounts["area_mm2"].get("digital", 0.0) + units_um2 * 1e-6
    own = dict.fromkeys(chip.used, 0.0)
    for layer, time in zip(model.layers, cost.layer_ns, strict=True):
        memory = chip.memory_of(layer)
        if memory is not None:
            own[memory] += float(time)
    arrays_ns = float(cost.latency_ns - cost.digital_ns - cost.dram_ns)
    for name, time in own.items():
        share = time / sum(own.values()) if arrays_ns else 0.0
        amounts["latency_us"][name] = share * arrays_ns * 1e-3
    amounts["latency_us"]["digital"] = float(cost.digital_ns) * 1e-3
    amounts["latency_us"]["dram"] = float(cost.dram_ns) * 1e-3
    out = {}
    for name, parts in amounts.items():
        present = {g: np.asarray(v, dtype=np.float64) for g, v in parts.items() if v > 0.0}
        _, spreads, drawn = known[name]
        spreads = {**{g: _spread(chip, g, QUANTITIES[name].circuit) for g in present}, **spreads}
        low, high = Composition(present, spreads, drawn).interval
        out[name] = [float(low), float(high)]
    return out


def _spread(chip: Chip, group: str, kind: str) -> float:
    """Of a group that no chips speak for; a part of an array has its own beside what is drawn."""
    if group.partition(".")[0] in chip.used:
        return 0.0
    if group == "dram":
        return off_chip(f"dram_{kind}_spread")
    return chip.logic.value(f"{group}_{kind}_spread")


def _breakdown(layers: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Parts over all layers."""
    out: dict[str, dict[str, float]] = {}
    for quantity in PARTED:
        table: dict[str, float] = {}
        for row in layers:
            for part, value in row["breakdown"][quantity.name].items():
                table[part] = table.get(part, 0.0) + value
        out[quantity.name] = table
    return out


def _experts(model: Model, chip: Chip, cost: ModelCost) -> dict[str, Any] | None:
    """Routed experts: how many there are, how many a token and an inference use, and what the
    arrays leak while they have no work. None where the model has none."""
    routed = [
        layer for layer in model.layers if isinstance(layer, FeedForward) and layer.experts > 1
    ]
    if not routed:
        return None
    times = [model.times(layer) * layer.count for layer in routed]
    memories = {chip.memory_of(layer) for layer in routed}

    def total(amount: str) -> int:
        return sum(t * getattr(e, amount) for t, e in zip(times, routed, strict=True))

    return {
        "memory": "hybrid" if len(memories) > 1 else memories.pop(),
        "resident": total("experts"),
        "per_token": total("active"),
        "touched_at_most": total("touched"),
        "idle_leakage_uj": float(cost.idle_pj) * 1e-6,
        "idle_share_of_energy": float(cost.idle_pj / cost.energy_pj),
    }
