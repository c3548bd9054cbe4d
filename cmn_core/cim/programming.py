"""Writing a network into its arrays, once: energy, time and how often that can be repeated.

Resident weights are written once per deployment and are no part of an inference's energy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cmn_core.architecture import Architecture, SearchSpace
from cmn_core.cim.circuits import components as part
from cmn_core.cim.circuits.macro import Macro, build_macro
from cmn_core.cim.technologies.technology import Technology
from cmn_core.cim.workload import CLASSES, OTHER, lay_out
from cmn_core.design import Hardware, Workload


@dataclass(frozen=True)
class Deployment:
    """cells: written, copies included; rewrites: deployments that the guaranteed endurance allows,
    None where there is no such limit."""

    cells: float
    energy_uj: float
    time_ms: float
    rewrites: float | None

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


def deploy(
    space: SearchSpace,
    workload: Workload,
    architecture: Architecture,
    hardware: Hardware,
    technologies: Mapping[str, Technology],
    classes: int = CLASSES,
) -> Deployment:
    """What it takes to write that network into that chip's arrays; hardware must be complete."""
    layout = lay_out(space, workload, classes)
    hidden = np.asarray(architecture.hidden, dtype=np.float64)
    stored = layout.total("weights", "attention", "reduction", *OTHER)
    expert = layout.depth * layout.width * 2.0 * hidden
    copies = np.asarray(hardware.replicas, dtype=np.float64)
    cells, energy, time = 0.0, 0.0, 0.0
    limits: list[float] = []
    for memory in hardware.technologies:
        technology = technologies[memory]
        macro = build_macro(technology, workload, hardware.macros[memory])
        here = np.array([m == memory for m in hardware.memory])
        apart = [None if own is None else own.count(memory) for own in hardware.experts]
        resident = [
            e if n is None and m == memory else n or 0
            for e, n, m in zip(architecture.experts, apart, hardware.memory, strict=True)
        ]
        own = np.where(here, stored, 0.0) + expert * np.array(resident)
        weights = float((own * copies).sum())
        resistive = "endurance_writes" in technology.constants
        write = write_rram if resistive else write_sram
        used, pj, ns = write(technology, macro, hardware.macros[memory], weights)
        cells, energy, time = cells + used, energy + pj, time + ns
        if resistive:
            limits.append(technology.value("endurance_writes"))
    return Deployment(cells, energy * 1e-6, time * 1e-6, min(limits) if limits else None)


def write_rram(
    technology: Technology, macro: Macro, knobs: Mapping[str, float], weights: float
) -> tuple[float, float, float]:
    """Cells, pJ and ns of writing that many weights: a reset, then set pulses until it reads right.

    Pulses grow with the levels that are told apart; each takes V^2 G t at the mean conductance and
    is followed by a read that verifies it: the cell's current and a conversion. The time of a pulse
    includes that read.
    """
    value = technology.value
    pulses = value("write_pulses_per_level") * 2.0 ** knobs["cell_bits"]
    cells = weights * float(macro.slices) * value("cells_per_pair")
    mean_us = 0.5 * (value("conductance_min_us") + value("conductance_max_us"))
    set_pj = 1e-3 * value("set_v") ** 2 * mean_us * value("set_ns")  # uS V2 ns = fJ
    reset_pj = 1e-3 * value("reset_v") ** 2 * mean_us * value("reset_ns")
    verify_pj = verify_read_pj(technology, knobs, mean_us)
    cell_ns = value("set_ns") * pulses + value("reset_ns")
    at_once = value("bits_written_at_once") * value("arrays_written_at_once")
    pj = pulses * (set_pj + verify_pj) + reset_pj + verify_pj
    return cells, cells * pj, cells / at_once * cell_ns


def verify_read_pj(technology: Technology, knobs: Mapping[str, float], mean_us: float) -> float:
    """One read of one cell: what it conducts while the read lasts, and its conversion."""
    bits, one = np.asarray(float(knobs["adc_bits"])), np.ones(())
    supply = np.asarray(float(knobs["vdd_v"]))
    ns = part.read_ns(technology, bits, one, one) * part.read_delay(technology, supply)
    current_ua = technology.value("read_v") * mean_us
    conducted = 1e-3 * technology.value("nominal_vdd_v") * current_ua * ns
    return float(conducted + part.conversion_pj(technology, bits, supply, ns))


def write_sram(
    technology: Technology, macro: Macro, knobs: Mapping[str, float], weights: float
) -> tuple[float, float, float]:
    """Cells, pJ and ns of writing that many weights into SRAM, a row of one array per cycle."""
    cells = weights * float(macro.slices)
    pj = cells * technology.value("sram_write_pj_per_bit")
    rows = cells / float(macro.cols)
    return cells, pj, rows * technology.value("sram_write_ns_per_row")
