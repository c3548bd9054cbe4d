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
from cmn_core.cim.circuits.array import BITS_PER_MB, Charge, Macro
from cmn_core.cim.technologies.technology import Technology
from cmn_core.design import Workload

UM2_PER_NM2 = 1e-6


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
) -> Macro:
    """One array. k: arrays of one shape, by knob.

    steps: input steps of a product; slices: columns of a weight
    digit_share: mean stored digit over the largest one, for the current of a cell
    """
    rows, cols, active, vdd = k["rows"], k["cols"], k["active_rows"], k["vdd_v"]
    adc_bits, cell_bits, dac_bits = k["adc_bits"], k["cell_bits"], k["dac_bits"]
    pairs = tech.value("cells_per_pair")
    scale = part.supply_energy(tech, vdd)
    square = vdd * vdd
    places = steps * slices
    factor = part.factor(tech, "energy_factor")
    lanes = np.ceil(cols / k["columns_per_adc"])
    # The sensing time is that of a phase; the cells conduct for as long as the ADC settles.
    phase_ns = part.sensing_ns(tech, adc_bits, rows) * part.supply_delay(tech, vdd)

    g_min, g_max = tech.value("conductance_min_us"), tech.value("conductance_max_us")
    pair_us = pairs * g_min + (g_max - g_min) * digit_share
    digit_max = part.two_to(dac_bits) - 1.0
    drive = (2.0 * digit_max + 1.0) / (6.0 * digit_max)  # mean square of a uniform digit
    read_v = tech.value("read_v")
    cell_pj = (1e-3 * read_v * read_v) * pair_us * phase_ns * drive  # uS V2 ns = fJ
    line_ff = pairs * cols * tech.value("wordline_cap_ff") * 0.5  # half of the bits are ones
    row_pj = 1e-3 * line_ff * square + part.register_pj(tech) * dac_bits * scale
    dac_ff = np.where(dac_bits > 1.0, tech.value("dac_cap_ff") * dac_bits, 0.0)
    mux_pj = 1e-3 * tech.value("mux_gates") * tech.value("gate_cap_ff") * square
    of_cells = factor * part.factor(tech, "cell_energy_factor")
    of_rows = factor * part.factor(tech, "row_energy_factor")
    of_dac = 1e-3 * factor * part.factor(tech, "dac_energy_factor")
    of_adc = factor * part.factor(tech, "adc_energy_factor")
    of_charge = 1e-3 * factor * part.factor(tech, "charge_energy_factor")
    of_charge = of_charge * part.extra(tech, "cell_charge_ff")
    energy = {
        "cells": Charge(weight=places * (of_cells * cell_pj)),
        "drivers": Charge(row=steps * (of_rows * row_pj)),
        "dac": Charge(row=steps * (of_dac * dac_ff * square)),
        "adc": Charge(read=places * (of_adc * part.adc_pj(tech, adc_bits, vdd))),
        "column_mux": Charge(read=places * (of_adc * mux_pj)),
        "shift_add": Charge(read=places * tech.value("shift_add_pj") * scale),
        "adders": Charge(sum=slices * part.accumulator_pj(tech) * scale),
    }
    if of_charge > 0.0:
        bits = dac_bits * cell_bits  # what a cell charges grows with both operands
        energy["charge"] = Charge(weight=places * (of_charge * bits * square))
    size = part.factor(tech, "area_factor")
    square_um2 = tech.value("feature_nm") ** 2 * UM2_PER_NM2
    cell_um2 = part.extra(tech, "cell_area_f2") * square_um2 or tech.value("sram_cell_area_um2")
    driver_um2 = tech.value("driver_area_um2") * tech.value("level_shifter_factor")
    register = tech.value("register_area_um2")
    mux_um2 = tech.value("mux_gates") * tech.value("gate_area_um2")
    area = {
        "cells": rows * cols * (size * part.factor(tech, "cell_area_factor") * pairs * cell_um2),
        "drivers": rows * (driver_um2 * part.two_to(dac_bits - 1.0) + register * dac_bits),
        "adc": lanes * part.adc_um2(tech, adc_bits) * (size * part.factor(tech, "adc_area_factor")),
        "column_mux": cols * mux_um2,
        "lines": (rows + cols) * (size * part.line_um2(tech)),
        "control": np.full_like(rows, size * part.control_um2(tech)),
        "shift_add": lanes * tech.value("shift_add_area_um2")
        + cols * (tech.value("accumulator_bits") * register),
    }
    of_static = factor * part.factor(tech, "static_energy_factor")
    on_uw = (1e-3 * of_static * tech.value("static_nw_per_cell") * pairs) * rows * cols
    static = of_static * part.extra(tech, "static_uw_per_adc")
    return Macro(
        rows=rows,
        cols=cols,
        group_rows=active,
        groups=np.ceil(rows / active),
        lanes=lanes,
        slices=slices,
        read_ns=steps * part.factor(tech, "delay_factor") * phase_ns,
        on_uw=on_uw + static * lanes if static > 0.0 else on_uw,
        draws=True,
        standby_uw=_standby_uw(tech, rows * cols, vdd),
        mb=rows * cols * (weight_bits / slices) / BITS_PER_MB,
        error=error,
        energy=energy,
        area_um2=area,
    )


def _standby_uw(tech: Technology, cells: Floats, vdd: Floats) -> Floats:
    """What goes on leaking: SRAM cells; RRAM keeps its weights without a supply."""
    if "sram_cell_standby" not in tech.constants:
        return np.zeros_like(vdd)
    leak_uw = 1e-6 * tech.value("sram_cell_leakage_pw") * cells
    return tech.value("sram_cell_standby") * leak_uw * part.supply_leakage(tech, vdd)
