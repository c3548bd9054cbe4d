"""One array with its periphery: what a used cell, read, row and output cost, its area and speed.

Both technologies reduce to the same few figures, so that mapping and pricing know no technology:

- a weight takes `slices` columns; `group_rows` rows are summed at once, `lanes` columns at once;
- energy is charged per stored weight that takes part, per read of an output (one group of rows,
  all slices), per driven row, per partial sum of an output and per nanosecond an array is on.

All figures cover a whole matrix-vector product, that is all bit-serial input steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cmn_core.cim import components as part
from cmn_core.cim.conversion import digits, error_per_row, magnitude_bits
from cmn_core.cim.technology import Knobs, Technology
from cmn_core.design import Workload

FloatArray = NDArray[np.float64]
Amount = FloatArray | float
BITS_PER_MB = 8e6
UM2_PER_NM2 = 1e-6


@dataclass(frozen=True, eq=False)
class Charge:
    """Energy of one part in pJ: per weight, per read of an output, per driven row, per sum."""

    weight: Amount = 0.0
    read: Amount = 0.0
    row: Amount = 0.0
    sum: Amount = 0.0


@dataclass(frozen=True, eq=False)
class Macro:
    """One array. Every field is an array over hardware points.

    rows, cols: size; group_rows: rows of one read; groups: reads that cover all rows;
    lanes: columns finished at once; slices: columns per weight
    read_ns: one read of `lanes` columns
    on_uw: static power while the array works; draws: whether there is any
    standby_uw: leakage that never stops; mb: capacity in MB of weights at their precision
    error: conversion error variance per row, see conversion.error_per_row
    energy, area_um2: by part
    """

    rows: FloatArray
    cols: FloatArray
    group_rows: FloatArray
    groups: FloatArray
    lanes: FloatArray
    slices: FloatArray
    read_ns: FloatArray
    on_uw: FloatArray
    draws: bool
    standby_uw: FloatArray
    mb: FloatArray
    error: FloatArray
    energy: Mapping[str, Charge]
    area_um2: Mapping[str, FloatArray]

    @property
    def total_charge(self) -> Charge:
        """Sum over the parts."""
        charges = list(self.energy.values())
        return Charge(
            _sum([c.weight for c in charges]),
            _sum([c.read for c in charges]),
            _sum([c.row for c in charges]),
            _sum([c.sum for c in charges]),
        )

    @property
    def total_um2(self) -> FloatArray:
        return _sum(list(self.area_um2.values()))


def build_macro(technology: Technology, workload: Workload, knobs: Knobs) -> Macro:
    """The macro of each hardware point. knobs: arrays that broadcast; fields have their shape.

    Knobs are taken to be buildable (Technology.check_macro or Technology.buildable).
    """
    given = [np.asarray(knobs[n], dtype=np.float64) for n in technology.knobs]
    arrays = dict(zip(technology.knobs, np.broadcast_arrays(*given), strict=True))
    build = _analog if technology.kind == "analog" else _digital
    return build(technology, workload, arrays)


def _analog(tech: Technology, workload: Workload, k: Mapping[str, FloatArray]) -> Macro:
    """Column currents of differential 1T1R pairs, read by shared ADCs."""
    rows, cols, active, vdd = k["rows"], k["cols"], k["active_rows"], k["vdd_v"]
    adc_bits, cell_bits, dac_bits = k["adc_bits"], k["cell_bits"], k["dac_bits"]
    pairs = tech.value("cells_per_pair")
    scale = part.supply_energy(tech, vdd)
    zero = np.zeros_like(vdd)
    steps = np.ceil(workload.activation_bits / dac_bits)
    slices = np.ceil(magnitude_bits(workload.weight_bits) / cell_bits)
    places = steps * slices
    lanes = np.ceil(cols / k["columns_per_adc"])
    phase_ns = part.sensing_ns(tech, adc_bits, rows) * part.supply_delay(tech, vdd)

    table = digits(workload.weight_bits, int(tech.knob["cell_bits"].high), tech.value("crest"))
    g_min, g_max = tech.value("conductance_min_us"), tech.value("conductance_max_us")
    pair_us = pairs * g_min + (g_max - g_min) * table.mean_share[cell_bits.astype(np.int64)]
    digit_max = part.two_to(dac_bits) - 1.0
    drive = (2.0 * digit_max + 1.0) / (6.0 * digit_max)  # mean square of a uniform digit
    read_v = tech.value("read_v")
    cell_pj = 1e-3 * read_v * read_v * pair_us * phase_ns * drive  # uS V2 ns = fJ

    line_ff = pairs * cols * tech.value("wordline_cap_ff") * 0.5  # half of the bits are ones
    dac_ff = np.where(dac_bits > 1.0, tech.value("dac_cap_ff") * dac_bits, 0.0)
    row_pj = 1e-3 * (line_ff + dac_ff) * vdd * vdd + part.register_pj(tech) * dac_bits * scale
    mux_pj = 1e-3 * tech.value("mux_gates") * tech.value("gate_cap_ff") * vdd * vdd
    energy = {
        "cells": Charge(weight=places * cell_pj),
        "drivers": Charge(row=steps * row_pj),
        "adc": Charge(read=places * part.adc_pj(tech, adc_bits, vdd)),
        "column_mux": Charge(read=places * mux_pj),
        "shift_add": Charge(read=places * tech.value("shift_add_pj") * scale),
        "adders": Charge(sum=slices * part.accumulator_pj(tech) * scale),
    }
    cell_um2 = tech.value("cell_area_f2") * tech.value("feature_nm") ** 2 * UM2_PER_NM2
    driver_um2 = tech.value("driver_area_um2") * tech.value("level_shifter_factor")
    register = tech.value("register_area_um2")
    area = {
        "cells": rows * cols * (pairs * cell_um2),
        "drivers": rows * (driver_um2 * part.two_to(dac_bits - 1.0) + register * dac_bits),
        "adc": lanes * part.adc_um2(tech, adc_bits),
        "column_mux": cols * (tech.value("mux_gates") * tech.value("gate_area_um2")),
        "shift_add": lanes * tech.value("shift_add_area_um2")
        + cols * (tech.value("accumulator_bits") * register),
    }
    error = error_per_row(
        tech,
        weight_bits=workload.weight_bits,
        activation_bits=workload.activation_bits,
        active_rows=active,
        adc_bits=adc_bits,
        cell_bits=cell_bits,
        dac_bits=dac_bits,
    )
    return Macro(
        rows=rows,
        cols=cols,
        group_rows=active,
        groups=np.ceil(rows / active),
        lanes=lanes,
        slices=slices,
        read_ns=steps * phase_ns,
        on_uw=1e-3 * tech.value("static_nw_per_cell") * pairs * rows * cols,
        draws=True,
        standby_uw=zero,
        mb=rows * cols * (workload.weight_bits / slices) / BITS_PER_MB,
        error=error,
        energy=energy,
        area_um2=area,
    )


def _digital(tech: Technology, workload: Workload, k: Mapping[str, FloatArray]) -> Macro:
    """Bit cells, 1-bit multipliers and an adder tree per column, shared by `rows_per_tree` rows."""
    rows, cols, turns, vdd = k["rows"], k["cols"], k["rows_per_tree"], k["vdd_v"]
    width = k["input_bits_per_step"]
    scale = part.supply_energy(tech, vdd)
    zero = np.zeros_like(vdd)
    steps = np.ceil(workload.activation_bits / width)
    inputs = rows / turns
    shared = np.where(turns > 1.0, 1.0, 0.0)
    slices = np.full_like(vdd, float(workload.weight_bits))
    places = steps * slices
    adders = part.tree_adders(inputs, width)

    line_ff = tech.value("bitline_cap_ff") * tech.value("bitline_activity") * turns * shared
    bit_pj = 1e-3 * line_ff * vdd * vdd
    multiply_pj = 1e-3 * tech.value("multiply_energy_fj") * width * scale
    tree_pj = adders / inputs * part.adder_pj(tech) * scale
    drive_ff = cols * tech.value("wordline_cap_ff") * tech.value("input_activity")
    row_pj = width * (1e-3 * drive_ff * vdd * vdd + part.register_pj(tech) * scale)
    accumulate_pj = part.accumulator_pj(tech) * scale
    energy = {
        "cells": Charge(weight=places * bit_pj),
        "multipliers": Charge(weight=places * multiply_pj),
        "drivers": Charge(row=steps * row_pj),
        "adder_tree": Charge(weight=places * tree_pj),
        "accumulators": Charge(read=places * accumulate_pj, sum=slices * accumulate_pj),
    }
    share = tech.value("control_share") / (1.0 - tech.value("control_share"))
    parts = list(energy.values())
    energy["control"] = Charge(
        share * _sum([c.weight for c in parts]),
        share * _sum([c.read for c in parts]),
        share * _sum([c.row for c in parts]),
        share * _sum([c.sum for c in parts]),
    )
    gate, register = tech.value("gate_area_um2"), tech.value("register_area_um2")
    area = {
        "cells": rows * cols * tech.value("sram_cell_area_um2"),
        "multipliers": inputs * cols * gate * (width + shared),
        "drivers": rows * width * (register + gate),
        "adder_tree": adders * cols * tech.value("adder_area_um2"),
        "accumulators": cols * part.accumulator_um2(tech),
    }
    logic_um2 = _sum([v for n, v in area.items() if n != "cells"])
    leak_uw = 1e-6 * tech.value("sram_cell_leakage_pw") * rows * cols
    leak_uw = leak_uw + tech.value("leakage_uw_per_um2") * logic_um2
    settle_ns = tech.value("gate_delay_ns") * (1.0 + part.tree_levels(turns))
    cycle_ns = (settle_ns + part.tree_ns(tech, inputs, width)) * part.supply_delay(tech, vdd)
    return Macro(
        rows=rows,
        cols=cols,
        group_rows=inputs,
        groups=turns,
        lanes=cols,
        slices=slices,
        read_ns=steps * cycle_ns,
        on_uw=zero,
        draws=False,
        standby_uw=leak_uw * part.supply_leakage(tech, vdd),
        mb=rows * cols / BITS_PER_MB,
        error=zero,
        energy=energy,
        area_um2=area,
    )


def _sum(values: list[Amount]) -> FloatArray:
    """Sum in order; what is absent (a plain 0.0) is skipped. numpy's scalars are floats too."""
    present = [np.asarray(v) for v in values if type(v) is not float]
    total = present[0] if present else np.zeros(())
    for value in present[1:]:
        total = total + value
    return total
