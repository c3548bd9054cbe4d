"""One network on every assignment of its four blocks to the two memories: 16 chips.

Hardware is searched for each assignment, so that none is judged by arrays made for another. This
takes about ten seconds; `python -m cmn_core.whatif.assignments` does it in a process of its own,
for callers that must not be held up: {"design", "objective", "limits"} in, the list out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from cmn_core.cim.technologies.node_scaling import known_at
from cmn_core.cim.technologies.parameters import technologies
from cmn_core.cim.technologies.technology import Technology
from cmn_core.datasets.info import DEFAULT
from cmn_core.design import MEMORIES, Design, parse_design
from cmn_core.predictor.routing import routing_of
from cmn_core.quantities import ARRAYS, COSTS
from cmn_core.search.constraints import Limits, at_rate
from cmn_core.search.hardware import best_hardware

PARTICLES, ITERATIONS = 10, 10  # found what 30 x 50 found on every assignment tried
FIGURES = (*COSTS, ARRAYS.name)


@dataclass(frozen=True)
class Assignment:
    """memory: of blocks 1..4; design: with the hardware found; figures: of FIGURES; feasible:
    whether the limits on hardware are kept."""

    memory: tuple[str, ...]
    design: Design
    figures: Mapping[str, float]
    feasible: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "memory": list(self.memory),
            "design": self.design.to_json(),
            "figures": dict(self.figures),
            "feasible": self.feasible,
        }


def assignments(
    design: Design,
    *,
    objective: str,
    limits: Limits,
    seed: int = 0,
    technologies: Mapping[str, Technology] | None = None,
) -> list[Assignment]:
    """All 16, from all-RRAM to all-SRAM, of memories that sources know at the workload's node;
    objective: a key of search.score.OBJECTIVES."""
    genes = np.array([design.architecture.experts]), np.array([design.architecture.hidden])
    routing = routing_of(design.space, DEFAULT, design.architecture.experts, design.workload)
    out = []
    known = [name for name in MEMORIES if known_at(name, design.workload)]
    asked = at_rate(replace(limits, min_miou=None), design.workload)
    for memory in product(known, repeat=4):
        found = best_hardware(
            design.search_space,
            design.workload,
            *genes,
            memory=memory,
            objective=objective,
            limits=asked,
            seed=seed,
            particles=PARTICLES,
            iterations=ITERATIONS,
            technologies=technologies,
            loads=None if routing is None else routing.loads,
        )
        bare = replace(design, hardware=found.hardware(0), metrics=None, provenance=None)
        figures = {name: float(np.ravel(getattr(found.chip, name))[0]) for name in FIGURES}
        out.append(Assignment(memory, bare, figures, bool(found.feasible[0])))
    return out


def main() -> int:
    asked = json.load(sys.stdin)
    found = assignments(
        parse_design(asked["design"]),
        objective=asked["objective"],
        limits=Limits.from_json(asked["limits"]),
        technologies=technologies(asked.get("parameters", "silicon"), asked.get("technology")),
    )
    json.dump([one.to_json() for one in found], sys.stdout)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
