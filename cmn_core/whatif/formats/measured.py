"""Measured accuracy of one's own (predictor/table.py), priced on every memory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from cmn_core.architecture import BLOCKS, SPACES
from cmn_core.arrays import Bools, Floats
from cmn_core.cim.chip import combine, price
from cmn_core.cim.technologies.node_scaling import in_use
from cmn_core.design import MEMORIES, Design, Hardware, Workload
from cmn_core.predictor.table import MOST_ROWS, NEEDED, MeasuredTable, read_measured
from cmn_core.quantities import COSTS

__all__ = [
    "MOST_ROWS",
    "NEEDED",
    "PLACED",
    "MeasuredTable",
    "NetworkCosts",
    "design_of",
    "priced",
    "read_measured",
]

PLACED = ("rram", "sram", "hybrid")


@dataclass(frozen=True, eq=False)
class NetworkCosts:
    """Costs [N] by name of COSTS, and where each block lies [N, 4] (True: RRAM)."""

    costs: Mapping[str, Floats]
    rram: Bools

    def front(self, miou: tuple[float, ...], cost: str) -> list[int]:
        """Networks that no other beats in both mIoU and that cost, cheapest first."""
        spent, out, best = self.costs[cost], [], -math.inf
        for at in sorted(range(len(miou)), key=lambda i: (spent[i], -miou[i])):
            if miou[at] > best:
                out.append(at)
                best = miou[at]
        return out


def priced(table: MeasuredTable, memory: str, workload: Workload | None = None) -> NetworkCosts:
    """Every network on default macros, one copy; hybrid: the memory of each block that gives the
    least energy x latency. memory: of PLACED; workload: of interface.md unless named."""
    asked = Workload() if workload is None else workload
    experts = np.array([n.experts for n in table.networks], dtype=np.float64)
    hidden = np.array([n.hidden for n in table.networks], dtype=np.float64)
    used = MEMORIES if memory == "hybrid" else (memory,)
    costs = {
        name: price(
            SPACES[table.space],
            asked,
            technology,
            experts=experts,
            hidden=hidden,
            knobs={k: np.full(len(experts), v) for k, v in technology.default.items()},
            replicas=np.ones_like(experts),
        )
        for name, technology in ((n, in_use(n, asked)) for n in used)
    }
    best: dict[str, Floats] = {}
    least, where = np.full(len(experts), np.inf), np.zeros((len(experts), BLOCKS), dtype=np.bool_)
    for blocks in _placements(memory):
        rram = np.broadcast_to(np.array(blocks), (len(experts), BLOCKS))
        chip = combine(costs, rram)
        figures = {name: np.asarray(getattr(chip, name)) for name in COSTS}
        better = figures["energy_uj"] * figures["latency_us"] < least
        least = np.where(better, figures["energy_uj"] * figures["latency_us"], least)
        best = {n: np.where(better, v, best.get(n, v)) for n, v in figures.items()}
        where = np.where(better[:, None], rram, where)
    return NetworkCosts(best, where)


def design_of(table: MeasuredTable, found: NetworkCosts, at: int) -> Design:
    """That network with the memories it was priced on, default macros, one copy."""
    a, b, c, d = ("rram" if here else "sram" for here in found.rram[at])
    return Design(table.networks[at], space=table.space, hardware=Hardware((a, b, c, d)))


def _placements(memory: str) -> list[tuple[bool, ...]]:
    if memory == "hybrid":
        return list(product((False, True), repeat=BLOCKS))
    return [(memory == "rram",) * BLOCKS]
