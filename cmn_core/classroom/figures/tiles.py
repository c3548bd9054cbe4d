"""How many arrays a network takes, block by block and expert by expert."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cmn_core.cim.circuits.macro import build_macro
from cmn_core.cim.technologies.technology import load_technology
from cmn_core.classroom.specimen import EXPERTS, priced
from cmn_core.design import Workload


@dataclass(frozen=True)
class BlockTiles:
    """Arrays of one block: of each of its experts, and of the rest, which is attention."""

    block: int
    experts: int
    per_expert: int
    attention: int

    @property
    def total(self) -> int:
        return self.experts * self.per_expert + self.attention


def tiles(memory: str, experts: tuple[int, ...] = EXPERTS) -> list[BlockTiles]:
    """Default arrays that each block of the specimen takes, all layers together."""
    technology = load_technology(memory)
    mb = float(build_macro(technology, Workload(), technology.default).mb)
    whole = np.rint(priced(memory, experts=experts).array_mb / mb)
    of_experts = np.rint(priced(memory, experts=experts, scope="ffn").array_mb / mb)
    return [
        BlockTiles(b + 1, experts[b], int(of_experts[b]) // experts[b], int(rest))
        for b, rest in enumerate(whole - of_experts)
    ]
