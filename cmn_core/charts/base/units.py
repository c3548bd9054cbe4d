"""Quantities from a nanojoule to a kilojoule: a unit that suits the size, one along an axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cmn_core.quantities import QUANTITIES


@dataclass(frozen=True)
class Unit:
    """size: of the unit in that of the quantity's own name (µJ, µs, mm²)."""

    quantity: str
    size: float
    name: str

    @property
    def title(self) -> str:
        """For an axis, such as "Energy (mJ)"."""
        return f"{QUANTITIES[self.quantity].label} ({self.name})"

    def of(self, value: float) -> float:
        return value / self.size

    def text(self, value: float) -> str:
        """The number without its unit, about three figures."""
        return figures(self.of(value))


def unit_for(quantity: str, value: float) -> Unit:
    """The unit in which that value is read best. quantity: energy_uj | latency_us | area_mm2."""
    steps = QUANTITIES[quantity].steps
    size, _, name = next((s for s in steps if abs(value) >= s[1]), steps[-1])
    return Unit(quantity, size, name) if value else Unit(quantity, 1.0, steps[-2][2])


def amount(quantity: str, value: float) -> str:
    """Number and unit, such as "2.54 J"."""
    unit = unit_for(quantity, value)
    return f"{unit.text(value)} {unit.name}"


def signed(value: float, digits: int = 1) -> str:
    """Such as +0.3 or −1.2; a zero has no sign."""
    text = f"{value:+.{digits}f}"
    return text[1:] if float(text) == 0.0 else text.replace("-", "−")


def figures(value: float) -> str:
    """About three figures, thousands separated."""
    if value == 0.0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    if digits <= 0:
        return f"{value:,.0f}"
    return f"{value:.{min(digits, 6)}f}"


def log_ticks(low: float, high: float) -> list[float]:
    """Ticks of a log axis: 1, 2 and 5 of each decade, or decades alone where these are many."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    few = math.log10(high / low) < 2.2
    ticks = [float(f"{m}e{d}") for d in decades for m in ((1, 2, 5) if few else (1,))]
    return [t for t in ticks if low <= t <= high]


def counted(value: float) -> str:
    """A number of things or bytes with a prefix and four figures: 46.7 G, 9.838 M, 512."""
    for size, prefix in ((1e9, " G"), (1e6, " M"), (1e4, " k")):
        if abs(value) >= size:
            return f"{value / (1e3 if prefix == ' k' else size):.4g}{prefix}"
    return f"{value:,.4g}"
