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
from cmn_core.cim.evaluation import expert_placement
from cmn_core.cim.portion import Portion, merged, portions, settled
from cmn_core.cim.technologies.node_scaling import in_use
from cmn_core.cim.technologies.technology import Technology
from cmn_core.cim.uncertainty import Composition, compose
from cmn_core.design import MEMORIES, Design
from cmn_core.predictor.routing import Routing

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
    routing: Routing | None = None,
) -> VariantCosts:
    """Price complete designs that share network family and workload; one is a batch of one.

    routing: measured, None where one expert gets every token.

    FieldError for an image that is too small for the network, and for experts on both memories
    under top-k where no routing was measured.
    """
    first = designs[0]
    apart = any(d.hardware is not None and d.hardware.by_expert for d in designs)
    rram = np.array([[m == "rram" for m in _memory(d)] for d in designs])
    experts = np.array([d.architecture.experts for d in designs])
    hidden = np.array([d.architecture.hidden for d in designs])
    replicas = np.array([d.hardware.replicas for d in designs])  # type: ignore[union-attr]
    used = [m for m in MEMORIES if apart or bool((rram if m == "rram" else ~rram).any())]
    library = {m: in_use(m, first.workload, technologies) for m in used}
    good = np.ones(len(designs), dtype=np.bool_)
    busiest: Any = 1.0
    used_experts = first.workload.experts_of_token
    if routing is not None and used_experts is not None:
        working = np.minimum(experts, used_experts)
        busiest = np.array(routing.loads)[np.arange(BLOCKS), experts, working]
    here = _portions(designs, busiest, routing) if apart else {}
    costs = {}
    for memory, technology in library.items():
        default = technology.default
        macros = [_macro(d, memory, default) for d in designs]
        knobs = {
            name: np.array([macro[name] for macro in macros], dtype=np.float64)
            for name in technology.knobs
        }
        fits = technology.buildable(knobs)
        own = [memory in d.hardware.technologies for d in designs]  # type: ignore[union-attr]
        good &= fits | ~np.array(own)
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
            portion=here.get(memory),
        )
    if apart:
        costs = dict(zip(costs, settled(*costs.values()), strict=True))
        chip = combine({"rram": merged(*costs.values())}, np.ones_like(rram))
        return VariantCosts(chip, compose(costs, None, chip, library), good)
    chip = combine(costs, rram)
    return VariantCosts(chip, compose(costs, rram, chip, library), good)


def _portions(
    designs: Sequence[Design], busiest: Any, routing: Routing | None
) -> dict[str, Portion]:
    """What of the blocks of every design each memory holds."""
    every = [expert_placement(d, _loads(d, routing)) for d in designs]
    load, rram, with_rest = (np.stack(column) for column in zip(*every, strict=True))
    return dict(zip(MEMORIES, portions(load, rram, with_rest, busiest), strict=True))


def _loads(design: Design, routing: Routing | None) -> tuple[tuple[float, ...], ...] | None:
    """Share of the tokens of each expert, where that is known."""
    top_k = design.workload.experts_of_token
    if routing is None or top_k is None:
        return None
    return routing.loads_of(design.architecture.experts, top_k)


def _memory(design: Design) -> tuple[str, ...]:
    if design.hardware is None or design.hardware.replicas is None:
        raise ValueError("a complete design is expected")
    return design.hardware.memory


def _macro(design: Design, memory: str, default: Mapping[str, float]) -> Mapping[str, float]:
    macros = design.hardware.macros if design.hardware else {}
    return macros.get(memory, default)
