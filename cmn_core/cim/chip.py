"""What designs cost: blocks on macros, all RRAM, all SRAM or a mixture, priced as arrays.

`price` prices every block on one technology; `combine` picks a technology per block and adds up.
Everything is elementwise over the leading axes, so a batch gives the same bits as a loop.
Equations, symbols and sources: docs/simulator.md.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from cmn_core.architecture import SearchSpace
from cmn_core.arrays import Bools, Floats
from cmn_core.cim.block.batch import HardwarePoints, Setting, costs_of, price_batch
from cmn_core.cim.costs import FIELDS, PJ_PER_UW_NS, BlockCosts, ChipCost
from cmn_core.cim.portion import Portion
from cmn_core.cim.technologies.technology import Knobs, Technology
from cmn_core.cim.workload import CLASSES, Scope, sum4
from cmn_core.design import Workload

CHUNK = 4096  # designs priced at a time, so that intermediate arrays stay in the cache

SIMULATOR = "cmn-cim/4"


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
    top_k: ArrayLike | None = None,
    scope: Scope = "network",
    classes: int = CLASSES,
    detail: bool = False,
    portion: Portion | None = None,
) -> BlockCosts:
    """Costs of the four blocks on one technology.

    experts, hidden, replicas: [..., 4]; knobs: each [...]; the leading axes broadcast against each
    other. busiest: share of the tokens that a block's busiest expert gets, [..., 4] or one number;
    1 is what dense routing gives and the upper bound of any other. top_k: [..., 4] experts of a
    token instead of the workload's. scope: the whole network, or "ffn",
    the experts with their router alone (then "other" is zero). portion: what of every block of a
    whole network is on this technology, None for all of it. Results are float64 [..., 4]. Knobs are
    taken to be buildable: Technology.check_macro and Technology.buildable say so. FieldError for an
    image that is too small for the network.
    """
    used = workload.experts_of_token if top_k is None else top_k
    given = {"experts": experts, "hidden": hidden, "busiest": busiest, "top_k": used}
    if portion is not None:
        if scope != "network":
            raise ValueError("portions are of whole networks")
        given |= vars(portion)
    designs = {n: np.asarray(v, dtype=np.float64) for n, v in given.items() if v is not None}
    copies = np.asarray(replicas, dtype=np.float64)
    setting = Setting(space, workload, technology, scope, classes)
    points = {n: np.asarray(knobs[n], dtype=np.float64) for n in technology.knobs}
    lead = np.broadcast_shapes(
        *(v.shape[:-1] for v in (*designs.values(), copies)), *(v.shape for v in points.values())
    )
    size = int(np.prod(lead))
    if detail or size <= CHUNK or lead[0] == 1:
        only = HardwarePoints(setting, copies, points, lead, detail)
        values = price_batch(only, designs, lead, detail)
        parts = only.parts(lead, values.pop("parts"), values.pop("rest", None))
        return costs_of(values, lead, parts)
    axes = len(lead)
    shared = all(_only_one(v, axes) for v in points.values()) and _only_one(copies, axes + 1)
    where = HardwarePoints(setting, copies, points, (1, *lead[1:]), detail) if shared else None
    step = max(1, CHUNK * lead[0] // size)
    whole: dict[str, Floats] = {}
    for start in range(0, lead[0], step):
        rows = slice(start, min(start + step, lead[0]))
        part = (rows.stop - rows.start, *lead[1:])
        here = where or HardwarePoints(
            setting,
            _rows(copies, axes + 1, rows),
            {n: _rows(v, axes, rows) for n, v in points.items()},
            part,
            detail,
        )
        mine = {n: _rows(v, axes + 1, rows) for n, v in designs.items()}
        some = price_batch(here, mine, part, detail)
        some.pop("parts")
        some.pop("rest", None)
        for name, value in some.items():
            if name not in whole:
                fixed = value.ndim > 1 and value.shape[1] == 1 and shared
                whole[name] = value if fixed else np.empty((4, *lead))
            if whole[name] is not value:
                whole[name][:, rows] = value
    return costs_of(whole, lead, {})


def combine(costs: Mapping[str, BlockCosts], memory_is_rram: ArrayLike) -> ChipCost:
    """Totals of chips whose block b is on RRAM where memory_is_rram[..., b], else on SRAM.

    costs: {"rram": ..., "sram": ...}; a technology that no block uses may be missing.
    A block's share of other goes where the block goes. What leaks in standby does so over the whole
    image: energy = sum(energy_b) + sum(standby_b x (latency of the image - latency of b)).
    """
    rram = np.asarray(memory_is_rram, dtype=np.bool_)
    chosen = {name: _choose(costs, rram, name) for name in FIELDS}
    sigma_rel = chosen["sigma_rel"]
    lead = sigma_rel.shape[:-1]
    chosen = {name: _compact(value) for name, value in chosen.items()}
    own, other = chosen["latency_ns"], chosen["other_latency_ns"]
    latency_ns = sum4(own) + sum4(other)
    rest = latency_ns[..., None]
    idle = chosen["standby_uw"] * (rest - own) + chosen["other_standby_uw"] * (rest - other)
    energy_pj = sum4(chosen["energy_pj"]) + sum4(chosen["other_energy_pj"])
    area_um2 = sum4(chosen["area_um2"]) + sum4(chosen["other_area_um2"])
    operations = 2.0 * (sum4(chosen["macs"]) + sum4(chosen["other_macs"]))
    totals = {
        "energy_uj": (energy_pj + PJ_PER_UW_NS * sum4(idle)) * 1e-6,
        "latency_us": latency_ns * 1e-3,
        "area_mm2": area_um2 * 1e-6,
        "array_mb": sum4(chosen["array_mb"]) + sum4(chosen["other_array_mb"]),
        # operations per ns are 1e-3 TOPS; 1e6 um2 are one mm2
        "tops_per_mm2": 1e3 * operations / (latency_ns * area_um2),
        "interval_us": _max4(chosen["interval_ns"]) * 1e-3,
    }
    full = {n: v if v.shape == lead else np.broadcast_to(v, lead) for n, v in totals.items()}
    return ChipCost(**full, sigma_rel=sigma_rel)


def _only_one(values: Floats, ndim: int) -> bool:
    """Whether an input does not vary along the first leading axis."""
    return values.ndim < ndim or values.shape[0] == 1


def _choose(costs: Mapping[str, BlockCosts], rram: Bools, name: str) -> Floats:
    if len(costs) == 1:
        (only,) = costs.values()
        single: Floats = getattr(only, name)
        return np.broadcast_to(single, np.broadcast_shapes(single.shape, rram.shape))
    picked: Floats = np.where(rram, getattr(costs["rram"], name), getattr(costs["sram"], name))
    return picked


def _compact(values: Floats) -> Floats:
    """The array with size one along leading axes on which it only repeats itself."""
    if 0 not in values.strides[:-1]:
        return values
    once = [slice(0, 1) if step == 0 else slice(None) for step in values.strides[:-1]]
    return values[tuple(once)]


def _max4(blocks: Floats) -> Floats:
    """Maximum over the last axis of length 4."""
    a, b, c, d = (blocks[..., k] for k in range(4))
    out: Floats = np.maximum(np.maximum(a, b), np.maximum(c, d))
    return out


def _rows(values: Floats, ndim: int, rows: slice) -> Floats:
    """The part of an input that belongs to those rows of the first leading axis."""
    own = values.ndim == ndim and values.shape[0] > 1
    return values[rows] if own else values
