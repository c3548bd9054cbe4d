"""One priced design and its breakdown by block and part, as `evaluate` prints it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike

from cmn_core.cim.block import Scope
from cmn_core.cim.chip import combine, price
from cmn_core.cim.circuits.cell_error import disturbance
from cmn_core.cim.circuits.macro import BITS_PER_MB
from cmn_core.cim.costs import PJ_PER_UW_NS, BlockCosts
from cmn_core.cim.programming import Deployment, deploy
from cmn_core.cim.technologies.technology import Technology, load_technology
from cmn_core.cim.uncertainty import compose
from cmn_core.cim.workload import weights
from cmn_core.design import MEMORIES, Design, Hardware, Workload
from cmn_core.errors import FieldError

# Quantity of a breakdown: name in BlockCosts.parts and factor to the unit shown.
QUANTITIES = {
    "energy_uj": ("energy_pj", 1e-6),
    "latency_us": ("latency_ns", 1e-3),
    "area_mm2": ("area_um2", 1e-6),
}


@dataclass(frozen=True)
class Evaluation:
    """One priced design. blocks: the JSON list of interface.md (blocks 1..4, then "other").

    intervals: 90 % range of energy, latency and area by name; images_per_s: of a pipelined chip;
    tops_per_w, tops_per_mm2: on this network at the workload's precision, 1 MAC = 2 operations.
    sigma_parts: the output error of each block by cause; the squares add up.
    """

    energy_uj: float
    latency_us: float
    area_mm2: float
    weights_mb: float
    array_mb: float
    tops_per_mm2: float
    tops_per_w: float
    images_per_s: float
    intervals: Mapping[str, tuple[float, float]]
    deployment: Deployment
    output_sigma_rel: tuple[float, float, float, float]
    sigma_parts: Mapping[str, tuple[float, ...]]
    blocks: tuple[Mapping[str, Any], ...]
    hardware: Hardware

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics of a design that the simulator knows (mIoU comes from elsewhere)."""
        return {
            "energy_uj": self.energy_uj,
            "latency_us": self.latency_us,
            "area_mm2": self.area_mm2,
            "weights_mb": self.weights_mb,
            "array_mb": self.array_mb,
            "tops_per_mm2": self.tops_per_mm2,
        }


Technologies = Mapping[str, Technology]


def check_hardware(hardware: Hardware, technologies: Technologies | None = None) -> Hardware:
    """The hardware, complete and every macro buildable; FieldError names the first thing wrong.

    technologies: others than the built-in ones, by memory.
    """
    if hardware.replicas is None:
        raise FieldError("hardware.replicas", "missing", "four whole numbers are expected")
    macros = {}
    for name in MEMORIES:
        path = f"hardware.macros.{name}"
        if name in hardware.macros:
            macros[name] = _technology(technologies, name).check_macro(hardware.macros[name], path)
        elif name in hardware.technologies:
            raise FieldError(path, "missing", f"blocks on {name} need its macro")
    return Hardware(hardware.memory, macros, hardware.replicas)


