"""Experts that rest: what dense and sparse routing cost on the same arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cmn_core.cim.chip import combine
from cmn_core.classroom.specimen import WORKLOAD, priced


@dataclass(frozen=True)
class Routed:
    """top_k: experts that work on a token, None: all of them; latency_us: an upper bound under
    top_k, as if every token went to the same expert; array_mb: of the whole chip."""

    top_k: int | None
    energy_uj: float
    latency_us: float
    array_mb: float


def routed(memory: str, experts: int, top_k: int | None) -> Routed:
    """The specimen with that many experts in every block (1 to 5); top_k up to as many."""
    costs = priced(memory, experts=(experts,) * 4, workload=replace(WORKLOAD, top_k=top_k))
    chip = combine({memory: costs}, [memory == "rram"] * 4)
    array_mb = float(np.sum(costs.array_mb) + np.sum(costs.other_array_mb))
    return Routed(top_k, float(chip.energy_uj), float(chip.latency_us), array_mb)
