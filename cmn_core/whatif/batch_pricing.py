"""Many variants of one design, priced in one go, each with what its totals are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Bools
from cmn_core.cim.chip import combine, price
from cmn_core.cim.costs import ChipCost
from cmn_core.cim.technologies.node_scaling import in_use
from cmn_core.cim.technologies.technology import Technology
from cmn_core.cim.uncertainty import Composition, compose
from cmn_core.design import MEMORIES, Design
from cmn_core.predictor.routing import Loads

Technologies = Mapping[str, Technology]


@dataclass(frozen=True, eq=False)
class VariantCosts:
    """M variants: chip [M]; compositions of energy_uj, latency_us, area_mm2 [M]; buildable [M].

    Figures of a variant that cannot be built are those of its default macro and mean nothing.
    """

    chip: ChipCost
    compositions: Mapping[str, Composition]
    buildable: Bools


def price_points(
    designs: Sequence[Design],
    technologies: Technologies | None = None,
    *,
    loads: Loads | None = None,
) -> VariantCosts:
    """Price complete designs that share network family and workload; one is a batch of one.

    loads: `Routing.loads` of the busiest experts, None where one gets every token.

    FieldError for an image that is too small for the network.
    """
    first = designs[0]
    rram = np.array([[m == "rram" for m in _memory(d)] for d in designs])
    experts = np.array([d.architecture.experts for d in designs])
    hidden = np.array([d.architecture.hidden for d in designs])
    replicas = np.array([d.hardware.replicas for d in designs])  # type: ignore[union-attr]
    used = [m for m in MEMORIES if bool((rram if m == "rram" else ~rram).any())]
    library = {m: in_use(m, first.workload, technologies) for m in used}
    good = np.ones(len(designs), dtype=np.bool_)
    busiest: Any = 1.0
    used_experts = first.workload.experts_of_token
    if loads is not None and used_experts is not None:
        working = np.minimum(experts, used_experts)
        busiest = np.array(loads)[np.arange(BLOCKS), experts, working]
    costs = {}
    for memory, technology in library.items():
        default = technology.default
        macros = [_macro(d, memory, default) for d in designs]
        knobs = {
            name: np.array([macro[name] for macro in macros], dtype=np.float64)
            for name in technology.knobs
        }
        fits = technology.buildable(knobs)
        good &= fits | ~(rram if memory == "rram" else ~rram).any(axis=1)
        knobs = {n: np.where(fits, v, default[n]) for n, v in knobs.items()}
        costs[memory] = price(
            first.search_space,
            first.workload,
            technology,
            experts=experts,
            hidden=hidden,
            knobs=knobs,
            replicas=replicas,
            busiest=busiest,
            detail=True,
        )
    chip = combine(costs, rram)
    return VariantCosts(chip, compose(costs, rram, chip, library), good)


def _memory(design: Design) -> tuple[str, ...]:
    if design.hardware is None or design.hardware.replicas is None:
        raise ValueError("a complete design is expected")
    return design.hardware.memory


def _macro(design: Design, memory: str, default: Mapping[str, float]) -> Mapping[str, float]:
    macros = design.hardware.macros if design.hardware else {}
    return macros.get(memory, default)
