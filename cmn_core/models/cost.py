"""The costs of a model, and sums whose order does not depend on how many designs are priced."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.costs import PJ_PER_UW_NS
from cmn_core.cim.technologies.technology import FOLDER, Constant
from cmn_core.models.layers import Model


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
    layer_outside_ns [L, ...]: the part of layer_ns on digital units and at DRAM.
    layer_waiting_pj [L, ...]: the part of layer_energy_pj between two inferences.
    layer_standby_uw [L, ...]: of each layer; block_ns: where asked for, {block: [...]}, time of
    each.
    parts: with detail, {"energy_pj" | "area_um2": {part: [L, ...]}}.
    """

    energy_pj: Floats
    latency_ns: Floats
    balanced_ns: Floats
    area_um2: Floats
    arrays: Floats
    array_mb: Floats
    standby_uw: Floats
    arrays_uw: Floats
    sigma_rel: Floats
    leakage_pj: Floats
    idle_pj: Floats
    layer_energy_pj: Floats
    layer_ns: Floats
    layer_outside_ns: Floats
    digital_ns: Floats
    dram_ns: Floats
    layer_um2: Floats
    layer_arrays: Floats
    layer_mb: Floats
    unit_um2: Mapping[str, Floats]
    region_sigma: Mapping[str, Floats]
    layer_standby_uw: Floats
    layer_waiting_pj: Floats
    block_ns: Mapping[str, Floats] = field(default_factory=dict)
    parts: Mapping[str, Mapping[str, Floats]] = field(default_factory=dict)

    def weighed(self, model: Model, worth: Mapping[str, float]) -> tuple[Floats, Floats]:
        """[...] energy (pJ) and time (ns) with each block at work so often as `worth` says, while
        the whole chip leaks; of one inference where it says nothing.

        worth: by block, of all blocks; takes block_ns
        """
        if not worth:
            return self.energy_pj, self.latency_ns
        waking_ns = self.latency_ns - sum(self.block_ns.values())
        latency_ns = waking_ns + sum(worth[b] * ns for b, ns in self.block_ns.items())
        energy_pj = total(self.working_pj(model, worth))
        return energy_pj + PJ_PER_UW_NS * self.standby_uw * latency_ns, latency_ns

    def working_pj(self, model: Model, worth: Mapping[str, float]) -> Floats:
        """[L, ...] energy of each layer without what leaks over the whole inference, with its block
        at work so often as `worth` says; waiting comes once."""
        leaked_pj = PJ_PER_UW_NS * self.layer_standby_uw * self.latency_ns
        own_pj = self.layer_energy_pj - leaked_pj
        if not worth:
            return own_pj
        times = np.array([worth[layer.block] for layer in model.layers])
        times = times.reshape(-1, *(1,) * (own_pj.ndim - 1))
        return times * (own_pj - self.layer_waiting_pj) + self.layer_waiting_pj


def longest(branches: Mapping[str, Floats]) -> Floats | float:
    """The largest of the named values, element by element; 0 of none."""
    out: Floats | float = 0.0
    for value in branches.values():
        out = np.maximum(out, value)
    return out


def summed(parts: Mapping[str, Floats]) -> Floats:
    """Sum of the named values, in order."""
    first, *rest = parts.values()
    for value in rest:
        first = first + value
    return first


def total(rows: Floats) -> Floats:
    """Sum over the first axis, in order."""
    out: Floats = rows[0]
    for row in rows[1:]:
        out = out + row
    return out


FILE = FOLDER / "off_chip.toml"


@cache
def constants() -> dict[str, Constant]:
    """Name -> value, unit and source."""
    with FILE.open("rb") as file:
        entries = tomllib.load(file)["constants"]
    return {name: Constant(**entry) for name, entry in entries.items()}


def off_chip(name: str) -> float:
    """Number of the named constant, in the unit that the file states."""
    return constants()[name].value
