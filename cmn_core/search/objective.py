"""The merit of a chip: its objective while every limit holds, else how far it is from that.

A chip within its limits always comes before one that breaks a limit, and that one before a chip
that cannot be built, so a swarm climbs out of an infeasible start. Limits are given up in an
order: first what a person asks of the chip (latency, energy, area), then the array capacity, then
the output error, because a chip that spoils its outputs has no use at any size, last the mIoU.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cmn_core.arrays import Bools, Floats, Ints, before
from cmn_core.cim.costs import ChipCost
from cmn_core.quantities import LIMITS
from cmn_core.search.constraints import Limits

# Hardware limits in the order of the columns of `violations`, and the ChipCost field each bounds.
BOUNDED = {
    name: limit.quantity.name
    for name, limit in LIMITS.items()
    if limit.quantity.name in ChipCost.__dataclass_fields__
}
RANKS = 4  # of excess: mIoU, output error, array capacity, what else a person asks
_OWN_RANK = ("max_sigma_rel", "max_array_mb")  # the other limits of BOUNDED add up
_TIE = 1e-9  # weight of the second quantity: decides between equals, changes nothing else

Objective = Callable[[Floats, Floats, Floats], Floats]

OBJECTIVES: dict[str, Objective] = {
    "energy": lambda energy_uj, latency_us, area_mm2: energy_uj + _TIE * latency_us,
    "latency": lambda energy_uj, latency_us, area_mm2: latency_us + _TIE * energy_uj,
    "edp": lambda energy_uj, latency_us, area_mm2: energy_uj * latency_us,
    "edap": lambda energy_uj, latency_us, area_mm2: energy_uj * latency_us * area_mm2,
    # Operations of an architecture are given: most TOPS/mm2 is least time x area.
    "tops_per_mm2": lambda energy_uj, latency_us, area_mm2: latency_us * area_mm2,
}


def energy_counts(objective: str, limits: Limits) -> bool:
    """Whether energy decides more than which of equals is the better one."""
    return objective not in ("latency", "tops_per_mm2") or limits.max_energy_uj is not None


def found(chip: ChipCost, limit: str) -> Floats:
    """What the limit of that name is compared with; the worst block for the output error."""
    value = np.asarray(getattr(chip, BOUNDED[limit]), dtype=np.float64)
    return value.max(axis=-1) if limit == "max_sigma_rel" else value


def violations(chip: ChipCost, limits: Limits) -> Floats:
    """[..., 5] relative excess over each hardware limit; zero or less: kept (or switched off)."""
    columns = []
    for name in BOUNDED:
        allowed = limits.allowed(name)
        value = found(chip, name)
        columns.append(np.full(value.shape, -1.0) if allowed is None else value / allowed - 1.0)
    return np.stack(columns, axis=-1)


def excess(violation: Floats, *, rest: Floats | float = 0.0, short: Floats | float = 0.0) -> Floats:
    """[..., RANKS] how far [..., 5] of `violations` are from the limits, in the order in which
    limits count: the earliest rank that differs decides. All 0 where everything is kept.

    rest: [...] relative excess over other limits, which adds to that of latency, energy and area;
    short: [...] share that is missing of the floor of mIoU.
    """
    over = dict(zip(BOUNDED, np.moveaxis(np.maximum(violation, 0.0), -1, 0), strict=True))
    out = np.empty((*violation.shape[:-1], RANKS))
    out[..., 0] = np.maximum(short, 0.0)
    for rank, name in enumerate(_OWN_RANK, 1):
        out[..., rank] = over.pop(name)
    out[..., -1] = sum(over.values()) + np.maximum(rest, 0.0)
    return out


@dataclass(frozen=True)
class Merit:
    """How good chips [...] are; less is better, `missing` first and then `value`.

    missing [..., RANKS]: of `excess`, infinite where there is no such chip; value [...]: the
    objective, infinite where a limit is broken. Indices go to the axes in front.
    """

    missing: Floats
    value: Floats

    @classmethod
    def of(cls, value: Floats, missing: Floats) -> Merit:
        """value [...]: the objective whatever the limits say; missing [..., RANKS]."""
        return cls(missing, np.where((missing > 0.0).any(axis=-1), np.inf, value))

    @classmethod
    def plain(cls, value: Floats) -> Merit:
        """value [...] alone, infinite where it must not be."""
        return cls(np.zeros((*value.shape, RANKS)), value)

    @classmethod
    def nowhere(cls, *shape: int) -> Merit:
        """No chips at all: everything else is better."""
        return cls(np.full((*shape, RANKS), np.inf), np.full(shape, np.inf))

    @classmethod
    def joined(cls, parts: Sequence[Merit]) -> Merit:
        """One after the other along the first axis."""
        missing, value = ([getattr(p, name) for p in parts] for name in ("missing", "value"))
        return cls(np.concatenate(missing), np.concatenate(value))

    @property
    def feasible(self) -> Bools:
        """[...] whether every limit is kept."""
        return np.isfinite(self.value)

    @property
    def buildable(self) -> Bools:
        """[...] whether there is such a chip."""
        return np.isfinite(self.missing[..., 0])

    def __getitem__(self, at: Any) -> Merit:
        return Merit(self.missing[at], self.value[at])

    def reshape(self, *shape: int) -> Merit:
        return Merit(self.missing.reshape(*shape, RANKS), self.value.reshape(shape))

    def where(self, mask: Bools, others: Merit) -> Merit:
        """These where the mask [...] says so, the others elsewhere."""
        missing = np.where(mask[..., None], self.missing, others.missing)
        return Merit(missing, np.where(mask, self.value, others.value))

    def put(self, rows: Ints, others: Merit) -> Merit:
        """The same with the others in these rows."""
        missing, value = self.missing.copy(), self.value.copy()
        missing[rows], value[rows] = others.missing, others.value
        return Merit(missing, value)

    def less(self, others: Merit) -> Bools:
        """[...] which of these are better than the others."""
        # A value is finite only where nothing is missing, so it alone decides most comparisons.
        out = np.asarray(self.value < others.value)
        lost = np.isinf(self.value) & np.isinf(others.value)
        return out | (lost & before(self.missing, others.missing)) if lost.any() else out

    def order(self) -> Ints:
        """[..., M] the last axis from the best to the worst, equals as they come."""
        return np.lexsort((self.value, *np.moveaxis(self.missing, -1, 0)[::-1]), axis=-1)

    def argbest(self) -> Ints:
        """[A] the best of each row [A, M]; of equals the first."""
        out = self.value.argmin(axis=-1)
        lost = np.isinf(self.value.min(axis=-1))
        if lost.any():
            out[lost] = self[lost].order()[:, 0]
        return out


def score(chip: ChipCost, *, objective: str, limits: Limits) -> Merit:
    """[...] what a hardware search minimises."""
    value = OBJECTIVES[objective](chip.energy_uj, chip.latency_us, chip.area_mm2)
    return Merit.of(value, excess(violations(chip, limits)))
