"""Designs of a search under other limits than it had: which still pass, and why the others fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cmn_core.cim.circuits.conditions import rate_of
from cmn_core.design import Design
from cmn_core.quantities import LATENCY, LIMITS, RATE
from cmn_core.search.constraints import Limits


@dataclass(frozen=True)
class Breach:
    """A limit that a design breaks. over: relative excess, or shortfall of a floor; above 0."""

    limit: str
    allowed: float
    found: float
    over: float


@dataclass(frozen=True)
class Sieved:
    """Designs in the order given, each with what it breaks, worst first; empty: it passes."""

    breaches: tuple[tuple[Breach, ...], ...]

    @property
    def passing(self) -> tuple[int, ...]:
        """Places of the designs that keep every limit."""
        return tuple(at for at, found in enumerate(self.breaches) if not found)

    @property
    def nearest(self) -> int | None:
        """Place of the design whose worst excess is smallest; None where one passes or none is."""
        if self.passing or not self.breaches:
            return None
        return min(range(len(self.breaches)), key=lambda at: self.breaches[at][0].over)


def sieve(designs: Sequence[Design], limits: Limits) -> Sieved:
    """Hold designs against limits; a figure that is missing breaks none.

    The limit on output error is left out: hardware found within it keeps it, whatever the others.
    """
    return Sieved(tuple(_breaches(design.metrics or {}, limits) for design in designs))


def _breaches(metrics: Mapping[str, float | None], limits: Limits) -> tuple[Breach, ...]:
    out = []
    for name, limit in LIMITS.items():
        allowed, found = getattr(limits, name), metrics.get(limit.quantity.name)
        if not allowed or found is None:
            continue
        over = limit.over(float(found), float(allowed))
        if over > 0.0:
            out.append(Breach(name, float(allowed), float(found), over))
    latency_us, rate = metrics.get(LATENCY.name), limits.images_per_second
    if rate is not None and latency_us is not None:
        over = RATE.over(rate_of(latency_us), rate)
        if over > 0.0:
            out.append(Breach(RATE.name, rate, rate_of(latency_us), over))
    return tuple(sorted(out, key=lambda breach: -breach.over))
