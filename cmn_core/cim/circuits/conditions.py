"""What a chip leaks while it works and while it waits: temperature, retention, gating, waking.

While a chip waits for the next image, SRAM cells hold their weights at a lowered supply and all
else is gated: periphery of either memory, RRAM with it, which keeps its weights without a supply.
To wake, every node of the periphery is charged once. Sources: logic.toml and docs/simulator.md, 7.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.circuits import components as part
from cmn_core.cim.circuits.array import Macro
from cmn_core.cim.costs import PJ_PER_UW_NS
from cmn_core.cim.technologies.technology import Knobs, Technology
from cmn_core.design import Workload
from cmn_core.quantities import RATE, ROOM_C

NS_PER_S = 1e9
US_PER_S = 1e6


def heat(technology: Technology, workload: Workload) -> float:
    """Leakage relative to that at 25 degrees: it doubles every so many kelvin."""
    above = workload.temperature_c - ROOM_C
    return float(2.0 ** (above / technology.value("leakage_doubling_k"))) if above else 1.0


def period_ns(workload: Workload) -> float | None:
    """Time from one image to the next; None where the chip does not wait."""
    rate = workload.images_per_second
    return None if rate is None else NS_PER_S / rate


def rate_of(latency_us: float) -> float:
    """Images per second of a chip that begins one when it has ended the other; infinite where
    they take no time, as a model of free layers alone."""
    return US_PER_S / latency_us if latency_us > 0.0 else math.inf


def too_slow(workload: Workload, latency_us: float) -> dict[str, dict[str, float]]:
    """The limit `images_per_second` where that latency breaks it, by name: what is asked, what was
    found and by how much it falls short; else nothing."""
    asked, found = workload.images_per_second, rate_of(latency_us)
    if asked is None or found >= asked:
        return {}
    return {RATE.name: {"amount": asked - found, "allowed": asked, "found": found}}


def gated_pj(technology: Technology, workload: Workload, leakage_uw: Floats | float) -> Floats:
    """What a part that is gated while the chip waits still leaks from one image to the next.

    leakage_uw: of the part where it is on, at the workload's temperature. Taken for the whole
    period: over the time of work, when the part leaks more, that is counted in vain.
    """
    period = period_ns(workload)
    if period is None:
        return np.zeros(np.shape(leakage_uw))
    return np.asarray(PJ_PER_UW_NS * technology.value("gated_leakage") * period * leakage_uw)


def at_conditions(macro: Macro, technology: Technology, workload: Workload, knobs: Knobs) -> Macro:
    """The macro at the workload's temperature and rate of images.

    hold_pj is what an array takes from one image to the next however short the work is, standby_uw
    what it leaks more than that while the chip works.
    """
    warm = heat(technology, workload)
    if warm != 1.0:
        macro = replace(macro, standby_uw=warm * macro.standby_uw)
    period = period_ns(workload)
    if period is None:
        return macro
    vdd = np.asarray(knobs["vdd_v"], dtype=np.float64)
    logic_um2 = macro.total_um2 - macro.area_um2["cells"]
    logic_uw = warm * technology.value("leakage_uw_per_um2") * logic_um2
    gated = technology.value("gated_leakage") * logic_uw * part.supply_leakage(technology, vdd)
    kept = np.asarray(gated)
    if "cell_area_um2" not in technology.constants:  # no resistive cells: they forget
        cells_uw = 1e-6 * warm * technology.value("sram_cell_leakage_pw") * macro.rows * macro.cols
        held = technology.value("retention_leakage") * cells_uw
        kept = kept + held * part.supply_leakage(technology, vdd)
    node_ff = technology.value("gate_cap_ff") / technology.value("gate_area_um2")
    wake_pj = 1e-3 * node_ff * logic_um2 * vdd * vdd
    return replace(
        macro,
        standby_uw=np.maximum(macro.standby_uw - kept, 0.0),
        hold_pj=PJ_PER_UW_NS * period * kept + wake_pj,
    )
