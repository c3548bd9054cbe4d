"""What one design costs: totals, intervals and the shares of its blocks and their parts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from cmn_core.architecture import BLOCKS, MAX_EXPERTS
from cmn_core.arrays import Bools, Floats
from cmn_core.cim.chip import combine, price
from cmn_core.cim.circuits.macro import BITS_PER_MB
from cmn_core.cim.costs import PJ_PER_UW_NS, BlockCosts
from cmn_core.cim.portion import Portion, merged, portions, settled
from cmn_core.cim.programming import Deployment, deploy
from cmn_core.cim.technologies.node_scaling import in_use, known_at
from cmn_core.cim.technologies.technology import Technology
from cmn_core.cim.uncertainty import Composition, compose
from cmn_core.cim.workload import Scope, weights
from cmn_core.design import MEMORIES, Design, Hardware, Workload
from cmn_core.errors import FieldError
from cmn_core.quantities import COSTS, QUANTITIES


@dataclass(frozen=True)
class BlockShare:
    """What an encoder block, or "other", takes of a chip's totals; breakdown: by quantity and part,
    which add up to the block's."""

    block: int | Literal["other"]
    memory: str
    energy_uj: float
    latency_us: float
    area_mm2: float
    breakdown: Mapping[str, Mapping[str, float]]

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class DesignCost:
    """One priced design. blocks: 1..4, then "other"; held: blocks 1..4, one for each memory that
    holds some of a block; others: what of "other" goes with each of the blocks 1..4 (its patch
    embedding, its part of the decoder), which add up to it.

    intervals: 90 % range of energy, latency and area by name; images_per_s: of a pipelined chip;
    tops_per_w, tops_per_mm2: on this network at the workload's precision, 1 MAC = 2 operations.
    sigma_parts: the output error of each block by cause; the squares add up. compositions: what
    energy, latency and area are made of, by name, for telling designs apart.
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
    blocks: tuple[BlockShare, ...]
    held: tuple[BlockShare, ...]
    others: tuple[BlockShare, ...]
    hardware: Hardware
    compositions: Mapping[str, Composition] = field(compare=False)

    @property
    def waiting_uj(self) -> float:
        """What of energy_uj goes while the chip waits for the next image and wakes."""
        return float(sum(b.breakdown["energy_uj"].get("waiting", 0.0) for b in self.blocks))

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


def check_hardware(
    hardware: Hardware, workload: Workload, technologies: Technologies | None = None
) -> Hardware:
    """The hardware, complete and every macro buildable; FieldError names the first thing wrong.

    workload: whose node the supplies are of; technologies: others than the built-in ones, by
    memory.
    """
    if hardware.replicas is None:
        raise FieldError("hardware.replicas", "missing", "four whole numbers are expected")
    macros = {}
    for name in [m for m in MEMORIES if m in hardware.macros or m in hardware.technologies]:
        path = f"hardware.macros.{name}"
        if name in hardware.macros:
            idle = name not in hardware.technologies and not known_at(name, workload)
            known = in_use(name, Workload() if idle else workload, technologies)
            macros[name] = known.check_macro(hardware.macros[name], path)
        else:
            raise FieldError(path, "missing", f"blocks on {name} need its macro")
    return replace(hardware, macros=macros)


def evaluate(
    design: Design,
    technologies: Technologies | None = None,
    *,
    scope: Scope = "network",
    busiest: ArrayLike = 1.0,
    loads: Sequence[Sequence[float]] | None = None,
) -> DesignCost:
    """Price one design; FieldError where its hardware is incomplete or cannot be built.

    technologies: others than the built-in ones, by memory; scope, busiest: as in chip.price; loads:
    share of the tokens of each expert of each block, without which no block under top-k whose
    experts lie on both memories has a price.
    """
    if design.hardware is None:
        raise FieldError("hardware", "missing", "memory, macros and replicas are expected")
    hardware = check_hardware(design.hardware, design.workload, technologies)
    space, architecture = design.search_space, design.architecture
    used = {n: in_use(n, design.workload, technologies) for n in hardware.technologies}
    here = _portions(design, busiest, loads) if hardware.by_expert else {}
    batch = {
        name: price(
            space,
            design.workload,
            technology,
            experts=[architecture.experts],
            hidden=architecture.hidden,
            knobs=hardware.macros[name],
            replicas=hardware.replicas or (),
            busiest=busiest,
            scope=scope,
            detail=True,
            portion=here.get(name),
        )
        for name, technology in used.items()
    }
    on_rram: list[bool] | None = [m == "rram" for m in hardware.memory]
    if here:
        batch = dict(zip(batch, settled(*batch.values()), strict=True))
        chips, on_rram = combine({"rram": merged(*batch.values())}, [True] * BLOCKS), None
    else:
        chips = combine(batch, on_rram or ())
    costs, chip = {name: some.at(0) for name, some in batch.items()}, chips.at(0)
    composed = compose(costs, on_rram, chip, used)
    energy_uj, area_mm2 = float(chip.energy_uj), float(chip.area_mm2)
    operations = float(chip.tops_per_mm2) * area_mm2 * float(chip.latency_us)  # millions
    blocks, held, others = _blocks(costs, hardware, float(chip.latency_us) * 1e3)
    count = float(weights(space, architecture.experts, architecture.hidden))
    a, b, c, d = (float(s) for s in chip.sigma_rel)
    return DesignCost(
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
        sigma_parts=_sigma_parts((a, b, c, d), costs, hardware),
        blocks=blocks,
        held=held,
        others=others,
        hardware=hardware,
        compositions=composed,
    )


def _portions(
    design: Design, busiest: ArrayLike, loads: Sequence[Sequence[float]] | None
) -> dict[str, Portion]:
    """What of the blocks each memory holds."""
    load, rram, with_rest = expert_placement(design, loads)
    return dict(zip(MEMORIES, portions(load, rram, with_rest, busiest), strict=True))


def expert_placement(
    design: Design, loads: Sequence[Sequence[float]] | None
) -> tuple[Floats, Bools, Bools]:
    """Load of each expert and whether it lies on RRAM [4, E], and whether the rest of each block
    does [4], as `portions` takes them; loads: as in `evaluate`. FieldError where they are missing
    under top-k."""
    experts, hardware = design.architecture.experts, design.hardware
    assert hardware is not None
    if design.workload.dense(experts):
        loads = [[1.0] * count for count in experts]
    if loads is None:
        found = f"found experts on both memories under {design.workload.routing_text} routing"
        allowed = "such a network's routing has no measured loads, so a memory for each block is"
        raise FieldError("hardware.memory", found, f"{allowed} allowed")
    load, rram = np.zeros((BLOCKS, MAX_EXPERTS)), np.zeros((BLOCKS, MAX_EXPERTS), dtype=bool)
    for b, (own, count) in enumerate(zip(hardware.experts, experts, strict=True)):
        load[b, :count] = loads[b]
        rram[b, :count] = [m == "rram" for m in own or [hardware.memory[b]] * count]
    return load, rram, np.array([m == "rram" for m in hardware.memory])


def _held(hardware: Hardware, block: int) -> tuple[str, ...]:
    """Memories that hold some of a block."""
    return MEMORIES if hardware.experts[block] else (hardware.memory[block],)


def _sigma_parts(
    total: tuple[float, ...], costs: Mapping[str, BlockCosts], hardware: Hardware
) -> dict[str, tuple[float, ...]]:
    rows = []
    for b, sigma in enumerate(total):
        error = [costs[memory].parts["error"] for memory in _held(hardware, b)]
        cells, wires = (sum(float(e[name][b]) for e in error) for name in ("cells", "wires"))
        rest = max(sigma * sigma - cells - wires, 0.0)
        rows.append([math.sqrt(v) for v in (rest, cells, wires)])
    return {n: tuple(r[k] for r in rows) for k, n in enumerate(("adc", "cells", "wires"))}


def _blocks(
    costs: Mapping[str, BlockCosts], hardware: Hardware, latency_ns: float
) -> tuple[tuple[BlockShare, ...], tuple[BlockShare, ...], tuple[BlockShare, ...]]:
    """Blocks 1..4, then other, which gathers the shares of all four; what each memory holds of the
    blocks; and those shares."""
    rows, held = list[BlockShare](), list[BlockShare]()
    for b in range(BLOCKS):
        used = _held(hardware, b)
        own = [_share(costs[memory], b, "", latency_ns) for memory in used]
        held += [BlockShare(b + 1, m, **share) for m, share in zip(used, own, strict=True)]
        rows.append(BlockShare(b + 1, used[0] if len(used) == 1 else "mixed", **_summed(own)))
    shares = [_share(costs[m], b, "other_", latency_ns) for b, m in enumerate(hardware.memory)]
    others = [BlockShare(b + 1, hardware.memory[b], **share) for b, share in enumerate(shares)]
    memory = hardware.memory[0] if len(set(hardware.memory)) == 1 else "mixed"
    whole = BlockShare("other", memory, **_summed(shares))
    return (*rows, whole), tuple(held), tuple(others)


def _summed(shares: list[dict[str, Any]]) -> dict[str, Any]:
    """Totals and breakdown of several shares together."""
    if len(shares) == 1:
        return shares[0]
    breakdown: dict[str, dict[str, float]] = {}
    for quantity in COSTS:
        table: dict[str, float] = {}
        for share in shares:
            for part, value in share["breakdown"][quantity].items():
                table[part] = table.get(part, 0.0) + value
        breakdown[quantity] = table
    totals = {quantity: sum(share[quantity] for share in shares) for quantity in COSTS}
    return {**totals, "breakdown": breakdown}


def _share(costs: BlockCosts, b: int, prefix: str, latency_ns: float) -> dict[str, Any]:
    """Totals and breakdown of one block or its share of other, standby leakage included."""
    own_ns = float(getattr(costs, prefix + "latency_ns")[b])
    standby = float(getattr(costs, prefix + "standby_uw")[b])
    idle_pj = PJ_PER_UW_NS * standby * (latency_ns - own_ns)
    out: dict[str, Any] = {}
    breakdown: dict[str, dict[str, float]] = {}
    for quantity in COSTS:
        name, factor = QUANTITIES[quantity].part, QUANTITIES[quantity].part_size
        extra = idle_pj if name == "energy_pj" else 0.0
        out[quantity] = (float(getattr(costs, prefix + name)[b]) + extra) * factor
        table = {p: float(v[b]) * factor for p, v in costs.parts[prefix + name].items()}
        if extra:
            table["leakage"] += extra * factor
        breakdown[quantity] = {p: v for p, v in table.items() if v != 0.0}
    return {**out, "breakdown": breakdown}
