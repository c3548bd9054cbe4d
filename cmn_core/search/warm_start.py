"""How far a search has come from the design that it began with."""

from __future__ import annotations

from dataclasses import replace

from cmn_core.design import HYBRID, Design, Hardware
from cmn_core.predictor.routing import routing_of
from cmn_core.search.accuracy import Accuracy, provenance
from cmn_core.search.inner.grid import Grid
from cmn_core.search.scenario import Scenario
from cmn_core.search.scoring.evaluation import evaluate_design
from cmn_core.search.start import start_design


def priced_start(scenario: Scenario, accuracy: Accuracy) -> Design | None:
    """The start with complete hardware and metrics; None where the search has none.

    Hardware that it leaves open is found for the scenario's goal, as `evaluate` does.
    """
    if scenario.start is None:
        return None
    design = start_design(scenario.start, scenario.workload)
    if design.hardware is None and scenario.memory != HYBRID:
        m = scenario.memory
        design = replace(design, hardware=Hardware((m, m, m, m)))
    whole = evaluate_design(
        design,
        objective=scenario.objective,
        accuracy=accuracy,
        technologies=scenario.library,
        seed=scenario.seed,
        particles=scenario.particles,
        iterations=scenario.iterations,
        routing=routing_of(
            scenario.space, scenario.dataset, design.architecture.experts, design.workload
        ),
    ).design
    facts = {**(design.provenance or {}), **provenance(scenario, accuracy)}
    return replace(whole, provenance=facts)


def grid_point(grid: Grid, hardware: Hardware) -> tuple[int, ...] | None:
    """Complete hardware as a point of a grid; None where some value is no level of it."""
    values: list[float] = []
    for technology in grid.technologies:
        # A macro that serves no block is any; the grid's default keeps the point complete.
        knobs = hardware.macros.get(technology.name) or technology.default
        values += [float(knobs[name]) for name in technology.knobs]
    values += [float(copies) for copies in hardware.replicas or ()]
    values += [float(memory == "rram") for memory in hardware.memory]
    point = []
    for levels, value in zip(grid.levels, values, strict=True):
        if value not in levels:
            return None
        point.append(levels.index(value))
    return tuple(point)
