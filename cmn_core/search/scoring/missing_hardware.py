"""The hardware of a design, with what its file leaves open found by the inner search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cmn_core.cim.technologies.node_scaling import known_at
from cmn_core.cim.technologies.technology import Technology
from cmn_core.design import HYBRID, Design, Hardware
from cmn_core.errors import FieldError
from cmn_core.predictor.routing import Routing
from cmn_core.search.constraints import Limits, at_rate
from cmn_core.search.objective import BOUNDED, violations
from cmn_core.search.objective import found as reached

if TYPE_CHECKING:
    from cmn_core.search.hardware import Found

_ROUNDING = 1.0 + 1e-9


def complete_hardware(
    design: Design,
    *,
    objective: str,
    technologies: Mapping[str, Technology] | None = None,
    seed: int = 0,
    particles: int = 30,
    iterations: int = 50,
    routing: Routing | None = None,
) -> Hardware:
    """The design's hardware with what is missing found for the objective.

    The limits of a search apply (array capacity, output error) where they can be met. Where they
    cannot, the array capacity gives way, to the least that is possible with the output error
    kept; the output error gives way only where no chip of any capacity keeps it. Without any
    hardware each block gets the technology that serves the objective. routing: measured, else the
    busiest expert gets every token. FieldError where experts lie on both memories and macros or
    replicas are missing.
    """
    given = design.hardware
    if given is not None and given.complete:
        return given
    if given is not None and given.by_expert:
        found = "experts on both memories, without macros or copies"
        raise FieldError(
            "hardware", found, "a design with a memory for each expert states them all"
        )
    from cmn_core.search.hardware import best_hardware  # a third of the start, and seldom asked for

    any_memory = HYBRID if known_at("rram", design.workload) else "sram"
    memory: str | tuple[str, ...] = any_memory if given is None else given.memory
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
            loads=None if routing is None else routing.loads,
        )

    limits = at_rate(Limits(), design.workload)
    result = search(limits)
    if not result.feasible[0]:
        result = search(eased(limits, result))
    hardware = result.hardware(0)
    if given is None:
        return hardware
    return replace(hardware, macros={**given.macros, **hardware.macros})


def eased(limits: Limits, nearest: Found) -> Limits:
    """The limits, raised to what the first of the nearest points reached where it broke them."""
    broken = violations(nearest.chip, limits)[0] > 0.0
    raised = {
        name: float(reached(nearest.chip, name)[0]) * _ROUNDING
        for name, is_broken in zip(BOUNDED, broken, strict=True)
        if is_broken
    }
    if "max_latency_us" in raised:
        limits = replace(limits, images_per_second=None)
    return replace(limits, **raised)