def evaluate(
    design: Design,
    technologies: Technologies | None = None,
    *,
    scope: Scope = "network",
    busiest: ArrayLike = 1.0,
) -> Evaluation:
    """Price one design; FieldError where its hardware is incomplete or cannot be built.

    technologies: others than the built-in ones, by memory; scope, busiest: as in chip.price.
    """
    if design.hardware is None:
        raise FieldError("hardware", "missing", "memory, macros and replicas are expected")
    hardware = check_hardware(design.hardware, technologies)
    space, architecture = design.search_space, design.architecture
    costs = {
        name: price(
            space,
            design.workload,
            _technology(technologies, name),
            experts=architecture.experts,
            hidden=architecture.hidden,
            knobs=hardware.macros[name],
            replicas=hardware.replicas or (),
            busiest=busiest,
            scope=scope,
            detail=True,
        )
        for name in hardware.technologies
    }
    on_rram = [m == "rram" for m in hardware.memory]
    chip = combine(costs, on_rram)
    used = {name: _technology(technologies, name) for name in hardware.technologies}
    composed = compose(costs, on_rram, chip, used)
    energy_uj, area_mm2 = float(chip.energy_uj), float(chip.area_mm2)
    operations = float(chip.tops_per_mm2) * area_mm2 * float(chip.latency_us)  # millions
    count = float(weights(space, architecture.experts, architecture.hidden))
    a, b, c, d = (float(s) for s in chip.sigma_rel)
    return Evaluation(
        energy_uj=energy_uj,
        latency_us=float(chip.latency_us),
        area_mm2=area_mm2,
        weights_mb=count * design.workload.weight_bits / BITS_PER_MB,
        array_mb=float(chip.array_mb),
        tops_per_mm2=float(chip.tops_per_mm2),
        tops_per_w=operations / energy_uj,
        images_per_s=1e6 / float(chip.interval_us),
        intervals={
            name: (float(low), float(high))
            for name, (low, high) in ((n, c.interval) for n, c in composed.items())
        },
        deployment=deploy(space, design.workload, architecture, hardware, used),
        output_sigma_rel=(a, b, c, d),
        sigma_parts=_sigma_parts((a, b, c, d), hardware, used, design.workload),
        blocks=tuple(_blocks(costs, hardware, float(chip.latency_us) * 1e3)),
        hardware=hardware,
    )


def _sigma_parts(
    total: tuple[float, ...], hardware: Hardware, used: Technologies, workload: Workload
) -> dict[str, tuple[float, ...]]:
    rows = []
    for sigma, memory in zip(total, hardware.memory, strict=True):
        cells, wires = disturbance(used[memory], workload.weight_bits, hardware.macros[memory])
        rest = max(sigma * sigma - float(cells) - float(wires), 0.0)
        rows.append([math.sqrt(v) for v in (rest, float(cells), float(wires))])
    return {n: tuple(r[k] for r in rows) for k, n in enumerate(("adc", "cells", "wires"))}


def _technology(technologies: Technologies | None, name: str) -> Technology:
    return (technologies or {}).get(name) or load_technology(name)


def _blocks(
    costs: Mapping[str, BlockCosts], hardware: Hardware, latency_ns: float
) -> list[dict[str, Any]]:
    """Blocks 1..4, then other, which gathers the shares of all four."""
    rows = []
    for b, memory in enumerate(hardware.memory):
        rows.append({"block": b + 1, "memory": memory, **_share(costs[memory], b, "", latency_ns)})
    shares = [_share(costs[m], b, "other_", latency_ns) for b, m in enumerate(hardware.memory)]
    memory = hardware.memory[0] if len(set(hardware.memory)) == 1 else "mixed"
    other: dict[str, Any] = {"block": "other", "memory": memory}
    for quantity in QUANTITIES:
        other[quantity] = sum(share[quantity] for share in shares)
    breakdown: dict[str, dict[str, float]] = {}
    for quantity in QUANTITIES:
        table: dict[str, float] = {}
        for share in shares:
            for part, value in share["breakdown"][quantity].items():
                table[part] = table.get(part, 0.0) + value
        breakdown[quantity] = table
    return [*rows, {**other, "breakdown": breakdown}]


def _share(costs: BlockCosts, b: int, prefix: str, latency_ns: float) -> dict[str, Any]:
    """Totals and breakdown of one block or its share of other, standby leakage included."""
    own_ns = float(getattr(costs, prefix + "latency_ns")[b])
    standby = float(getattr(costs, prefix + "standby_uw")[b])
    idle_pj = PJ_PER_UW_NS * standby * (latency_ns - own_ns)
    out: dict[str, Any] = {}
    breakdown: dict[str, dict[str, float]] = {}
    for quantity, (name, factor) in QUANTITIES.items():
        extra = idle_pj if name == "energy_pj" else 0.0
        out[quantity] = (float(getattr(costs, prefix + name)[b]) + extra) * factor
        table = {p: float(v[b]) * factor for p, v in costs.parts[prefix + name].items()}
        if extra:
            table["leakage"] += extra * factor
        breakdown[quantity] = {p: v for p, v in table.items() if v != 0.0}
    return {**out, "breakdown": breakdown}
