"""Energy per image when images come slowly: what each memory spends working and waiting.

Waiting is the cost model's own: SRAM cells hold their weights at a lowered supply, all else is
gated, RRAM with it, and waking charges every node of the periphery once (docs/simulator.md, 7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cmn_core.cim.chip import combine
from cmn_core.cim.circuits.conditions import US_PER_S
from cmn_core.classroom.specimen import WORKLOAD, priced

# Parts of a breakdown by what a student calls them; parts not named belong to the last.
CAUSES: Mapping[str, tuple[str, ...]] = {
    "Cells and drivers": ("cells", "drivers", "dac", "charge", "multipliers", "operands"),
    "Reading: ADC, adders": (
        "adc",
        "column_mux",
        "timing",
        "shift_add",
        "adders",
        "adder_tree",
        "accumulators",
        "control",
    ),
    "Other logic, buffers": (),
    "Leakage at work": ("leakage",),
    "Waiting": ("waiting",),
}
UJ_PER_PJ = 1e-6


@dataclass(frozen=True)
class Idle:
    """One memory with an image every interval_s: energy of an image by cause, waiting included;
    keeps: whether the chip is fast enough for that. Where it is not, the energy is that of image
    after image."""

    memory: str
    energy_uj: Mapping[str, float]
    latency_s: float
    keeps: bool

    @property
    def total_uj(self) -> float:
        return sum(self.energy_uj.values())


def idle(memory: str, interval_s: float | None) -> Idle:
    """The specimen on one memory; interval_s: from one image to the next, above 0; None: image
    after image."""
    busy = _priced(memory, None)
    if interval_s is None:
        return busy
    if interval_s < busy.latency_s:
        return replace(busy, keeps=False)
    return _priced(memory, interval_s)


def even_at_s() -> float | None:
    """Interval from which RRAM spends less per image than SRAM; None where there is none.

    Both energies grow in proportion to the interval, from the slower chip's own latency on.
    """
    rram, sram = idle("rram", None), idle("sram", None)
    first = max(rram.latency_s, sram.latency_s)
    gap = [_priced("rram", t).total_uj - _priced("sram", t).total_uj for t in (first, 2.0 * first)]
    if gap[0] <= 0.0:
        return first
    closing = (gap[0] - gap[1]) / first
    return first + gap[0] / closing if closing > 0.0 else None


def _priced(memory: str, interval_s: float | None) -> Idle:
    rate = None if interval_s is None else 1.0 / interval_s
    costs = priced(memory, workload=replace(WORKLOAD, images_per_second=rate), detail=True)
    chip = combine({memory: costs}, [memory == "rram"] * 4)
    parts: dict[str, float] = dict.fromkeys(CAUSES, 0.0)
    cause_of = {part: cause for cause, names in CAUSES.items() for part in names}
    for table in (costs.parts["energy_pj"], costs.parts["other_energy_pj"]):
        for name, value in table.items():
            cause = cause_of.get(name, "Other logic, buffers")
            parts[cause] += UJ_PER_PJ * float(np.sum(value))
    # What leaks in one block while the others work is known to the whole chip alone.
    parts["Leakage at work"] += float(chip.energy_uj) - sum(parts.values())
    return Idle(memory, parts, float(chip.latency_us) / US_PER_S, True)
