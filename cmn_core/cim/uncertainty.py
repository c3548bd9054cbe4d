"""How far an energy, a latency or an area may be off, and which of two designs needs less.

A total is a sum over groups: the parts of the arrays of each technology as chips correct them,
digital units, buffers, interconnect, leakage. What is wrong about a group is wrong about it in
every design: draws ship with the technologies (technologies/draws.py), and in each draw a group is
off by the same factor wherever it occurs. An interval is what nine of ten draws hold; the chance
that one design needs less than another is the share of draws in which it does, so that what both
have in common cancels. What has no chips (logic, buffers, wires) is drawn log-normal with the
spread that its constants state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from cmn_core.arrays import Bools, Floats
from cmn_core.cim.costs import PJ_PER_UW_NS, BlockCosts, ChipCost
from cmn_core.cim.technologies.draws import DRAWS, array_groups, normal
from cmn_core.cim.technologies.technology import Technology
from cmn_core.quantities import COSTS, QUANTITIES

Amounts = Mapping[str, Floats]

Z90 = 1.6448536269514722  # two-sided 90 % quantile of the standard normal
SHARED = ("digital", "buffers", "interconnect", "leakage")
SAME = 1e-9  # ln: two totals that differ by less are the same


@dataclass(frozen=True, eq=False)
class Composition:
    """One quantity of chips by group: amounts [...] in its unit; spreads: sd of ln, by group.

    drawn: ln of a group's factor, [draw]; a group without is drawn with its spread. A group of
    arrays is named as its memory, or as that and the correction of its parts after a dot.
    """

    amounts: Amounts
    spreads: Mapping[str, float]
    drawn: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def total(self) -> Floats:
        if not self.amounts:  # a model of free layers alone: nothing, and nothing uncertain
            return np.zeros(())
        first, *rest = self.amounts.values()
        for value in rest:
            first = first + value
        return first

    @cached_property
    def worlds(self) -> Floats:
        """[..., draw] ln of the total under each draw."""
        if not self.amounts:
            return np.full(DRAWS, -np.inf)
        out = np.zeros(())
        for group, amount in self.amounts.items():  # no matrix product: batches keep their bits
            out = out + np.asarray(amount)[..., None] * np.exp(self.factor(group))
        return np.log(out)

    def quantile(self, share: float) -> Floats:
        """[...] what that share of the draws does not exceed; at least the figure itself."""
        if not self.amounts:
            return self.total
        return np.maximum(np.exp(np.quantile(self.worlds, share, axis=-1)), self.total)

    def at_once(self, share: float) -> Floats:
        """[...] the total with every group at its own quantile; at least that of the total."""
        ends = {g: np.exp(np.quantile(self.factor(g), share)) for g in self.amounts}
        parts = Composition({g: v * ends[g] for g, v in self.amounts.items()}, self.spreads)
        return np.maximum(parts.total, self.quantile(share))

    @property
    def interval(self) -> tuple[Floats, Floats]:
        """[...] ends of the 90 % interval, which holds the figure itself."""
        if not self.amounts:
            return self.total, self.total
        low, high = np.exp(np.quantile(self.worlds, (0.05, 0.95), axis=-1))
        return np.minimum(low, self.total), np.maximum(high, self.total)

    @property
    def cause(self) -> str | None:
        """Of a single chip, what its interval comes from: a memory, or a group of SHARED."""
        weight: dict[str, float] = {}
        for group, amount in self.amounts.items():
            name = group.partition(".")[0]
            weight[name] = weight.get(name, 0.0) + float(amount) * self.spreads[group]
        return max(weight, key=lambda g: weight[g]) if weight else None

    def factor(self, group: str) -> Floats:
        """[draw] ln of what that group is off by."""
        found = self.drawn.get(group)
        return self.spreads[group] * normal(group) if found is None else found

    def at(self, index: int) -> Composition:
        """That of one chip of the last axis."""
        one = {g: v[..., index] for g, v in self.amounts.items()}
        return Composition(one, self.spreads, self.drawn)


def group_factors(
    technologies: Mapping[str, Technology], kind: str
) -> tuple[dict[str, dict[str, str]], dict[str, float], dict[str, Floats]]:
    """Group of each part of each technology's arrays, spread of each group, and what is drawn."""
    groups, drawn = dict[str, dict[str, str]](), dict[str, Floats]()
    for memory, technology in technologies.items():
        groups[memory], found = array_groups(memory, technology, kind)
        drawn.update(found)
    spreads = {g: float(np.sqrt(np.mean(np.square(ln)))) for g, ln in drawn.items()}
    return groups, spreads, drawn


