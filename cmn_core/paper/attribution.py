"""Where the abstract's savings come from: network x hardware, 2 x 2 (`paper --attribution`).

total = baseline on default hardware / searched network on hardware found for it
      = (what the network saves on default hardware) x (what the hardware then saves)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cmn_core.architecture import SPACES, Architecture, SearchSpace
from cmn_core.cim.technologies.parameters import SETS, parameter_set
from cmn_core.cim.workload import Scope, weights
from cmn_core.design import Workload
from cmn_core.paper.assumptions import PRESET, Assumptions, Case
from cmn_core.paper.comparison import SCOPES
from cmn_core.paper.hardware import price_case
from cmn_core.paper.tables import ABSTRACT, printed_network
from cmn_core.quantities import RANDOM_ACTIVITY

MEMORIES = ("rram", "sram")
QUANTITY = {"energy": ("energy_uj", 2, "energy"), "speed": ("latency_us", 1, "latency")}

# M3ViT's ViT-S on NYUv2 (VITA-Group/M3ViT): patches of 16, 12 layers of width 384, every second
# FFN 16 experts of 2C, the others dense of 4C. Written as four stages of three layers on one grid:
# kernels of 15 (padding would add a row to 16), 1 x 1 convolutions between stages, 3 x 3 depthwise
# ones and a SegFormer head for its convolutional one are ours; only the network scope sees them.
M3VIT = SearchSpace(
    "m3vit_s", (384,) * 4, (3,) * 4, (12,) * 4, (1,) * 4, 256, (15, 1, 1, 1), (16, 1, 1, 1)
)
M3VIT_S = Architecture((1, 16, 1, 16), (1536, 768, 1536, 768))


@dataclass(frozen=True)
class Baseline:
    """A network that the searched ones are compared with."""

    name: str
    space: SearchSpace
    architecture: Architecture
    top_k: int | None = None


BASELINES = (
    Baseline("M3ViT-S, 16 experts, dense", M3VIT, M3VIT_S),
    Baseline("M3ViT-S, 16 experts, top-4", M3VIT, M3VIT_S, 4),
    Baseline("largest B0 network", SPACES["b0"], SPACES["b0"].largest),
)


def attribution(chosen: Assumptions = PRESET) -> list[dict[str, Any]]:
    """One line per quantity, memory, baseline, scope and parameter set; sizes last."""
    lines = [
        _line(quantity, memory, baseline, scope, parameters, chosen)
        for parameters in reversed(SETS)
        for scope in SCOPES
        for baseline in BASELINES
        for quantity in QUANTITY
        for memory in MEMORIES
    ]
    return lines + sizes()


def _line(
    quantity: str,
    memory: str,
    baseline: Baseline,
    scope: Scope,
    parameters: str,
    chosen: Assumptions,
) -> dict[str, Any]:
    name, scenario, objective = QUANTITY[quantity]
    technologies = parameter_set(parameters)
    network = printed_network(scenario, memory)

    def cost(space: SearchSpace, architecture: Architecture, hardware: str, k: int | None) -> float:
        case_of_it = case(space, architecture, memory, hardware, k, chosen)
        return float(getattr(price_case(case_of_it, technologies, scope), name))

    base, ours = baseline.space, chosen.space
    corners = {
        "baseline_default": cost(base, baseline.architecture, "default", baseline.top_k),
        "baseline_found": cost(base, baseline.architecture, objective, baseline.top_k),
        "searched_default": cost(ours, network, "default", chosen.top_k),
        "searched_found": cost(ours, network, objective, chosen.top_k),
    }
    return {
        "quantity": quantity,
        "memory": memory,
        "baseline": baseline.name,
        "scope": scope,
        "parameters": parameters,
        "by_network": corners["baseline_default"] / corners["searched_default"],
        "by_hardware": corners["searched_default"] / corners["searched_found"],
        "total": corners["baseline_default"] / corners["searched_found"],
        "baseline_by_hardware": corners["baseline_default"] / corners["baseline_found"],
        "printed": ABSTRACT[quantity, memory],
        **corners,
    }


def case(
    space: SearchSpace,
    architecture: Architecture,
    memory: str,
    hardware: str,
    top_k: int | None,
    chosen: Assumptions,
) -> Case:
    """That network at the preset's image size and 8 bits. hardware: "default" or an objective."""
    workload = Workload(image=chosen.image, top_k=top_k, activity=RANDOM_ACTIVITY)
    return Case(space, architecture, workload, memory, hardware, workload.weight_bits)


def sizes() -> list[dict[str, Any]]:
    """Weights of each baseline over those of each network of Table B1."""
    out = []
    for baseline in BASELINES[::2]:
        e, h = baseline.architecture.experts, baseline.architecture.hidden
        base = float(weights(baseline.space, e, h))
        for memory in MEMORIES:
            for scenario in (1, 2, 3):
                network = printed_network(scenario, memory)
                own = float(weights(SPACES["b0"], network.experts, network.hidden))
                out.append(
                    {
                        "quantity": "size",
                        "memory": memory,
                        "baseline": baseline.name,
                        "scenario": scenario,
                        "baseline_weights": base,
                        "searched_weights": own,
                        "total": base / own,
                        "printed": ABSTRACT["size", "both"],
                    }
                )
    return out
