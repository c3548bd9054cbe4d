"""One design priced in full, with hardware found for whatever it leaves open (`evaluate`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cmn_core.cim.evaluation import evaluate
from cmn_core.cim.technologies.technology import Technology
from cmn_core.design import Design, Hardware
from cmn_core.errors import FieldError
from cmn_core.predictor.routing import Routing
from cmn_core.search.accuracy import Accuracy, Estimate, Predicted
from cmn_core.search.constraints import Limits
from cmn_core.search.objective import BOUNDED, OBJECTIVES, found, violations
from cmn_core.search.scenario import HYBRID

if TYPE_CHECKING:
    from cmn_core.search.hardware import Found

_ROUNDING = 1.0 + 1e-9


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
) -> dict[str, Any]:
    """The JSON of `evaluate` (interface.md) for one design.

    objective: what missing macros or replicas are searched for; accuracy: source of mIoU, None
    where there is no basis (then null); technologies: others than the built-in ones, by memory;
    routing: measured, for the busiest expert of a design with top-k, which else gets every token;
    missing hardware is searched with that upper bound in any case. FieldError for an unknown
    objective, for hardware that cannot be built and where `routing` knows no such network.
    """
    if objective not in OBJECTIVES:
        raise FieldError(
            "objective", f"found '{objective}'", f"allowed are {', '.join(OBJECTIVES)}"
        )
    complete = replace(
        design,
        hardware=complete_hardware(
            design,
            objective=objective,
            technologies=technologies,
            seed=seed,
            particles=particles,
            iterations=iterations,
        ),
    )
    load = _load(design, routing)
    priced = evaluate(complete, technologies, busiest=load.get("busiest", 1.0))
    miou: dict[str, float | None] = {"miou": None, "miou_low": None, "miou_high": None}
    on_chip = dict(miou)
    source = None
    top_k = design.workload.top_k
    dense = top_k is None or top_k >= max(design.architecture.experts)
    if accuracy is not None and dense:
        genes = np.array([design.architecture.experts]), np.array([design.architecture.hidden])
        miou = _named(accuracy(*genes))
        source = None if miou["miou"] is None else accuracy.source
        if isinstance(accuracy, Predicted):
            on_chip = _named(accuracy.on_chip(*genes, np.array([priced.output_sigma_rel])))
    return {
        **priced.metrics,
        **miou,
        "miou_source": source,
        "miou_on_chip": on_chip["miou"],
        "miou_on_chip_low": on_chip["miou_low"],
        "miou_on_chip_high": on_chip["miou_high"],
        "output_sigma_rel": list(priced.output_sigma_rel),
        "sigma_parts": {name: list(v) for name, v in priced.sigma_parts.items()},
        "intervals": {name: list(ends) for name, ends in priced.intervals.items()},
        "tops_per_w": priced.tops_per_w,
        "images_per_s": priced.images_per_s,
        "deployment": priced.deployment.to_json(),
        "blocks": [dict(block) for block in priced.blocks],
        "hardware": priced.hardware.to_json(),
        **load,
    }


def _load(design: Design, routing: Routing | None) -> dict[str, Any]:
    """Share of the tokens that the busiest expert of each block gets, its range over networks and
    where that is from; nothing where all experts work on every token."""
    top_k, experts = design.workload.top_k, design.architecture.experts
    if top_k is None or top_k >= max(experts):
        return {}
    if routing is None:
        assumed = "assumed: one expert gets every token, an upper bound"
        return {"busiest": [1.0] * len(experts), "busiest_source": assumed}
    found = routing.busiest(experts, top_k)
    if found is None:
        was = f"no routing of {list(experts)} experts was measured on {routing.dataset}"
        raise FieldError("busiest", was, "worst is allowed")
    return {
        "busiest": list(found.share),
        "busiest_low": list(found.low),
        "busiest_high": list(found.high),
        "busiest_source": routing.source,
    }


def _named(answer: Estimate) -> dict[str, float | None]:
    """One estimate under the names of the metrics; None where there is no basis."""
    values = [float(np.asarray(v).ravel()[0]) for v in (answer.miou, answer.low, answer.high)]
    known = bool(np.isfinite(values).all())
    names = ("miou", "miou_low", "miou_high")
    return dict(zip(names, values if known else (None,) * 3, strict=True))


def complete_hardware(
    design: Design,
    *,
    objective: str,
    technologies: Mapping[str, Technology] | None = None,
    seed: int = 0,
    particles: int = 30,
    iterations: int = 50,
) -> Hardware:
    """The design's hardware with what is missing found for the objective.

    The limits of a search apply (array capacity, output error) where they can be met. Where they
    cannot, the array capacity gives way, to the least that is possible with the output error
    kept; the output error gives way only where no chip of any capacity keeps it. Without any
    hardware each block gets the technology that serves the objective.
    """
    given = design.hardware
    if given is not None and given.complete:
        return given
    from cmn_core.search.hardware import best_hardware  # a third of the start, and seldom asked for

    memory: str | tuple[str, ...] = HYBRID if given is None else given.memory
    if not isinstance(memory, str) and len(set(memory)) == 1:
        memory = memory[0]

    def search(limits: Limits) -> Found:
        return best_hardware(
            design.search_space,
            design.workload,
            np.array([design.architecture.experts]),
            np.array([design.architecture.hidden]),
            memory=memory,
            objective=objective,
            limits=limits,
            seed=seed,
            particles=particles,
            iterations=iterations,
            macros=None if given is None else given.macros,
            replicas=None if given is None else given.replicas,
            technologies=technologies,
        )

    result = search(Limits())
    if not result.feasible[0]:
        result = search(_eased(Limits(), result))
    hardware = result.hardware(0)
    if given is None:
        return hardware
    return replace(hardware, macros={**given.macros, **hardware.macros})


def _eased(limits: Limits, nearest: Found) -> Limits:
    """The limits, raised to what the nearest point reached where it broke them."""
    broken = violations(nearest.chip, limits)[0] > 0.0
    raised = {
        name: float(found(nearest.chip, name)[0]) * _ROUNDING
        for name, is_broken in zip(BOUNDED, broken, strict=True)
        if is_broken
    }
    return replace(limits, **raised)