def compose(
    costs: Mapping[str, BlockCosts],
    memory_is_rram: ArrayLike | None,
    chip: ChipCost,
    technologies: Mapping[str, Technology],
) -> dict[str, Composition]:
    """Composition of each of COSTS for chips as in `chip.combine`.

    costs: priced with detail; memory_is_rram: None where they are settled portions, all of which
    count; chip: what `combine` made of them; technologies: by memory.
    """
    rram = None if memory_is_rram is None else np.asarray(memory_is_rram, dtype=np.bool_)
    out = {}
    shared = next(iter(technologies.values()))
    for quantity in COSTS:
        known = QUANTITIES[quantity]
        amounts: dict[str, Floats] = {}
        groups, spreads, drawn = group_factors(technologies, known.circuit)
        for memory, table in costs.items():
            used = _used(rram, memory)
            for prefix in ("", "other_"):
                for part, value in table.parts[prefix + known.part].items():
                    known_as = "leakage" if part == "waiting" else part
                    group = known_as if known_as in SHARED else groups[memory].get(part, memory)
                    share = known.part_size * np.where(used, value, 0.0).sum(axis=-1)
                    amounts[group] = amounts[group] + share if group in amounts else share
        if quantity == "energy_uj":
            amounts["leakage"] = amounts["leakage"] + _standby_uj(costs, rram, chip)
        for group in amounts:
            if group not in spreads:
                spreads[group] = shared.value(f"{group}_{known.circuit}_spread")
        out[quantity] = Composition(amounts, spreads, drawn)
    return out


def chance_smaller(first: Composition, second: Composition) -> Floats:
    """[...] share of the draws in which the first total is the smaller one; equal ones count half.

    Both are priced under the same draws, so that what they have in common cancels.
    """
    apart = first.worlds - second.worlds
    less = np.where(np.abs(apart) <= SAME, 0.5, apart < 0.0)
    return np.asarray(less.mean(axis=-1))


def chance_least(ours: Floats, others: Floats) -> float:
    """Share of the draws in which ours [draw] is below all others [K, draw], which are `worlds` of
    one kind; where it is the same as the least of them, half of the draw counts."""
    if len(others) == 0:
        return 1.0
    apart = ours - others.min(axis=0)
    return float(np.where(np.abs(apart) <= SAME, 0.5, apart < 0.0).mean())


def ratio_interval(first: Composition, second: Composition) -> tuple[Floats, Floats]:
    """[...] what nine of ten draws hold of the first total over the second."""
    low, high = np.exp(np.quantile(first.worlds - second.worlds, (0.05, 0.95), axis=-1))
    return low, high


def _used(rram: Bools | None, memory: str) -> Bools:
    """[..., 4] which of the blocks on that memory count."""
    if rram is None:
        return np.ones((), dtype=np.bool_)
    return rram if memory == "rram" else ~rram


def _standby_uj(costs: Mapping[str, BlockCosts], rram: Bools | None, chip: ChipCost) -> Floats:
    """[...] leakage of the blocks while others work, which only the whole chip knows."""
    total = np.zeros(np.shape(chip.latency_us))
    whole = np.asarray(chip.latency_us)[..., None] * 1e3
    for memory, table in costs.items():
        used = _used(rram, memory)
        idle = table.standby_uw * (whole - table.latency_ns)
        idle = idle + table.other_standby_uw * (whole - table.other_latency_ns)
        total = total + np.where(used, idle, 0.0).sum(axis=-1)
    return total * (PJ_PER_UW_NS * 1e-6)
