"""What designs cost: blocks on macros, all RRAM, all SRAM or a mixture, priced as arrays.

`price` prices every block on one technology; `combine` picks a technology per block and adds up.
Everything is elementwise over the leading axes, so a batch gives the same bits as a loop.
Equations, symbols and sources: docs/simulator.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cmn_core.architecture import SearchSpace
from cmn_core.cim.block import Pricer, Scope
from cmn_core.cim.costs import FIELDS, PJ_PER_UW_NS, BlockCosts, ChipCost
from cmn_core.cim.disturbance import disturbance
from cmn_core.cim.macro import build_macro
from cmn_core.cim.technology import Knobs, Technology
from cmn_core.cim.workload import CLASSES, lay_out, spread, sum4
from cmn_core.design import Workload

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
CHUNK = 4096  # designs priced at a time, so that intermediate arrays stay in the cache

SIMULATOR = "cmn-cim/1"


def price(
    space: SearchSpace,
    workload: Workload,
    technology: Technology,
    *,
    experts: ArrayLike,
    hidden: ArrayLike,
    knobs: Knobs,
    replicas: ArrayLike,
    busiest: ArrayLike = 1.0,
    scope: Scope = "network",
    classes: int = CLASSES,
    detail: bool = False,
) -> BlockCosts:
    """Costs of the four blocks on one technology.

    experts, hidden, replicas: [..., 4]; knobs: each [...]; the leading axes broadcast against each
    other. busiest: share of the tokens that a block's busiest expert gets, [4] or one number; 1 is
    what dense routing gives and the upper bound of any other. scope: the whole network, or "ffn",
    the experts with their router alone (then "other" is zero). Results are float64 [..., 4]. Knobs
    are taken to be buildable: Technology.check_macro and Technology.buildable say so. FieldError
    for an image that is too small for the network.
    """
    per_block = [np.asarray(v, dtype=np.float64) for v in (experts, hidden, replicas)]
    share = np.asarray(busiest, dtype=np.float64)
    setting = _Setting(space, workload, technology, share, scope, classes)
    per_point = {n: np.asarray(knobs[n], dtype=np.float64) for n in technology.knobs}
    lead = np.broadcast_shapes(
        *(v.shape[:-1] for v in per_block), *(v.shape for v in per_point.values())
    )
    size = int(np.prod(lead))
    if detail or size <= CHUNK or lead[0] == 1:
        return _price(setting, per_block, per_point, lead, detail)
    step = max(1, CHUNK * lead[0] // size)
    whole = {name: np.empty((4, *lead)) for name in FIELDS}
    out = {name: np.moveaxis(value, 0, -1) for name, value in whole.items()}
    for start in range(0, lead[0], step):
        rows = slice(start, min(start + step, lead[0]))
        some = _price(
            setting,
            [_rows(v, len(lead) + 1, rows) for v in per_block],
            {n: _rows(v, len(lead), rows) for n, v in per_point.items()},
            (rows.stop - rows.start, *lead[1:]),
            detail,
        )
        for name, value in out.items():
            value[rows] = getattr(some, name)
    return _costs(out, {})


def combine(costs: Mapping[str, BlockCosts], memory_is_rram: ArrayLike) -> ChipCost:
    """Totals of chips whose block b is on RRAM where memory_is_rram[..., b], else on SRAM.

    costs: {"rram": ..., "sram": ...}; a technology that no block uses may be missing.
    A block's share of other goes where the block goes. What leaks in standby does so over the whole
    image: energy = sum(energy_b) + sum(standby_b x (latency of the image - latency of b)).
    """
    rram = np.asarray(memory_is_rram, dtype=np.bool_)
    chosen = {name: _choose(costs, rram, name) for name in FIELDS}
    own, other = chosen["latency_ns"], chosen["other_latency_ns"]
    latency_ns = sum4(own) + sum4(other)
    rest = latency_ns[..., None]
    idle = chosen["standby_uw"] * (rest - own) + chosen["other_standby_uw"] * (rest - other)
    energy_pj = sum4(chosen["energy_pj"]) + sum4(chosen["other_energy_pj"])
    area_um2 = sum4(chosen["area_um2"]) + sum4(chosen["other_area_um2"])
    operations = 2.0 * (sum4(chosen["macs"]) + sum4(chosen["other_macs"]))
    return ChipCost(
        energy_uj=(energy_pj + PJ_PER_UW_NS * sum4(idle)) * 1e-6,
        latency_us=latency_ns * 1e-3,
        area_mm2=area_um2 * 1e-6,
        array_mb=sum4(chosen["array_mb"]) + sum4(chosen["other_array_mb"]),
        sigma_rel=chosen["sigma_rel"],
        # operations per ns are 1e-3 TOPS; 1e6 um2 are one mm2
        tops_per_mm2=1e3 * operations / (latency_ns * area_um2),
        interval_us=chosen["interval_ns"].max(axis=-1) * 1e-3,
    )


@dataclass(frozen=True, eq=False)
class _Setting:
    """What does not vary within a batch."""

    space: SearchSpace
    workload: Workload
    technology: Technology
    busiest: FloatArray
    scope: Scope
    classes: int


def _price(
    setting: _Setting,
    per_block: list[FloatArray],
    knobs: Knobs,
    lead: tuple[int, ...],
    detail: bool,
) -> BlockCosts:
    # Inside, the block axis comes first: inner loops then run over designs.
    experts, hidden, replicas = (_blocks_first(v, len(lead)) for v in per_block)
    workload = setting.workload
    busiest = setting.busiest
    layout = spread(lay_out(setting.space, workload, setting.classes), len(lead))
    macro = build_macro(setting.technology, workload, knobs)
    pricer = Pricer(
        setting.technology,
        workload,
        layout,
        macro,
        experts=experts,
        hidden=hidden,
        replicas=replicas,
        busiest=_blocks_first(busiest, len(lead)) if busiest.ndim else busiest,
    )
    cells, wires = disturbance(setting.technology, workload.weight_bits, knobs)
    whole = setting.scope == "network"
    block = pricer.block(detail) if whole else pricer.experts_alone(detail)
    other = pricer.other(detail) if whole else pricer.nothing(detail)
    macs = layout.expert_macs(experts, hidden, workload.top_k)
    values: dict[str, FloatArray] = {
        "energy_pj": block.energy_pj,
        "latency_ns": block.latency_ns,
        "area_um2": block.area_um2,
        "array_mb": block.arrays * macro.mb,
        "standby_uw": block.standby_uw,
        "macs": layout.block_macs + macs if whole else macs,
        "other_energy_pj": other.energy_pj,
        "other_latency_ns": other.latency_ns,
        "other_area_um2": other.area_um2,
        "other_array_mb": other.arrays * macro.mb,
        "other_standby_uw": other.standby_uw,
        "other_macs": layout.other_macs if whole else np.zeros_like(layout.other_macs),
        "interval_ns": np.maximum(
            np.maximum(block.interval_ns, other.interval_ns),
            block.digital_ns + other.digital_ns,  # the digital unit serves both
        ),
        "sigma_rel": pricer.sigma(cells + wires),
    }
    parts = {
        prefix + quantity: {name: _blocks_last(v, lead) for name, v in table.items()}
        for prefix, side in (("", block), ("other_", other))
        for quantity, table in side.parts.items()
    }
    return _costs({name: _blocks_last(v, lead) for name, v in values.items()}, parts)


def _costs(
    values: Mapping[str, FloatArray], parts: Mapping[str, Mapping[str, FloatArray]]
) -> BlockCosts:
    known: dict[str, Any] = dict(values)
    return BlockCosts(**known, parts=parts)


def _blocks_first(values: FloatArray, axes: int) -> FloatArray:
    """[..., 4] -> [4, ...], contiguous, with all leading axes."""
    shape = (1,) * (axes + 1 - values.ndim) + values.shape
    return np.ascontiguousarray(np.moveaxis(values.reshape(shape), -1, 0))


def _blocks_last(values: FloatArray, lead: tuple[int, ...]) -> FloatArray:
    """[4, ...] -> [..., 4], a view."""
    return np.moveaxis(np.broadcast_to(values, (4, *lead)), 0, -1)


def _choose(costs: Mapping[str, BlockCosts], rram: BoolArray, name: str) -> FloatArray:
    if len(costs) == 1:
        (only,) = costs.values()
        single: FloatArray = getattr(only, name)
        return np.broadcast_to(single, np.broadcast_shapes(single.shape, rram.shape))
    picked: FloatArray = np.where(rram, getattr(costs["rram"], name), getattr(costs["sram"], name))
    return picked


def _rows(values: FloatArray, ndim: int, rows: slice) -> FloatArray:
    """The part of an input that belongs to those rows of the first leading axis."""
    own = values.ndim == ndim and values.shape[0] > 1
    return values[rows] if own else values
