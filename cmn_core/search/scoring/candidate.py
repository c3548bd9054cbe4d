"""An assessed architecture with the hardware found for it, and how such are ranked."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cmn_core.quantities import LIMITS
from cmn_core.search.objective import BOUNDED, RANKS, excess
from cmn_core.search.state import Placed

CONSTRAINTS = tuple(LIMITS)


@dataclass(frozen=True)
class Candidate(Placed):
    """An assessed architecture.

    metrics: chip figures; objectives: 100 - mIoU, energy (uJ), latency (us), infinite without
    hardware; violation: relative excess over each of CONSTRAINTS, at most 0 where kept; judged:
    in a robust search with hardware, what objectives and violation are made of, else None.
    """

    metrics: dict[str, float] | None
    sigma_rel: float | None
    objectives: tuple[float, float, float]
    violation: tuple[float, ...]
    judged: dict[str, float] | None = None

    @property
    def feasible(self) -> bool:
        return self.point is not None and max(self.violation) <= 0.0

    @property
    def excess(self) -> tuple[float, ...]:
        """RANKS numbers: how far from the limits, as infeasible architectures are ranked; all 0
        when feasible.

        Below the floor of mIoU the cost is unknown, so nothing can be said in its favour: it
        ranks after everything that was worth a hardware search, by what is missing in mIoU.
        """
        if max(self.violation) <= 0.0:
            return (0.0,) * RANKS
        over = dict(zip(CONSTRAINTS, self.violation, strict=True))
        short = over.pop("min_miou")
        broken = np.array([over.pop(name) for name in BOUNDED])
        rest = sum(max(other, 0.0) for other in over.values())
        return tuple(excess(broken, rest=rest, short=short).tolist())

    @property
    def reached(self) -> float:
        """mIoU in percent as the search judges it."""
        return self.miou[0] if self.judged is None else self.judged["miou"]

    @property
    def plain(self) -> tuple[float, float, float]:
        """mIoU (percent), energy (uJ) and latency (us) as any design's metrics give them."""
        if self.metrics is None:
            return self.miou[0], math.inf, math.inf
        return self.miou[0], self.metrics["energy_uj"], self.metrics["latency_us"]


def ranking(goal: str) -> Callable[[Candidate], tuple[float, ...]]:
    """Key by which the best of the feasible candidates is the smallest."""

    def key(candidate: Candidate) -> tuple[float, ...]:
        loss, energy, latency = candidate.objectives
        if goal == "performance":
            return (loss, energy * latency, *candidate.genes)
        return ((energy, latency) if goal == "energy" else (latency, energy)) + (
            loss,
            *candidate.genes,
        )

    return key
