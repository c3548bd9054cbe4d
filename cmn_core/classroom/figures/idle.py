"""Energy per image when images come slowly: what each memory spends working and waiting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cmn_core.cim.chip import combine
from cmn_core.cim.costs import PJ_PER_UW_NS
from cmn_core.classroom.specimen import priced

# Parts of a breakdown by what a student calls them; parts not named belong to the last.
CAUSES: Mapping[str, tuple[str, ...]] = {
    "Cells and drivers": ("cells", "drivers", "dac", "charge", "multipliers", "operands"),
    "Reading: ADC, adders": (
        "adc",
        "column_mux",
        "shift_add",
        "adders",
        "adder_tree",
        "accumulators",
        "control",
    ),
    "Other logic, buffers": (),
    "Leakage": ("leakage",),
}
UJ_PER_PJ = 1e-6
NS_PER_S = 1e9


@dataclass(frozen=True)
class Idle:
    """One memory with an image every interval_s: energy of an image by cause, waiting included."""

    memory: str
    energy_uj: Mapping[str, float]
    latency_s: float
    standby_uw: float

    @property
    def total_uj(self) -> float:
        return sum(self.energy_uj.values())


def idle(memory: str, interval_s: float) -> Idle:
    """The specimen on one memory. Images that come faster than it works make it work without a
    pause; nothing is powered off that a memory needs to keep its content."""
    costs = priced(memory, detail=True)
    chip = combine({memory: costs}, [memory == "rram"] * 4)
    parts: dict[str, float] = dict.fromkeys(CAUSES, 0.0)
    cause_of = {part: cause for cause, names in CAUSES.items() for part in names}
    for table in (costs.parts["energy_pj"], costs.parts["other_energy_pj"]):
        for name, value in table.items():
            cause = cause_of.get(name, "Other logic, buffers")
            parts[cause] += UJ_PER_PJ * float(np.sum(value))
    standby = float(np.sum(costs.standby_uw + costs.other_standby_uw))
    latency_ns = float(chip.latency_us) * 1e3
    pause_ns = max(interval_s * NS_PER_S - latency_ns, 0.0)
    parts["Leakage"] += float(chip.energy_uj) - sum(parts.values())
    parts["Leakage"] += UJ_PER_PJ * PJ_PER_UW_NS * standby * pause_ns
    return Idle(memory, parts, latency_ns / NS_PER_S, standby)


def even_at_s() -> float | None:
    """Interval from which RRAM spends less per image than SRAM; None where there is none."""
    rram, sram = idle("rram", 0.0), idle("sram", 0.0)
    lost_uw = sram.standby_uw - rram.standby_uw
    if lost_uw <= 0.0:
        return None
    start = rram.total_uj - rram.standby_uw * rram.latency_s
    other = sram.total_uj - sram.standby_uw * sram.latency_s
    return max((start - other) / lost_uw, rram.latency_s)
