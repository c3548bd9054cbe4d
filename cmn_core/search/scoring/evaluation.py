"""One design evaluated: what it costs and how well it is predicted to segment (`evaluate`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cmn_core.cim.circuits.conditions import too_slow
from cmn_core.cim.evaluation import DesignCost, evaluate
from cmn_core.cim.technologies.technology import Technology
from cmn_core.design import METRICS, Design
from cmn_core.errors import FieldError
from cmn_core.predictor.basis import Basis
from cmn_core.predictor.routing import Routing
from cmn_core.quantities import reticle_note
from cmn_core.search.accuracy import Accuracy, Estimate, Predicted
from cmn_core.search.objective import OBJECTIVES
from cmn_core.search.scoring.missing_hardware import complete_hardware

MIOU, ON_CHIP = "miou", "miou_on_chip"
ASSUMED = "assumed: one expert gets every token, an upper bound"


@dataclass(frozen=True)
class ExpertLoad:
    """Share of the tokens that the busiest expert of each block gets under top-k, its range over
    networks (None where the share is an upper bound) and where that is from; loads: share of each
    expert of each block, where a memory is stated for each."""

    share: tuple[float, ...]
    low: tuple[float, ...] | None
    high: tuple[float, ...] | None
    source: str
    loads: tuple[tuple[float, ...], ...] | None = None

    def to_json(self) -> dict[str, Any]:
        ends = {"busiest": self.share, "busiest_low": self.low, "busiest_high": self.high}
        out: dict[str, Any] = {name: list(v) for name, v in ends.items() if v is not None}
        if self.loads is not None:
            out["loads"] = [list(block) for block in self.loads]
        return {**out, "busiest_source": self.source}


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A design with its cost, priced once, and its predicted accuracy.

    design: complete, with its metrics; metrics: those of a design and miou_on_chip with its ends,
    in percent, None where there is no basis, which miou_why_not names in words; load: None where
    every expert works on every token.
    """

    design: Design
    cost: DesignCost
    metrics: Mapping[str, float | None]
    miou_source: str | None
    load: ExpertLoad | None
    miou_why_not: str | None = None

    @property
    def sigma(self) -> float:
        """Output error of the worst block, relative; 0 where no block is analog."""
        return max(self.cost.output_sigma_rel)

    @property
    def violated(self) -> dict[str, dict[str, float]]:
        """The limits of its own workload that the design breaks, by name."""
        return too_slow(self.design.workload, self.cost.latency_us)

    def interval(self, metric: str) -> tuple[float, float] | None:
        """90 % interval of energy_uj, latency_us, area_mm2, miou or miou_on_chip, where known."""
        if metric in self.cost.intervals:
            return self.cost.intervals[metric]
        low, high = (self.metrics.get(f"{metric}_{end}") for end in ("low", "high"))
        return None if low is None or high is None else (low, high)

    def to_json(self) -> dict[str, Any]:
        """As `evaluate` prints it (interface.md)."""
        cost, on_chip = self.cost, [n for n in self.metrics if n not in METRICS]
        return {
            **{name: self.metrics[name] for name in METRICS},
            "miou_source": self.miou_source,
            **({} if self.miou_why_not is None else {"miou_why_not": self.miou_why_not}),
            **{name: self.metrics[name] for name in on_chip},
            "output_sigma_rel": list(cost.output_sigma_rel),
            "sigma_parts": {name: list(v) for name, v in cost.sigma_parts.items()},
            "intervals": {name: list(ends) for name, ends in cost.intervals.items()},
            "low": {name: ends[0] for name, ends in cost.intervals.items()},
            "high": {name: ends[1] for name, ends in cost.intervals.items()},
            "waiting_uj": cost.waiting_uj,
            "violated": self.violated,
            "reticle": reticle_note(cost.area_mm2) or None,
            "tops_per_w": cost.tops_per_w,
            "images_per_s": cost.images_per_s,
            "deployment": cost.deployment.to_json(),
            "blocks": [block.to_json() for block in cost.blocks],
            "hardware": cost.hardware.to_json(),
            **({} if self.load is None else self.load.to_json()),
        }


