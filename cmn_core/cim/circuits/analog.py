"""Analog arrays, RRAM or SRAM: column currents or charges, read by shared ADCs.

`analog_macro` takes how often and in how many slices a product is read; `build_analog` derives both
from a workload's precision, cmn_core.silicon from the row of a published chip.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.circuits import components as part
from cmn_core.cim.circuits.adc_error import digits, error_per_row, magnitude_bits
from cmn_core.cim.circuits.array import BITS_PER_MB, Charge, Macro, off_as_a_whole
from cmn_core.cim.technologies.technology import Technology
from cmn_core.design import Workload
from cmn_core.quantities import RANDOM_ACTIVITY


def build_analog(tech: Technology, workload: Workload, k: Mapping[str, Floats]) -> Macro:
    """The macro that works at the workload's precision. k: arrays of one shape, by knob."""
    table = digits(workload.weight_bits, int(tech.knob["cell_bits"].high), tech.value("crest"))
    slices = np.ceil(magnitude_bits(workload.weight_bits) / k["cell_bits"])
    return analog_macro(
        tech,
        k,
        steps=np.ceil(workload.activation_bits / k["dac_bits"]),
        slices=slices,
        weight_bits=workload.weight_bits,
        activity=workload.activity,
        digit_share=table.mean_share[k["cell_bits"].astype(np.int64)],
        error=error_per_row(
            tech,
            weight_bits=workload.weight_bits,
            activation_bits=workload.activation_bits,
            active_rows=k["active_rows"],
            adc_bits=k["adc_bits"],
            cell_bits=k["cell_bits"],
            dac_bits=k["dac_bits"],
        ),
    )


def analog_macro(
    tech: Technology,
    k: Mapping[str, Floats],
    *,
    steps: Floats,
    slices: Floats,
    weight_bits: float,
    digit_share: Floats | float,
    error: Floats,
    stated_ns: float | None = None,
    activity: float = RANDOM_ACTIVITY,
) -> Macro:
    """One array. k: arrays of one shape, by knob.

    steps: input steps of a product; slices: columns of a weight
    digit_share: mean stored digit over the largest one, for the current of a cell
    stated_ns: time of a read where a published chip states it, else the model's own
    activity: ones among the input bits, which is also the mean of a digit over its largest
    """
    rows, cols, active, vdd = k["rows"], k["cols"], k["active_rows"], k["vdd_v"]
    adc_bits, cell_bits, dac_bits = k["adc_bits"], k["cell_bits"], k["dac_bits"]
    pairs = tech.value("cells_per_pair")
    resistive = "cell_area_um2" in tech.constants
    scale = part.supply_energy(tech, vdd)
    square = vdd * vdd
    places = steps * slices
    lanes = np.ceil(cols / k["columns_per_adc"])
    own_ns = part.read_ns(tech, adc_bits, active, dac_bits) * part.read_delay(tech, vdd)
    own_ns = own_ns * part.factor(tech, "array_delay_factor")
    # One time: the cells conduct and the converters draw for as long as the read lasts.
    phase_ns = own_ns if stated_ns is None else np.full_like(vdd, stated_ns)

    g_min, g_max = tech.value("conductance_min_us"), tech.value("conductance_max_us")
    pair_us = pairs * g_min + (g_max - g_min) * digit_share
    # The clamp draws the cells' current from the supply: I = V_read G where an input is one, and
    # with a lower supply less of it, so that energy goes as V^2 t.
    current_ua = tech.value("read_v") * activity * pair_us
    cell_pj = (1e-3 * tech.value("nominal_vdd_v")) * current_ua * scale * phase_ns
    line_ff = pairs * cols * tech.value("wordline_cap_ff") * activity
    row_pj = 1e-3 * line_ff * square + part.register_pj(tech) * dac_bits * scale
    dac_ff = np.where(dac_bits > 1.0, tech.value("dac_cap_ff") * dac_bits, 0.0)
    mux_pj = 1e-3 * tech.value("mux_gates") * tech.value("gate_cap_ff") * square
    # A resistive cell holds all bits of its digit, an SRAM cell one.
    cells = pairs * (np.ones_like(cell_bits) if resistive else np.ceil(cell_bits))
    charge_pj = 1e-3 * part.extra(tech, "cell_charge_ff") * cells * square
    timing_pj = 1e-3 * part.extra(tech, "timing_cap_ff") * square
    # Rows are driven anew for each group of columns that shares the converters.
    drives = steps * np.ceil(cols / lanes)

    def of(name: str) -> float:
        return part.factor(tech, f"{name}_energy_factor")

    energy = {
        "cells": Charge(weight=places * (of("cell") * cell_pj)),
        "charge": Charge(weight=places * (of("charge") * charge_pj)),
        "drivers": Charge(row=drives * (of("row") * row_pj)),
        "dac": Charge(row=drives * (1e-3 * of("dac") * dac_ff * square)),
        "adc": Charge(read=places * part.conversion_pj(tech, adc_bits, vdd, phase_ns)),
        "column_mux": Charge(read=places * mux_pj),
        "timing": Charge(read=places * (of("timing") * timing_pj)),
        "shift_add": Charge(read=places * tech.value("shift_add_pj") * scale),
        "adders": Charge(sum=slices * part.accumulator_pj(tech) * scale),
    }
    cell_um2 = part.extra(tech, "cell_area_um2") or tech.value("sram_cell_area_um2")
    driver_um2 = tech.value("driver_area_um2") * tech.value("level_shifter_factor")
    register = tech.value("register_area_um2")
    mux_um2 = tech.value("mux_gates") * tech.value("gate_area_um2")
    area = {
        "cells": rows * cols * (part.factor(tech, "cell_area_factor") * pairs * cell_um2),
        "drivers": rows * (driver_um2 * part.two_to(dac_bits - 1.0) + register * dac_bits),
        "adc": lanes * part.adc_um2(tech, adc_bits) * part.factor(tech, "adc_area_factor"),
        "column_mux": cols * mux_um2,
        "lines": (rows + cols) * part.line_um2(tech),
        "control": np.full_like(rows, part.control_um2(tech)),
        "shift_add": lanes * tech.value("shift_add_area_um2")
        + cols * (tech.value("accumulator_bits") * register),
    }
    static = of("static") * part.extra(tech, "static_uw_per_adc")
    on_uw = static * lanes * scale
    macro = Macro(
        rows=rows,
        cols=cols,
        group_rows=active,
        groups=np.ceil(rows / active),
        lanes=lanes,
        slices=slices,
        read_ns=steps * phase_ns,
        on_uw=on_uw,
        draws=True,
        standby_uw=_standby_uw(tech, rows * cols, vdd),
        mb=rows * cols * (weight_bits / slices) / BITS_PER_MB,
        error=error,
        energy=energy,
        area_um2=area,
    )
    return off_as_a_whole(macro, **part.whole(tech))


def _standby_uw(tech: Technology, cells: Floats, vdd: Floats) -> Floats:
    """What goes on leaking: SRAM cells; RRAM keeps its weights without a supply."""
    if "sram_cell_standby" not in tech.constants:
        return np.zeros_like(vdd)
    leak_uw = 1e-6 * tech.value("sram_cell_leakage_pw") * cells
    return tech.value("sram_cell_standby") * leak_uw * part.supply_leakage(tech, vdd)
