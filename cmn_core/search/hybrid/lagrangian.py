"""Lagrange multipliers at which blocks are compared, and what a better chip must cost at them.

With multipliers on latency, capacity and area the cost of a chip is a sum over its blocks, and a
chip that beats the score V lies below a threshold. For one objective this is plain: latency < V.
For a product E x L < V the latencies are cut into pieces [L1, L2]; on each the hyperbola V / L lies
below its chord, so that E + mu L < V (1 / L1 + 1 / L2) with mu = V / (L1 L2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.search.constraints import Limits
from cmn_core.search.hybrid.block_bounds import BlockBounds, Multiplier

PIECES = 12  # at most
_PIECE = 1.12  # ratio of the ends of a piece
_PIECES_2D = 5  # at most, where latency and area are both cut
_SLOPES = (0.6, 1.7)  # of lines through a corner that two limits make, in units of its own
_LOOSE = 1.0 + 1e-9
_POINTS = 1e-12  # of mIoU: a threshold is above 0
CUT = ("latency", "energy")  # objectives that one multiplier tells most macros by


@dataclass(frozen=True)
class LowerBounds:
    """What multipliers are made from: the least that any mixture of macros takes.

    rest_us: [4] of all other blocks; scarcity, scarcity_mm2: latency (us) that a MB of capacity or
    a mm2 of the die is worth; most_mm2: of the die; points: of mIoU that a chip's error may cost.
    """

    rest_us: Floats
    scarcity: float
    budget: float | None
    latency_us: float
    energy_uj: float
    area_mm2: float
    most_mm2: float | None = None
    scarcity_mm2: float = 0.0
    points: float | None = None

    @classmethod
    def begun(cls, sides: Sequence[BlockBounds], limits: Limits) -> LowerBounds:
        """What needs no multipliers: every block on its fastest macro, no least energy or area."""
        fastest = np.min([s.fastest_us for s in sides], axis=0)
        budget = limits.max_array_mb
        root = float(np.min([s.root for s in sides], axis=0).sum())
        scarcity = 0.0 if budget is None else (root / budget) ** 2
        latency = float(fastest.sum())
        most, crowd = limits.max_area_mm2, 0.0
        if most is not None:
            room = max(most - min(s.fixed_mm2 for s in sides), 1e-9 * most)
            crowd = (float(np.min([s.root_mm2 for s in sides], axis=0).sum()) / room) ** 2
        points = sides[0].points
        rest = fastest.sum() - fastest
        return cls(rest, scarcity, budget, latency, 0.0, 0.0, most, crowd, points)

    @classmethod
    def of(cls, sides: Sequence[BlockBounds], limits: Limits) -> LowerBounds:
        first = cls.begun(sides, limits)
        rest = first.rest_us
        if not np.isfinite(first.latency_us):
            return first
        bounds = [first.latency_us]
        plain = Multiplier(0.0, per_us=1.0)
        for multiplier in (*first.rare(plain), *first.crowded(plain)):
            least = np.min([s.floor(multiplier, rest).min(axis=1) for s in sides], axis=0).sum()
            bounds.append(float(least) - multiplier.below)
        latency = max(bounds) / _LOOSE
        least_of = [
            float(np.min([s.floor(p, rest).min(axis=1) for s in sides], axis=0).sum()) / _LOOSE
            for p in (Multiplier(0.0, energy=1.0, least_us=latency), Multiplier(0.0, per_mm2=1.0))
        ]
        return replace(first, latency_us=latency, energy_uj=least_of[0], area_mm2=least_of[1])

    def wanted(self, objective: str, score: float) -> list[Multiplier]:
        """What a better chip than one of that score keeps; objective: one of CUT."""
        score *= _LOOSE
        if objective == "latency":
            own = Multiplier(score, per_us=1.0)
            multipliers = self.rare(own)
            out = [*multipliers[len(multipliers) // 2 :][:1], *self.crowded(own)[1:2]]
        else:
            out = [Multiplier(score, energy=1.0, least_us=self.latency_us)]
        return [*out, *self.kept_by_all()]

    def kept_by_all(self) -> list[Multiplier]:
        """What every chip keeps on a die of limited size, with an error that may cost so much."""
        out = []
        if self.most_mm2 is not None:
            out.append(Multiplier(self.most_mm2 * _LOOSE, per_mm2=1.0))
        if self.points is not None and np.isfinite(self.points):
            out.append(Multiplier(self.points * _LOOSE + _POINTS, per_point=1.0))
        return out

    def crowded(self, multiplier: Multiplier) -> list[Multiplier]:
        """With several multipliers of the area; each of them is a bound of its own."""
        if self.most_mm2 is None or multiplier.per_us == 0.0:
            return []
        worth = multiplier.per_us * self.scarcity_mm2
        shares = (0.5, 1.0, 2.0) if multiplier.energy == 0.0 else (1.0,)
        most = self.most_mm2 * _LOOSE
        return [multiplier.with_area(share * worth, most) for share in shares]

    def plain(self, objective: str) -> Multiplier:
        """The multiplier at which a chip that is good for the objective costs little."""
        if objective == "latency":
            return Multiplier(0.0, per_us=1.0)
        if objective == "energy":
            return Multiplier(0.0, energy=1.0, least_us=self.latency_us)
        weights = {"edp": (1.0, 0.0), "edap": (1.0, 1.0), "tops_per_mm2": (0.0, 1.0)}
        return self.balanced(*weights[objective])

    def balanced(self, energy: float, area: float) -> Multiplier:
        """The multiplier at which a share of latency weighs as much as that of the rest."""
        scale = energy * self.energy_uj + area * self.area_mm2
        return Multiplier(
            0.0,
            energy=energy,
            least_us=self.latency_us,
            per_us=scale / self.latency_us,
            per_mm2=self.energy_uj / self.area_mm2 if energy and area else area,
        )

    def rare(self, multiplier: Multiplier) -> list[Multiplier]:
        """With several multipliers of capacity; each of them is a bound of its own."""
        if self.budget is None or multiplier.per_us == 0.0:
            return [multiplier]
        worth = multiplier.per_us * self.scarcity
        shares = (0.5, 1.0, 2.0) if multiplier.energy == 0.0 else (0.0, 1.0)
        return [multiplier.with_capacity(share * worth, self.budget) for share in shares]


def multipliers(
    objective: str, score: float, least: LowerBounds, limits: Limits, *, pieces: int
) -> Iterator[list[Multiplier]]:
    """Lists of multipliers: a chip that scores below `score` keeps all of one of the lists.

    pieces: how many there are at most of a range that is cut; more of them are sharper.
    """
    score *= _LOOSE
    slow, hot = (
        np.inf if v is None else v * _LOOSE for v in (limits.latency_us, limits.max_energy_uj)
    )
    always = list(limiting(least, limits))
    if objective == "latency":
        corner = _corner(least, least.latency_us, score, hot)
        own = Multiplier(score, per_us=1.0)
        yield [*least.rare(own), *least.crowded(own), *corner, *always]
    elif objective == "energy":
        own = Multiplier(score, energy=1.0, least_us=least.latency_us)
        yield [own, *_corner(least, least.latency_us, slow, score), *always]
    elif objective == "tops_per_mm2":
        end = min(slow, score / least.area_mm2)
        for low_us, high_us in _pieces(least.latency_us, end, pieces):
            chord = score * (1.0 / low_us + 1.0 / high_us)
            own = Multiplier(chord, per_us=score / (low_us * high_us), per_mm2=1.0)
            yield [*least.rare(own), *always]
    elif objective == "edp":
        yield from _product(least, score, slow, hot, always, pieces)
    else:
        largest = score / (least.energy_uj * least.latency_us)
        if limits.max_area_mm2 is not None:
            largest = min(largest, limits.max_area_mm2 * _LOOSE)
        pieces = min(pieces, _PIECES_2D)
        for low, high in _pieces(least.area_mm2, largest, pieces):
            for bundle in _product(least, score / low, slow, hot, always, pieces):
                # The product falls with the area: by so much at most, as a multiplier of area.
                first = bundle[0]
                rise = score / (first.least_us * low * high)
                yield [
                    *(
                        replace(p, per_mm2=rise, below=p.below + rise * high)
                        for p in bundle[: len(bundle) - len(always)]
                    ),
                    *bundle,
                    Multiplier(high, per_mm2=1.0),
                ]


def _product(
    least: LowerBounds, score: float, slow: float, hot: float, always: list[Multiplier], pieces: int
) -> Iterator[list[Multiplier]]:
    """Lists of multipliers for energy x latency < score, energy <= hot and latency <= slow."""
    end = min(slow, score / least.energy_uj)
    middle = min(end, score / hot)  # up to here the limit on energy is the stricter one
    for low_us, high_us in _pieces(least.latency_us, middle, pieces):
        yield [*_corner(least, low_us, high_us, hot), *always]
    for low_us, high_us in _pieces(max(least.latency_us, middle), end, pieces):
        own = Multiplier(
            score * (1.0 / low_us + 1.0 / high_us),
            energy=1.0,
            least_us=low_us,
            per_us=score / (low_us * high_us),
        )
        steep = _corner(least, low_us, high_us, score / low_us) if high_us == slow else []
        yield [*least.rare(own), *least.crowded(own), *steep, *always]


def _corner(least: LowerBounds, low_us: float, slow: float, hot: float) -> list[Multiplier]:
    """Multipliers of chips that take low_us to slow and at most the energy hot; none if either is
    without a limit."""
    if not np.isfinite(slow * hot):
        return []
    out = []
    for share in _SLOPES:
        per_us = share * hot / slow
        multiplier = Multiplier(hot + per_us * slow, energy=1.0, least_us=low_us, per_us=per_us)
        out += [*least.rare(multiplier), *least.crowded(multiplier)]
    return out


def limiting(least: LowerBounds, limits: Limits) -> Iterator[Multiplier]:
    """Multipliers that chips within the limits keep."""
    if limits.latency_us is not None:
        yield least.rare(Multiplier(limits.latency_us * _LOOSE, per_us=1.0))[-1]
    if limits.max_energy_uj is not None:
        yield Multiplier(limits.max_energy_uj * _LOOSE, energy=1.0, least_us=least.latency_us)
    yield from least.kept_by_all()
    if limits.max_array_mb is not None:
        yield Multiplier(limits.max_array_mb * _LOOSE, per_mb=1.0)


def _pieces(low: float, high: float, most: int) -> list[tuple[float, float]]:
    """low..high in pieces of equal ratio; none where high lies below low."""
    if not low <= high:
        return []
    count = int(np.clip(np.ceil(np.log(high / low) / np.log(_PIECE)), 1, most))
    ends = [low * (high / low) ** (k / count) for k in range(count)] + [high]
    return list(pairwise(ends))
