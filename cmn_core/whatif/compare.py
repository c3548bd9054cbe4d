"""Two designs side by side, and how likely it is that the one needs less than the other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cmn_core.cim.circuits.conditions import rate_of
from cmn_core.cim.uncertainty import chance_smaller, ratio_interval
from cmn_core.design import METRICS, Workload
from cmn_core.quantities import COSTS, FIGURES, LATENCY, LIMITS, RATE, SIGMA
from cmn_core.search.constraints import Limits, at_rate
from cmn_core.search.scoring.evaluation import Evaluation

KEPT = 1e-9  # relative excess that is rounding
Z90 = 1.6448536269514722  # two-sided 90 % quantile of the standard normal


@dataclass(frozen=True)
class Difference:
    """change: ours over theirs less 1, for miou in points; low, high: 90 % interval of ours over
    theirs, for miou of the difference; chance: that ours is the smaller one. Of a figure that is
    exact low, high and chance are None."""

    metric: str
    ours: float
    theirs: float
    change: float
    low: float | None
    high: float | None
    chance: float | None

    @property
    def likely(self) -> float | None:
        """The probability that the change has the sign that it shows."""
        if self.chance is None or self.same:
            return None
        return self.chance if self.ours < self.theirs else 1.0 - self.chance

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

    Costs are compared under the same draws (cim.uncertainty), so that what two designs have in
    common cancels. Predictions of mIoU are independent and normal.
    """
    out = {}
    for name in FIGURES:
        a, b = ours.metrics[name], theirs.metrics[name]
        if a is None or b is None:
            continue
        change = a - b if name == "miou" else a / b - 1.0
        out[name] = Difference(name, a, b, change, *_range(name, ours, theirs))
    return out


def as_json(found: Mapping[str, Difference]) -> dict[str, dict[str, float]]:
    """As `compare` prints it (interface.md)."""
    out: dict[str, dict[str, float]] = {}
    for name, d in found.items():
        if d.low is None or d.high is None or d.chance is None:
            continue
        if name == "miou":
            known = {"difference": d.change, "low": d.low, "high": d.high}
            out[name] = {**known, "probability_more": 1.0 - d.chance}
        else:
            known = {"ratio": d.change + 1.0, "low": d.low, "high": d.high}
            out[name] = {**known, "probability_less": d.chance}
    return out


def verdicts(answer: Evaluation, limits: Limits) -> dict[str, LimitCheck]:
    """By metric, for each limit that is switched on and whose figure is known."""
    out = {}
    rate = answer.design.workload.images_per_second
    if rate is not None:
        now = rate_of(answer.cost.latency_us)
        out[LATENCY.name] = LimitCheck(RATE.name, LATENCY.name, rate, now, RATE.over(now, rate))
    for name, limit in LIMITS.items():
        allowed, metric = getattr(limits, name), limit.quantity.name
        found = answer.sigma if limit.quantity is SIGMA else answer.metrics.get(metric)
        if allowed is None or found is None:
            continue
        if metric in out and limit.over(found, allowed) <= out[metric].over:
            continue  # the images per second ask for more
        out[metric] = LimitCheck(name, metric, allowed, found, limit.over(found, allowed))
    return out


def judged(limits: Limits, workload: Workload) -> Limits:
    """What changes of a design are judged by: with the workload's images per second, and with the
    limit on the output error that every search has, where none is set. An error above that is no
    gain, whatever else a change saves."""
    if not limits.max_sigma_rel:
        limits = replace(limits, max_sigma_rel=LIMITS["max_sigma_rel"].default)
    return at_rate(limits, workload)


def excess(metrics: Mapping[str, float | None], limits: Limits) -> dict[str, float]:
    """By limit, how far these figures are beyond it, relative; 0 or less: kept. Limits that are off
    and figures that are not known are left out."""
    found = {}
    for name, limit in LIMITS.items():
        allowed, value = limits.allowed(name), metrics.get(limit.quantity.name)
        if allowed is not None and value is not None:
            found[name] = limit.over(value, allowed)
    return found


def broken(
    metrics: Mapping[str, float | None],
    limits: Limits,
    *,
    before: Mapping[str, float] | None = None,
) -> list[str]:
    """Which limits these figures break, such as "output error 15.5 %, at most 8 %".

    before: `excess` of the design that a step was taken from. What that broke as much is left out.
    """
    found = []
    for name, over in excess(metrics, limits).items():
        if not beyond(name, over, before or {}):
            continue
        limit, quantity = LIMITS[name], LIMITS[name].quantity
        value, allowed = metrics[quantity.name] or 0.0, limits.allowed(name) or 0.0
        shown = f"{quantity.word} {_figures(quantity.scale * value)} {quantity.unit}".strip()
        found.append(f"{shown}, {limit.bound(_figures(quantity.scale * allowed)).strip()}")
    return found


def beyond(name: str, over: float, before: Mapping[str, float]) -> bool:
    """Whether a limit is broken that held before, or further than before."""
    return over > max(KEPT, before.get(name, 0.0))


def _figures(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.4g}"


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


def _range(
    name: str, ours: Evaluation, theirs: Evaluation
) -> tuple[float, float, float] | tuple[None, None, None]:
    """Low, high and the chance that ours is smaller."""
    if name in COSTS:
        pair = ours.cost.compositions[name], theirs.cost.compositions[name]
        low, high = ratio_interval(*pair)
        return float(low), float(high), float(chance_smaller(*pair))
    if name != "miou":
        return None, None, None
    spread = math.hypot(_half(ours), _half(theirs)) / Z90
    gap = theirs.metrics["miou"] - ours.metrics["miou"]  # type: ignore[operator]
    ends = -gap - Z90 * spread, -gap + Z90 * spread
    if spread == 0.0:
        return (*ends, 0.5 if gap == 0.0 else float(gap > 0.0))
    return (*ends, 0.5 * (1.0 + math.erf(gap / spread / math.sqrt(2.0))))


def _half(answer: Evaluation) -> float:
    interval: Any = answer.interval("miou")
    return 0.0 if interval is None else 0.5 * float(interval[1] - interval[0])
