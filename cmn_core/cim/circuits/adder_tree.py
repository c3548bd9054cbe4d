"""Digital arrays: bit cells, 1-bit multipliers and an adder tree per column.

`digital_macro` takes how often and in how many slices a product is read; `build_digital` derives
both from a workload's precision, cmn_core.silicon from the row of a published chip.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.circuits import components as part
from cmn_core.cim.circuits.array import BITS_PER_MB, Charge, Macro, add, off_as_a_whole
from cmn_core.cim.technologies.technology import Technology
from cmn_core.design import Workload
from cmn_core.quantities import RANDOM_ACTIVITY


def build_digital(tech: Technology, workload: Workload, k: Mapping[str, Floats]) -> Macro:
    """The macro that works at the workload's precision. k: arrays of one shape, by knob."""
    return digital_macro(
        tech,
        k,
        steps=np.ceil(workload.activation_bits / k["input_bits_per_step"]),
        weight_bits=workload.weight_bits,
        activity=workload.activity,
    )


def column_macro(
    tech: Technology, k: Mapping[str, Floats], *, steps: Floats, weight_bits: float
) -> Macro:
    """An array with a full adder in every bit cell, which add down the column, bit-serially.

    A weight of N bits takes N columns and log2(rows) more for the carries of the sum; every cell of
    the array adds in every cycle, N of them also multiply. A pipeline register every
    `rows_per_register` rows. Built by no search: silicon such as Colonnade (Kim, JSSC 2021).
    """
    rows, cols, vdd = k["rows"], k["cols"], k["vdd_v"]
    spare = part.tree_levels(rows)
    slices = weight_bits + spare
    outputs = np.maximum(np.floor(cols / slices), 1.0)
    # Sums ripple down the column in every cycle: twice the toggles of a synthesised tree and more.
    factor = part.factor(tech, "tree_energy_factor") * part.factor(tech, "column_energy_factor")
    factor = factor * tech.value("column_activity") / tech.value("adder_activity")
    swing = part.supply_energy(tech, vdd)
    multiply = tech.value("column_multiply_share") * weight_bits / slices
    cell_pj = part.adder_pj(tech) * (1.0 + multiply)
    logic = part.factor(tech, "logic_area_factor")
    gates = tech.value("adder_area_um2") + tech.value("gate_area_um2")
    cells = tech.value("sram_cell_area_um2") * part.factor(tech, "cell_area_factor")
    zero = np.zeros_like(vdd)
    carries = slices + rows / tech.value("rows_per_register")
    carry_ns = part.factor(tech, "tree_delay_factor") * tech.value("adder_carry_ns") * carries
    fixed_ns = part.factor(tech, "clock_delay_factor") * part.extra(tech, "clock_overhead_ns")
    cycle_ns = (carry_ns + fixed_ns) * part.supply_delay(tech, vdd)
    cycle_ns = cycle_ns * part.factor(tech, "array_delay_factor")
    macro = Macro(
        rows=rows,
        cols=cols,
        group_rows=rows,
        groups=np.ones_like(rows),
        lanes=outputs * slices,
        slices=slices,
        read_ns=steps * cycle_ns,
        on_uw=zero,
        draws=False,
        standby_uw=zero,
        mb=rows * outputs * weight_bits / BITS_PER_MB,
        error=zero,
        energy={"adders": Charge(weight=steps * (factor * swing * (cols / outputs) * cell_pj))},
        area_um2={
            "cells": rows * cols * cells,
            "adders": rows * cols * (logic * gates),
            "lines": (rows + cols) * part.line_um2(tech),
            "control": np.full_like(rows, part.control_um2(tech)),
        },
    )
    return off_as_a_whole(macro, **part.whole(tech))


