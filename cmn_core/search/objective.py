"""One number for a chip: its objective while every limit holds, else how far it is from that.

A chip within its limits always scores below one that breaks a limit, and that one below a chip
that cannot be built, so a swarm climbs out of an infeasible start. Limits are given up in an
order: first what a person asks of the chip (latency, energy, area), then the array capacity, last
the output error, because a chip that spoils its outputs has no use at any size.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.costs import ChipCost
from cmn_core.quantities import LIMITS
from cmn_core.search.constraints import Limits

# Hardware limits in the order of the columns of `violations`, and the ChipCost field each bounds.
BOUNDED = {
    name: limit.quantity.name
    for name, limit in LIMITS.items()
    if limit.quantity.name in ChipCost.__dataclass_fields__
}
INFEASIBLE = 1e18  # above any energy, latency or product of them in uJ, us and mm2
UNBUILDABLE = 1e60
# Steps between the ranks of excess: each lies above whatever the ranks below it add up to.
_MOST = 1e9  # relative excess over one limit beyond which one is as bad as another
_RANKS = {"max_array_mb": 1e12, "max_sigma_rel": 1e24}
BELOW_FLOOR = 1e36  # of an architecture that is not worth any hardware
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


def found(chip: ChipCost, limit: str) -> Floats:
    """What the limit of that name is compared with; the worst block for the output error."""
    value = np.asarray(getattr(chip, BOUNDED[limit]), dtype=np.float64)
    return value.max(axis=-1) if limit == "max_sigma_rel" else value


def violations(chip: ChipCost, limits: Limits) -> Floats:
    """[..., 5] relative excess over each hardware limit; zero or less: kept (or switched off)."""
    columns = []
    for name in BOUNDED:
        allowed = getattr(limits, name)
        value = found(chip, name)
        columns.append(np.full(value.shape, -1.0) if allowed is None else value / allowed - 1.0)
    return np.stack(columns, axis=-1)


def excess(violation: Floats) -> Floats:
    """[...] how far [..., 5] of `violations` are from the limits; 0 where all are kept.

    The sum over latency, energy and area; any excess of the array capacity weighs more than all
    of these, any excess of the output error more than everything else.
    """
    total = np.zeros(violation.shape[:-1])
    for column, name in enumerate(BOUNDED):
        over = np.clip(violation[..., column], 0.0, _MOST)
        step = _RANKS.get(name)
        total = total + (over if step is None else np.where(over > 0.0, step * (1.0 + over), 0.0))
    return total


def below_floor(shortfall: float) -> float:
    """Excess of an architecture that misses the floor of mIoU by that share of it (above 0)."""
    return BELOW_FLOOR * (1.0 + shortfall)


def score(chip: ChipCost, *, objective: str, limits: Limits) -> Floats:
    """[...] the number a hardware search minimises."""
    value = OBJECTIVES[objective](chip.energy_uj, chip.latency_us, chip.area_mm2)
    missing = excess(violations(chip, limits))
    return np.where(missing > 0.0, INFEASIBLE * (1.0 + missing), value)
