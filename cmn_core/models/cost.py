"""The costs of a model, and sums whose order does not depend on how many designs are priced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ModelCost:
    """Costs of L layers at one or more hardware points; [...] or [L, ...].

    Totals: energy_pj, latency_ns (at worst: the busiest expert of a sparse ffn without a histogram
    gets every token), balanced_ns (experts get equal shares), area_um2, arrays, array_mb,
    standby_uw (what leaks all the time), arrays_uw (the arrays' part of it), sigma_rel (largest
    output error of a region); digital_ns, dram_ns: parts of the latency; idle_pj: leakage of
    routed experts while they have no work.
    layer_energy_pj, layer_ns, layer_um2, layer_arrays, layer_mb [L, ...]: of the layers; energy
    holds the leakage of their arrays over the whole inference. unit_um2 {block: [...]}: digital
    units, which belong to no layer. region_sigma {region: [...]}.
    parts: with detail, {"energy_pj" | "area_um2": {part: [L, ...]}}.
    """

    energy_pj: FloatArray
    latency_ns: FloatArray
    balanced_ns: FloatArray
    area_um2: FloatArray
    arrays: FloatArray
    array_mb: FloatArray
    standby_uw: FloatArray
    arrays_uw: FloatArray
    sigma_rel: FloatArray
    leakage_pj: FloatArray
    idle_pj: FloatArray
    layer_energy_pj: FloatArray
    layer_ns: FloatArray
    digital_ns: FloatArray
    dram_ns: FloatArray
    layer_um2: FloatArray
    layer_arrays: FloatArray
    layer_mb: FloatArray
    unit_um2: Mapping[str, FloatArray]
    region_sigma: Mapping[str, FloatArray]
    parts: Mapping[str, Mapping[str, FloatArray]] = field(default_factory=dict)


def longest(branches: Mapping[str, FloatArray]) -> FloatArray | float:
    """The largest of the named values, element by element; 0 of none."""
    out: FloatArray | float = 0.0
    for value in branches.values():
        out = np.maximum(out, value)
    return out


def summed(parts: Mapping[str, FloatArray]) -> FloatArray:
    """Sum of the named values, in order."""
    first, *rest = parts.values()
    for value in rest:
        first = first + value
    return first


def total(rows: FloatArray) -> FloatArray:
    """Sum over the first axis, in order."""
    out: FloatArray = rows[0]
    for row in rows[1:]:
        out = out + row
    return out
