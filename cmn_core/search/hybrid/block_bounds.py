"""The blocks of one architecture on many macros of one technology, under Lagrange multipliers.

Once latency, capacity and area have multipliers, blocks do not ask what the others do any more, but
for leakage, which goes on while the others work.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Floats, Ints
from cmn_core.search.constraints import Limits
from cmn_core.search.inner.block_costs import Rates
from cmn_core.search.inner.error_budget import ErrorBudget

_STEPS = 3  # of Newton's method


@dataclass(frozen=True)
class Multiplier:
    """Of Lagrange: energy (0 or 1) x E + per_us x L + per_mb x capacity + per_mm2 x area
    + per_point x mIoU lost to output errors < below.

    E counts what leaks for the least_us that an image takes at least.
    """

    below: float
    energy: float = 0.0
    least_us: float = 0.0
    per_us: float = 0.0
    per_mb: float = 0.0
    per_mm2: float = 0.0
    per_point: float = 0.0

    def with_capacity(self, per_mb: float, budget: float) -> Multiplier:
        return replace(self, per_mb=per_mb, below=self.below + per_mb * budget)

    def with_area(self, per_mm2: float, most_mm2: float) -> Multiplier:
        below = self.below + per_mm2 * most_mm2
        return replace(self, per_mm2=self.per_mm2 + per_mm2, below=below)


class BlockBounds:
    """One architecture on all worthy macros of one technology: least costs of its blocks."""

    def __init__(
        self, rates: Rates, copies: Floats, limits: Limits, budget: ErrorBudget | None = None
    ) -> None:
        """rates: [4, W]; copies: [4, R] levels; budget: of this architecture alone."""
        self._budget = budget
        self.rates, self.copies = rates, copies
        self.count = rates.array_mb.shape[1]
        self._low, self._high = copies[:, :1], copies[:, -1:]
        self.work = rates.work_us
        spoilt = np.zeros((BLOCKS, self.count), dtype=bool)
        if limits.max_sigma_rel is not None:
            spoilt = spoilt | (rates.sigma_rel > limits.max_sigma_rel)
        if budget is not None:
            self.lost = budget.parts(rates.sigma_rel)
            spoilt = spoilt | (self.lost > budget.allowed)
        self._spoilt = spoilt

    @property
    def points(self) -> float | None:
        """Of mIoU that a chip's error may cost; None where that does not count."""
        return None if self._budget is None else float(self._budget.allowed[0])

    @property
    def root_mm2(self) -> Floats:
        """[4] least sqrt(work x area of a copy)."""
        return np.asarray(self._kept(np.sqrt(self.work * self.rates.core_mm2)).min(axis=1))

    @property
    def fixed_mm2(self) -> float:
        """Area that no copies add to, at the least."""
        return float(self.rates.fixed_mm2.min(axis=1).sum())

    @property
    def fastest_us(self) -> Floats:
        """[4] least latency of each block."""
        fastest = self._kept(self.rates.fixed_us + self.work / self._high)
        return np.asarray(fastest.min(axis=1))

    @property
    def root(self) -> Floats:
        """[4] least sqrt(work x capacity) of each block."""
        return np.asarray(self._kept(np.sqrt(self.work * self.rates.array_mb)).min(axis=1))

    def floor(self, multiplier: Multiplier, rest_us: Floats) -> Floats:
        """[4, W] least cost of each block, a bound; infinite where its outputs are spoilt.

        rest_us: [4] what the other blocks take at the least.
        """
        rates, low = self.rates, self._low
        if not multiplier.energy and not multiplier.per_us:  # no copies are worth anything
            cost = multiplier.per_mb * (rates.array_mb * low)
            if multiplier.per_mm2:
                cost = cost + multiplier.per_mm2 * (rates.fixed_mm2 + rates.core_mm2 * low)
            return self._kept(cost + self._points(multiplier))
        cost = multiplier.per_us * rates.fixed_us
        if multiplier.per_mm2:
            cost = cost + multiplier.per_mm2 * rates.fixed_mm2
        if multiplier.energy:
            alone = rates.fixed_us + rest_us[:, None]
            held = rates.array_w * low
            leak = np.maximum(
                (held + rates.fixed_w) * multiplier.least_us,
                held * alone + rates.array_w * self.work + rates.fixed_w * alone,
            )
            cost = cost + (rates.fixed_uj + leak)
            if not multiplier.per_us:
                cost = cost + rates.wire_uj * np.sqrt(low)
        cost = cost + self._points(multiplier)
        slope = multiplier.per_mb * rates.array_mb
        if multiplier.per_mm2:
            slope = slope + multiplier.per_mm2 * rates.core_mm2
        if multiplier.energy:  # what waits does so in every copy
            slope = slope + rates.array_uj
        time = multiplier.per_us * self.work
        if multiplier.energy and multiplier.per_us:
            return self._kept(cost + _foot(rates.wire_uj, time, slope, low, self._high))
        copies = np.clip(np.sqrt(time / np.maximum(slope, 1e-300)), low, self._high)
        return self._kept(cost + (time / copies + slope * copies))

    def exactly(self, multiplier: Multiplier, rest_us: Floats, table: dict[str, Floats]) -> Floats:
        """[4, N] the same with the copies that blocks can have; table: `costs` of N macros."""
        latency, standby = table["latency_us"], table["standby_w"]
        cost = multiplier.per_us * latency
        if multiplier.energy:
            least = np.maximum(multiplier.least_us, latency + rest_us[:, None, None])
            cost = cost + (table["active_uj"] + standby * least)
        if multiplier.per_mb:
            cost = cost + multiplier.per_mb * table["array_mb"]
        if multiplier.per_mm2:
            cost = cost + multiplier.per_mm2 * table["area_mm2"]
        if multiplier.per_point:
            cost = cost + multiplier.per_point * table["lost"]
        least_cost: Floats = cost.min(axis=2)
        return np.where(table["spoilt"], np.inf, least_cost)

    def some(self, macros: Ints) -> BlockBounds:
        """The same on some of the macros."""
        out = copy(self)
        out.rates, out.count = self.rates.some(macros), len(macros)
        out._spoilt = self._spoilt[:, macros]
        for name in ("work", "lost"):
            if (values := getattr(self, name, None)) is not None:
                setattr(out, name, values[:, macros] if values.shape[1] > 1 else values)
        return out

    def _points(self, multiplier: Multiplier) -> Floats | float:
        return multiplier.per_point * self.lost if multiplier.per_point else 0.0

    def costs(self, macros: Ints) -> dict[str, Floats]:
        """Quantities [4, N, R] of macros [N], and whether their outputs are spoilt [4, N]."""
        table = self.rates.some(macros).at(self.copies[:, None])
        if self._budget is not None:
            lost = self.lost if self.lost.shape[1] == 1 else self.lost[:, macros]
            table["lost"] = lost[..., None]
        shape = (BLOCKS, len(macros), self.copies.shape[1])
        full = {n: np.broadcast_to(v, shape) for n, v in table.items()}
        return {**full, "spoilt": self._spoilt[:, macros]}

    def _kept(self, values: Floats) -> Floats:
        return np.where(self._spoilt, np.inf, values)


def _foot(wire: Floats, time: Floats, slope: Floats, low: Floats, high: Floats) -> Floats:
    """[...] least of wire x sqrt(r) + time / r + slope x r over low <= r <= high, a bound.

    Convex in u = sqrt(r): Newton's method, then the tangent, wherever it stands.
    """
    ends = np.sqrt(low), np.sqrt(high)
    u = np.clip(np.cbrt(2.0 * time / np.maximum(wire + 2.0 * slope, 1e-300)), *ends)
    for _ in range(_STEPS):
        part = time / (u * u * u)
        rise = wire - 2.0 * part + 2.0 * slope * u
        u = np.clip(u - rise / np.maximum(6.0 * part / u + 2.0 * slope, 1e-300), *ends)
    part = time / (u * u)
    rise = wire - 2.0 * part / u + 2.0 * slope * u
    value = wire * u + part + slope * u * u
    return value + np.where(rise < 0.0, rise * (ends[1] - u), rise * (ends[0] - u))