def evaluate_design(
    design: Design,
    *,
    objective: str = "edp",
    accuracy: Accuracy | None = None,
    technologies: Mapping[str, Technology] | None = None,
    routing: Routing | None = None,
    seed: int = 0,
    particles: int = 30,
    iterations: int = 50,
) -> Evaluation:
    """One design, with hardware found for whatever it leaves open.

    objective: what missing macros or replicas are searched for; the others as in
    `evaluate_complete`. FieldError for an unknown objective too.
    """
    if objective not in OBJECTIVES:
        raise FieldError(
            "objective", f"found '{objective}'", f"allowed are {', '.join(OBJECTIVES)}"
        )
    hardware = complete_hardware(
        design,
        objective=objective,
        technologies=technologies,
        seed=seed,
        particles=particles,
        iterations=iterations,
        routing=routing,
    )
    whole = replace(design, hardware=hardware)
    return evaluate_complete(whole, accuracy=accuracy, technologies=technologies, routing=routing)


def evaluate_complete(
    design: Design,
    *,
    accuracy: Accuracy | None = None,
    technologies: Mapping[str, Technology] | None = None,
    routing: Routing | None = None,
) -> Evaluation:
    """One design whose hardware is complete, priced once.

    accuracy: source of mIoU, None where there is no basis (then null); technologies: others than
    the built-in ones, by memory; routing: measured, for the busiest expert of a design with top-k,
    which else gets every token. FieldError for hardware that cannot be built and where `routing`
    knows no such network.
    """
    load = _load(design, routing)
    share = 1.0 if load is None else load.share
    loads = None if load is None else load.loads
    cost = evaluate(design, technologies, busiest=share, loads=loads)
    miou, on_chip = _named(MIOU, None), _named(ON_CHIP, None)
    source = None
    known = accuracy if isinstance(accuracy, Predicted) else None
    experts = design.architecture.experts
    if known is not None:
        missing = known.why_not(experts)
    else:  # measured on images as they are
        missing = Basis(images=None).why_not(experts, design.workload)
    reason = None if missing is None else missing[1]
    if accuracy is None:
        reason = f"no networks of {design.space} were measured"
    elif reason is None:
        genes = np.array([design.architecture.experts]), np.array([design.architecture.hidden])
        miou = _named(MIOU, accuracy(*genes))
        source = None if miou[MIOU] is None else accuracy.source
        if known is not None:
            sigma_rel = np.array([cost.output_sigma_rel])
            on_chip = _named(ON_CHIP, known.on_chip(*genes, sigma_rel))
    metrics = {**cost.metrics, **miou, **on_chip}
    whole = replace(design, hardware=cost.hardware).with_metrics(metrics)
    return Evaluation(whole, cost, metrics, source, load, reason)


def _load(design: Design, routing: Routing | None) -> ExpertLoad | None:
    top_k, experts = design.workload.experts_of_token, design.architecture.experts
    if top_k is None or design.workload.dense(experts):
        return None
    if routing is None:
        return ExpertLoad((1.0,) * len(experts), None, None, ASSUMED)
    found = routing.busiest(experts, top_k)
    if found is None:
        was = f"no routing of {list(experts)} experts was measured on {routing.dataset}"
        raise FieldError("busiest", was, "worst is allowed")
    by_expert = design.hardware is not None and design.hardware.by_expert
    loads = routing.loads_of(experts, top_k) if by_expert else None
    return ExpertLoad(found.share, found.low, found.high, routing.source, loads)


def _named(name: str, answer: Estimate | None) -> dict[str, float | None]:
    """One estimate under the names of the metrics; None where there is no basis."""
    names = (name, f"{name}_low", f"{name}_high")
    if answer is None:
        return dict.fromkeys(names)
    values = [float(np.asarray(v).ravel()[0]) for v in (answer.miou, answer.low, answer.high)]
    known = bool(np.isfinite(values).all())
    return dict(zip(names, values if known else (None,) * 3, strict=True))
