"""Two designs side by side, with what the simulator and the predictor cannot tell apart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cmn_core.cim.uncertainty import chance_smaller
from cmn_core.design import METRICS
from cmn_core.quantities import COSTS, FIGURES, LIMITS, SIGMA
from cmn_core.search.constraints import Limits
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.sensitivity import TIE

Z90 = 1.6448536269514722  # two-sided 90 % quantile of the standard normal


@dataclass(frozen=True)
class Difference:
    """change: ours over theirs less 1, for miou in points; chance: that ours is the smaller one,
    None where nothing is uncertain; tie: not the same, and not told apart at 90 %."""

    metric: str
    ours: float
    theirs: float
    change: float
    chance: float | None
    tie: bool

    @property
    def same(self) -> bool:
        return self.ours == self.theirs


@dataclass(frozen=True)
class LimitCheck:
    """A limit and what it found. over: relative excess (shortfall of a floor); 0 or less: kept."""

    limit: str
    metric: str
    allowed: float
    found: float
    over: float

    @property
    def kept(self) -> bool:
        return self.over <= 0.0


@dataclass(frozen=True)
class Drift:
    """A figure that a file claims and what this simulator says now; change is relative, for miou
    in points; within: the claim lies in our 90 % interval (None where there is none)."""

    metric: str
    claimed: float
    ours: float
    change: float
    within: bool | None


def compare(ours: Evaluation, theirs: Evaluation) -> dict[str, Difference]:
    """Differences by metric of FIGURES; a metric that either lacks is left out.

    Costs tie by `uncertainty.chance_smaller`: what two designs have in common cancels. mIoU ties
    within the 90 % interval of a difference of two independent predictions.
    """
    out = {}
    for name in FIGURES:
        a, b = ours.metrics[name], theirs.metrics[name]
        if a is None or b is None:
            continue
        chance = _chance(name, ours, theirs)
        unsure = chance is not None and TIE < chance < 1.0 - TIE
        change = a - b if name == "miou" else a / b - 1.0
        out[name] = Difference(name, a, b, change, chance, unsure and a != b)
    return out


def verdicts(answer: Evaluation, limits: Limits) -> dict[str, LimitCheck]:
    """By metric, for each limit that is switched on and whose figure is known."""
    out = {}
    for name, limit in LIMITS.items():
        allowed, metric = getattr(limits, name), limit.quantity.name
        found = answer.sigma if limit.quantity is SIGMA else answer.metrics.get(metric)
        if allowed is None or found is None:
            continue
        out[metric] = LimitCheck(name, metric, allowed, found, limit.over(found, allowed))
    return out


def drift(claimed: Mapping[str, float | None] | None, answer: Evaluation) -> list[Drift]:
    """What became of the metrics of a file, in the order of the schema; unknown ones left out."""
    out = []
    for name in METRICS:
        before, now = (claimed or {}).get(name), answer.metrics.get(name)
        if before is None or now is None or name in ("miou_low", "miou_high"):
            continue
        interval = answer.interval(name)
        within = None if interval is None else interval[0] <= before <= interval[1]
        out.append(Drift(name, before, now, _drifted(name, before, now), within))
    return out


def _drifted(name: str, before: float, now: float) -> float:
    if name == "miou":
        return now - before
    return now / before - 1.0 if before else math.inf if now else 0.0


def _chance(name: str, ours: Evaluation, theirs: Evaluation) -> float | None:
    if name in COSTS:
        return float(chance_smaller(ours.cost.compositions[name], theirs.cost.compositions[name]))
    if name != "miou":
        return None
    spread = math.hypot(_half(ours), _half(theirs)) / Z90
    gap = (theirs.metrics["miou"] or 0.0) - (ours.metrics["miou"] or 0.0)
    if spread == 0.0:
        return 0.5 if gap == 0.0 else float(gap > 0.0)
    return 0.5 * (1.0 + math.erf(gap / spread / math.sqrt(2.0)))


def _half(answer: Evaluation) -> float:
    interval: Any = answer.interval("miou")
    return 0.0 if interval is None else 0.5 * float(interval[1] - interval[0])