def digital_macro(
    tech: Technology,
    k: Mapping[str, Floats],
    *,
    steps: Floats,
    weight_bits: float,
    activity: float = RANDOM_ACTIVITY,
) -> Macro:
    """One array whose `rows_per_tree` cells take turns.

    steps: input steps of a product; activity: ones among the input bits. What follows an input
    bit (its line, the products, the tree) switches in proportion to it; sums switch regardless.
    """
    rows, cols, turns, vdd = k["rows"], k["cols"], k["rows_per_tree"], k["vdd_v"]
    width = k["input_bits_per_step"]
    # Every node of a digital macro swings like its gates, so one law holds for all of them.
    swing = part.supply_energy(tech, vdd)
    nominal = tech.value("nominal_vdd_v")
    zero = np.zeros_like(vdd)
    inputs = rows / turns
    busy = activity / RANDOM_ACTIVITY
    shared = np.where(turns > 1.0, 1.0, 0.0)
    slices = np.full_like(vdd, float(weight_bits))
    paid = steps * swing
    places = paid * slices
    adders = part.tree_adders(inputs, width)
    square = 1e-3 * nominal * nominal  # fF to pJ at the nominal supply

    accumulate_pj = part.factor(tech, "accumulator_energy_factor") * part.accumulator_pj(tech)
    line_pj = square * tech.value("bitline_cap_ff") * tech.value("bitline_activity")
    multiply_pj = part.factor(tech, "multiply_energy_factor") * tech.value("multiply_energy_fj")
    multiply_pj = busy * multiply_pj
    word_pj = square * part.extra(tech, "word_cap_ff") * part.factor(tech, "operand_energy_factor")
    word_pj = busy * word_pj
    wire_pj = busy * square * tech.value("wordline_cap_ff") * tech.value("input_activity")
    drive_pj = part.factor(tech, "row_energy_factor") * (wire_pj * cols + part.register_pj(tech))
    tree_pj = busy * part.factor(tech, "tree_energy_factor") * part.adder_pj(tech)
    energy = {
        # The cells of a group are read once; the bits stay at the multipliers for all input steps.
        "cells": Charge(weight=slices * swing * (line_pj * turns * shared)),
        "multipliers": Charge(weight=places * (1e-3 * multiply_pj * width)),
        "operands": Charge(weight=places * (word_pj * width)),
        "drivers": Charge(row=paid * width * drive_pj),
        "adder_tree": Charge(weight=places * (tree_pj * (adders / inputs))),
        "accumulators": Charge(read=places * accumulate_pj, sum=slices * swing * accumulate_pj),
    }
    share = tech.value("control_share") / (1.0 - tech.value("control_share"))
    parts = list(energy.values())
    energy["control"] = Charge(
        share * add([c.weight for c in parts]),
        share * add([c.read for c in parts]),
        share * add([c.row for c in parts]),
        share * add([c.sum for c in parts]),
    )
    gate, register = tech.value("gate_area_um2"), tech.value("register_area_um2")
    logic = part.factor(tech, "logic_area_factor")
    sums = part.factor(tech, "accumulator_area_factor") * part.accumulator_um2(tech)
    cell = tech.value("sram_cell_area_um2") * part.factor(tech, "cell_area_factor")
    area = {
        "cells": rows * cols * cell,
        "multipliers": inputs * cols * (logic * gate) * (width + shared),
        "drivers": rows * width * (logic * (register + gate)),
        "adder_tree": adders * cols * (logic * tech.value("adder_area_um2")),
        "accumulators": cols * sums,
        "lines": (rows + cols) * part.line_um2(tech),
        "control": np.full_like(rows, part.control_um2(tech)),
    }
    logic_um2 = add([v for n, v in area.items() if n != "cells"])
    leak_uw = 1e-6 * tech.value("sram_cell_leakage_pw") * rows * cols
    leak_uw = leak_uw + tech.value("leakage_uw_per_um2") * logic_um2
    settle_ns = tech.value("gate_delay_ns") * (1.0 + part.tree_levels(turns))
    fixed_ns = part.factor(tech, "clock_delay_factor") * part.extra(tech, "clock_overhead_ns")
    tree_ns = part.factor(tech, "tree_delay_factor") * part.tree_ns(tech, inputs, width)
    cycle_ns = (settle_ns + fixed_ns + tree_ns) * part.supply_delay(tech, vdd)
    cycle_ns = cycle_ns * part.factor(tech, "array_delay_factor")
    macro = Macro(
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
    return off_as_a_whole(macro, **part.whole(tech))
