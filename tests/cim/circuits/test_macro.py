"""Macros against numbers worked out by hand (docs/simulator.md repeats them)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.cim.chip import price
from cmn_core.cim.circuits.analog import analog_macro
from cmn_core.cim.circuits.macro import Macro, build_macro
from cmn_core.cim.technologies.technology import NAMES, Constant, load_technology
from cmn_core.cim.workload import weights
from cmn_core.design import Workload

RRAM, SRAM = load_technology("rram"), load_technology("sram")


def macro(name: str, workload: Workload = Workload(activity=0.5), **knobs: float) -> Macro:
    technology = load_technology(name)
    point = technology.check_macro({**technology.default, **knobs})
    return build_macro(technology, workload, point)


def of(value: float) -> np.ndarray:
    return np.asarray(float(value))


def test_rram_macro_by_hand() -> None:
    """128 x 128 pairs, 64 rows a read, 7-bit ADC per 8 columns, 2-bit cells, 1-bit inputs."""
    m, v = macro("rram", cell_bits=2), RRAM.value
    assert (float(m.slices), float(m.lanes), float(m.groups)) == (4, 16, 2)
    # 7 x (0.64 + 0.00653 x 64) x 1.4 ns per phase and the timing, each as corrected; 8 input steps
    phase = 1.4 * 7 * (0.64 * v("adc_delay_factor") + 0.00653 * 64 * v("line_delay_factor"))
    phase += 1.0 * v("timing_delay_factor")
    assert float(m.read_ns) == pytest.approx(8 * phase)
    # 4 slices x 8 steps conversions: (700 + 16.384) fF x 0.81 V2, or what the survey allows
    ours = 0.716384 * 0.81 * v("adc_energy_factor")
    assert float(np.asarray(m.energy["adc"].read)) == pytest.approx(32 * max(ours, 0.30))
    # word line of 2 x 128 cells at 0.35 fF, half of the bits, plus one register bit; 8 phases
    row = 8 * 8 * (256 * 0.35e-3 * 0.5 * 0.81 + 1.7e-3 * 0.5 * 1.22) * v("row_energy_factor")
    assert float(np.asarray(m.energy["drivers"].row)) == pytest.approx(row)
    # bit line of a pair of cells, 0.35 fF each
    charge = 32 * 2 * 0.35e-3 * 0.81 * v("charge_energy_factor")
    assert float(np.asarray(m.energy["charge"].weight)) == pytest.approx(charge)
    # 0.9 V x 0.2 V x pair conductance x the read x half of the bits; digits average 0.25 to 0.45
    cells = float(np.asarray(m.energy["cells"].weight)) / (32 * 0.18e-3 * phase * 0.5)
    cells /= v("cell_energy_factor")
    assert 2.0 + 39.0 * 0.25 < cells < 2.0 + 39.0 * 0.45
    timing = 32 * 100e-3 * 0.81 * v("timing_energy_factor")
    assert float(np.asarray(m.energy["timing"].read)) == pytest.approx(timing)
    # a partial sum joins 4 slices in 24-bit accumulators
    accumulate = 24 * (3.4e-3 * 0.15 + 1.7e-3 * 0.5) * 1.22
    assert float(np.asarray(m.energy["adders"].sum)) == pytest.approx(4 * accumulate)
    shift_add = 32 * (0.021 + 2 * 0.7e-3 * 0.81)
    both = np.asarray(m.energy["shift_add"].read) + np.asarray(m.energy["column_mux"].read)
    assert float(both) == pytest.approx(shift_add)
    assert float(m.mb) == 128 * 128 * 2 / 8e6
    assert float(m.area_um2["adc"]) == pytest.approx(16 * 1135 * v("adc_area_factor"), rel=0.01)
    cell = 0.2 * v("cell_area_factor")
    assert float(m.area_um2["cells"]) == pytest.approx(128 * 128 * 2 * cell)
    assert float(m.area_um2["lines"]) == pytest.approx(256 * 20 * v("line_area_factor"))
    assert float(m.standby_uw) == float(m.on_uw) == 0.0


@pytest.mark.parametrize("name", ["rram", "sram_analog"])
def test_the_cells_conduct_as_long_as_a_read_lasts(name: str) -> None:
    """F5, F7: a stated cycle ten times longer takes ten times the energy of what conducts."""
    technology = load_technology(name)
    knobs = {k: of(x) for k, x in technology.default.items()}

    def at(ns: float | None) -> Macro:
        one = of(1)
        return analog_macro(
            technology, knobs, steps=one, slices=one, weight_bits=1, digit_share=0.5,
            error=of(0), stated_ns=ns,
        )  # fmt: skip

    fast, slow, own = at(5.0), at(50.0), at(None)
    assert float(slow.read_ns) == 50.0
    assert float(slow.energy["cells"].weight) == pytest.approx(
        10.0 * float(fast.energy["cells"].weight)
    )
    again = at(float(own.read_ns))
    assert float(again.energy["cells"].weight) == pytest.approx(float(own.energy["cells"].weight))


@pytest.mark.parametrize("name", [*NAMES, "sram_analog"])
def test_a_lower_supply_never_costs_more(name: str) -> None:
    """F6: at equal work, leakage apart, down to the lowest supply of any built macro and below."""
    technology = load_technology(name)
    supplies = np.linspace(0.45, 1.1, 40)
    knobs = {k: np.full_like(supplies, x) for k, x in technology.default.items()}
    m = build_macro(technology, Workload(), {**knobs, "vdd_v": supplies})
    for charge in m.energy.values():
        for kind in ("weight", "read", "row", "sum"):
            amount = np.broadcast_to(np.asarray(getattr(charge, kind)), supplies.shape)
            assert (np.diff(amount) >= -1e-12 * amount[1:]).all()
    held = m.on_uw * m.read_ns
    assert (np.diff(held) >= -1e-12 * held[1:]).all()


@pytest.mark.parametrize("name", [*NAMES, "sram_analog"])
def test_energy_never_falls_with_more_bits_or_larger_capacitance(name: str) -> None:
    technology = load_technology(name)
    base = build_macro(technology, Workload(), technology.default)
    more = build_macro(technology, Workload(weight_bits=10, activation_bits=12), technology.default)
    finer = {**technology.default}
    if "adc_bits" in finer:
        finer["adc_bits"] += 1
    finer_macro = build_macro(technology, Workload(), finer)
    for other in (more, finer_macro):
        for part_name, charge in base.energy.items():
            for kind in ("weight", "read", "row", "sum"):
                least = float(np.asarray(getattr(charge, kind)))
                assert float(np.asarray(getattr(other.energy[part_name], kind))) >= least
    for cap in ("wordline_cap_ff", "cell_charge_ff", "adc_linear_ff", "timing_cap_ff"):
        if cap in technology.constants:
            old = technology.constants[cap]
            grown = replace(
                technology,
                constants={**technology.constants, cap: replace(old, value=2 * old.value)},
            )
            after = build_macro(grown, Workload(), grown.default).total_charge
            before = base.total_charge
            for kind in ("weight", "read", "row"):
                assert float(getattr(after, kind)) >= float(getattr(before, kind))


def test_array_energy_of_digital_sram_goes_with_the_weight_bits() -> None:
    """F3: 8-bit weights take close to eight times what 1-bit weights take."""
    eight, one = (macro("sram", Workload(weight_bits=b)) for b in (8, 1))
    for kind in ("weight", "read"):
        ratio = float(getattr(eight.total_charge, kind)) / float(getattr(one.total_charge, kind))
        assert ratio == pytest.approx(8.0)


def test_foundry_density_of_rram_is_reached() -> None:
    """F9: published foundry macros hold 0.7 to 2.4 Mb per mm2, periphery included."""
    technology = load_technology("rram")
    cells = replace(
        technology,
        constants={**technology.constants, "cells_per_pair": Constant(1.0, "1", "single cells")},
    )
    knobs = {**technology.default, "rows": 512, "cols": 512, "columns_per_adc": 16}
    m = build_macro(cells, Workload(), knobs)
    density = 512 * 512 / 2**20 / (float(m.total_um2) * 1e-6)
    assert 0.7 < density < 2.4


def test_sram_macro_by_hand() -> None:
    """128 x 128 cells, 4 rows per tree input (32 inputs), 1 input bit per step, 0.9 V."""
    m, v = macro("sram"), SRAM.value
    assert (float(m.slices), float(m.groups), float(m.group_rows)) == (8, 4, 32)
    # gates 47.8 ps x (1 + log2 4), five sums, a carry over 5 + 1 bits, registers; 8 steps
    tree_ns = (0.229 * 5 + 0.096 * 6) * v("tree_delay_factor")
    cycle = 0.0478 * 3 + tree_ns + 0.3 * v("clock_delay_factor")
    assert float(m.read_ns) == pytest.approx(8 * cycle)
    # 32 inputs of 1 bit: 64 - (1 + 5 + 1) = 57 adders per column
    tree = v("tree_energy_factor") * 64 * (57 / 32) * 3.4e-3 * 0.15 * 1.22
    assert float(np.asarray(m.energy["adder_tree"].weight)) == pytest.approx(tree)
    logic = v("logic_area_factor")
    assert float(m.area_um2["adder_tree"]) == pytest.approx(57 * 128 * 4.8 * logic)
    # four cells share a local bit line, read once for all steps: 4 x 0.35 fF x 0.81 V2 x half
    assert float(np.asarray(m.energy["cells"].weight)) == pytest.approx(8 * 1.4e-3 * 0.81 * 0.5)
    # each weight bit has 0.5 fF of operand line in each of 8 steps
    operand = v("operand_energy_factor") * 64 * 0.5e-3 * 0.81
    assert float(np.asarray(m.energy["operands"].weight)) == pytest.approx(operand)
    accumulate = 24 * (3.4e-3 * 0.15 + 1.7e-3 * 0.5) * 1.22 * v("accumulator_energy_factor")
    assert float(np.asarray(m.energy["accumulators"].read)) == pytest.approx(64 * accumulate)
    assert float(np.asarray(m.energy["accumulators"].sum)) == pytest.approx(8 * accumulate)
    multiply = 64 * 0.28e-3 * v("multiply_energy_factor")
    assert float(np.asarray(m.energy["multipliers"].weight)) == pytest.approx(multiply)
    drive = (128 * 0.35e-3 * 0.81 * 0.25 + 1.7e-3 * 0.5 * 1.22) * v("row_energy_factor")
    assert float(np.asarray(m.energy["drivers"].row)) == pytest.approx(8 * drive)
    other = sum(float(a) for part_name, a in m.area_um2.items() if part_name != "cells")
    leak = 9.1e-6 * 128 * 128 + 6.5e-5 * other
    assert float(m.standby_uw) == pytest.approx(leak)
    assert float(m.mb) == 128 * 128 / 8e6
    assert float(m.error) == 0.0


def test_control_is_its_share_of_the_sram_macro() -> None:
    m = macro("sram")
    for name in ("weight", "read", "row", "sum"):
        total = float(getattr(m.total_charge, name))
        assert float(getattr(m.energy["control"], name)) == pytest.approx(0.11 * total)


def efficiency(m: Macro) -> float:
    """TOPS/W of a full array of weights: 2 operations per MAC over the charge of a product."""
    rows, outputs = float(m.rows), float(m.cols / m.slices)
    c = m.total_charge
    groups = float(np.ceil(m.rows / m.group_rows))
    pj = rows * outputs * float(c.weight) + groups * outputs * float(c.read)
    pj += rows * float(c.row) + outputs * float(c.sum)
    return 2.0 * rows * outputs / pj


def test_efficiency_lands_where_silicon_is() -> None:
    """8-bit macros at 22 to 28 nm: RRAM 1 to 70 TOPS/W, digital SRAM 10 to 100 (silicon.csv)."""
    assert 1.0 < efficiency(macro("rram")) < 20.0
    assert 5.0 < efficiency(macro("sram")) < 40.0
    low = macro("sram", rows=256, rows_per_tree=1, vdd_v=0.6, input_bits_per_step=4)
    assert 20.0 < efficiency(low) < 150.0


def test_knobs_trade_one_thing_for_another() -> None:
    base, shared = macro("rram"), macro("rram", columns_per_adc=16)
    assert float(shared.total_um2) < float(base.total_um2)
    assert float(shared.lanes) == float(base.lanes) / 2
    coarse = macro("rram", adc_bits=5)
    assert float(coarse.total_charge.read) < float(base.total_charge.read)
    assert float(coarse.error) > float(base.error)
    dense, fast = macro("sram", rows_per_tree=8), macro("sram", rows_per_tree=1)
    assert float(dense.total_um2) < float(fast.total_um2)
    assert float(dense.groups) > float(fast.groups)
    slow = macro("sram", vdd_v=0.6)
    assert float(slow.total_charge.weight) < float(macro("sram").total_charge.weight)
    assert float(slow.read_ns) > float(macro("sram").read_ns)


def test_fewer_weight_bits_take_fewer_columns() -> None:
    # 3 magnitude bits, 2 per cell
    assert float(macro("rram", Workload(weight_bits=4), cell_bits=2).slices) == 2
    assert float(macro("rram", Workload(weight_bits=1)).slices) == 1
    assert float(macro("sram", Workload(weight_bits=4)).slices) == 4


def test_arrays_hold_at_least_the_weights_in_them():
    """Capacity counts weights at their precision: a pair keeps the sign for nothing, yet an array
    is never smaller than what it holds."""
    space, largest = SPACES["b0"], SPACES["b0"].largest
    for bits in range(1, 17):
        workload = Workload(weight_bits=bits)
        for name, cells in (("rram", (1, 2, 3)), ("sram", (1,))):
            technology = load_technology(name)
            for cell_bits in cells:
                knobs = dict(technology.default)
                if name == "rram":
                    knobs["cell_bits"] = cell_bits
                costs = price(
                    space,
                    workload,
                    technology,
                    experts=largest.experts,
                    hidden=largest.hidden,
                    knobs=knobs,
                    replicas=(1, 1, 1, 1),
                )
                total = float(costs.array_mb.sum() + costs.other_array_mb.sum())
                held = float(weights(space, largest.experts, largest.hidden)) * bits / 8e6
                assert total >= held
