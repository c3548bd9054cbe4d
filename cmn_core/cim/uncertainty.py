"""How far an energy, a latency or an area may be off, and when two designs tie.

A total is a sum over a few groups (the arrays of each technology, digital units, buffers,
interconnect, leakage). What is wrong about a group is wrong about it in every design: a factor
exp(s z) with the group's spread s, z standard normal, independent between groups. Spreads of the
arrays come from leave-one-chip-out residuals (docs/silicon.md), the others from the ranges that the
literature gives. To first order the total is log-normal with

    sd^2 = sum over groups of (share of the group x s)^2

and the ratio of two designs with sd^2 = sum of ((share in one - share in the other) x s)^2, which
is far smaller than either: what both designs have in common cancels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cmn_core.arrays import Bools, Floats
from cmn_core.cim.costs import PJ_PER_UW_NS, BlockCosts, ChipCost
from cmn_core.cim.technologies.technology import Technology
from cmn_core.quantities import COSTS, QUANTITIES

Amounts = Mapping[str, Floats]

Z90 = 1.6448536269514722  # two-sided 90 % quantile of the standard normal
SHARED = ("digital", "buffers", "interconnect", "leakage")


@dataclass(frozen=True, eq=False)
class Composition:
    """One quantity of chips by group: amounts [...] in its unit; spreads: sd of ln, by group."""

    amounts: Amounts
    spreads: Mapping[str, float]

    @property
    def total(self) -> Floats:
        if not self.amounts:  # a model of free layers alone: nothing, and nothing uncertain
            return np.zeros(())
        first, *rest = self.amounts.values()
        for value in rest:
            first = first + value
        return first

    @property
    def spread(self) -> Floats:
        """[...] sd of ln of the total."""
        return _length([self.amounts[g] / self.total * self.spreads[g] for g in self.amounts])

    @property
    def interval(self) -> tuple[Floats, Floats]:
        """[...] ends of the 90 % interval."""
        factor = np.exp(Z90 * self.spread)
        return self.total / factor, self.total * factor

    def at(self, index: int) -> Composition:
        """That of one chip of the last axis."""
        return Composition({g: v[..., index] for g, v in self.amounts.items()}, self.spreads)


def compose(
    costs: Mapping[str, BlockCosts],
    memory_is_rram: ArrayLike,
    chip: ChipCost,
    technologies: Mapping[str, Technology],
) -> dict[str, Composition]:
    """Composition of each of COSTS for chips as in `chip.combine`.

    costs: priced with detail; chip: what `combine` made of them; technologies: by memory.
    """
    rram = np.asarray(memory_is_rram, dtype=np.bool_)
    out = {}
    for quantity in COSTS:
        known = QUANTITIES[quantity]
        amounts: dict[str, Floats] = {}
        for memory, table in costs.items():
            used = rram if memory == "rram" else ~rram
            for prefix in ("", "other_"):
                for part, value in table.parts[prefix + known.part].items():
                    group = part if part in SHARED else memory
                    share = known.part_size * np.where(used, value, 0.0).sum(axis=-1)
                    amounts[group] = amounts[group] + share if group in amounts else share
        if quantity == "energy_uj":
            amounts["leakage"] = amounts["leakage"] + _standby_uj(costs, rram, chip)
        shared = next(iter(technologies.values()))
        spreads = {
            g: technologies[g].value(f"{known.circuit}_spread")
            if g in technologies
            else shared.value(f"{g}_{known.circuit}_spread")
            for g in amounts
        }
        out[quantity] = Composition(amounts, spreads)
    return out


def chance_smaller(first: Composition, second: Composition) -> Floats:
    """[...] probability that the first total is the smaller one; 0.5 where they are equal.

    Between 0.05 and 0.95 the two tie: the simulator cannot tell them apart at 90 %.
    """
    groups = [*first.amounts, *(g for g in second.amounts if g not in first.amounts)]
    zero = np.zeros_like(first.total)
    terms = []
    for group in groups:
        spread = first.spreads.get(group, second.spreads.get(group, 0.0))
        ours = first.amounts.get(group, zero) / first.total
        theirs = second.amounts.get(group, zero) / second.total
        terms.append((ours - theirs) * spread)
    sd = np.maximum(_length(terms), 1e-12)
    z = np.log(second.total / first.total) / sd
    return _normal_cdf(z)


def _standby_uj(costs: Mapping[str, BlockCosts], rram: Bools, chip: ChipCost) -> Floats:
    """[...] leakage of the blocks while others work, which only the whole chip knows."""
    total = np.zeros(np.shape(chip.latency_us))
    whole = np.asarray(chip.latency_us)[..., None] * 1e3
    for memory, table in costs.items():
        used = rram if memory == "rram" else ~rram
        idle = table.standby_uw * (whole - table.latency_ns)
        idle = idle + table.other_standby_uw * (whole - table.other_latency_ns)
        total = total + np.where(used, idle, 0.0).sum(axis=-1)
    return total * (PJ_PER_UW_NS * 1e-6)


def _length(terms: list[Floats]) -> Floats:
    if not terms:
        return np.zeros(())
    total = np.zeros_like(terms[0])
    for term in terms:
        total = total + term * term
    return np.sqrt(total)


def _normal_cdf(z: Floats) -> Floats:
    """Standard normal distribution, Abramowitz and Stegun 26.2.17, absolute error below 1e-7."""
    x = np.abs(z)
    t = 1.0 / (1.0 + 0.2316419 * x)
    series = t * (
        0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))
    )
    tail = np.exp(-0.5 * x * x) / np.sqrt(2.0 * np.pi) * series
    return np.where(z >= 0.0, 1.0 - tail, tail)
