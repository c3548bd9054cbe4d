"""Components and macros against numbers worked out by hand (docs/simulator.md repeats them)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.cim.chip import price
from cmn_core.cim.circuits import components as part
from cmn_core.cim.circuits.macro import Macro, build_macro
from cmn_core.cim.technologies.technology import load_technology
from cmn_core.cim.workload import weights
from cmn_core.design import Workload

RRAM, SRAM = load_technology("rram"), load_technology("sram")


def macro(name: str, workload: Workload = Workload(), **knobs: float) -> Macro:
    technology = load_technology(name)
    point = technology.check_macro({**technology.default, **knobs})
    return build_macro(technology, workload, point)


def of(value: float) -> np.ndarray:
    return np.asarray(float(value))


@pytest.mark.parametrize(
    ("bits", "pj", "um2"), [(4, 0.32, 183), (6, 0.49, 618), (8, 0.70, 2085), (10, 1.66, 7036)]
)
def test_adc_is_the_table_of_model_parameters(bits: int, pj: float, um2: float) -> None:
    assert float(part.adc_pj(RRAM, of(bits), of(0.9))) == pytest.approx(pj, rel=0.03)
    assert float(part.adc_um2(RRAM, of(bits))) == pytest.approx(um2, rel=0.01)


def test_sensing_time_is_the_table_times_the_layout_factor() -> None:
    assert float(part.sensing_ns(RRAM, of(8), of(128))) == pytest.approx(1.4 * 11.8, rel=0.01)


def test_supply_scaling() -> None:
    assert float(part.supply_energy(RRAM, of(0.45))) == pytest.approx(0.25)
    # V (V - Ve) against 0.9 V, Ve = 0.2154 V
    swing = (0.6 * (0.6 - 0.2154)) / (0.9 * (0.9 - 0.2154))
    assert float(part.supply_energy(SRAM, of(0.6))) == pytest.approx(swing)
    assert float(part.supply_delay(SRAM, of(0.9))) == pytest.approx(1.0)
    # V / (V - 0.35)^1.5 at 0.6 V against 0.9 V
    slow = (0.6 / 0.25**1.5) / (0.9 / 0.55**1.5)
    assert float(part.supply_delay(SRAM, of(0.6))) == pytest.approx(slow)


@pytest.mark.parametrize(("inputs", "levels"), [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (128, 7)])
def test_tree_levels(inputs: int, levels: int) -> None:
    assert float(part.tree_levels(of(inputs))) == levels == math.ceil(math.log2(inputs))


def test_tree_adders_count_a_tree_built_pair_by_pair() -> None:
    """Two inputs of b bits meet in a b-bit ripple adder; the formula of [ZZ] for powers of two."""
    for n in (2, 4, 8, 64):
        for bits in (1, 2, 4):
            adders, inputs, width = 0, n, bits
            while inputs > 1:
                inputs //= 2
                adders += inputs * width
                width += 1
            assert float(part.tree_adders(of(n), of(bits))) == adders


def test_rram_macro_by_hand() -> None:
    """128 x 128 pairs, 64 rows a read, 7-bit ADC per 8 columns, 2-bit cells, 1-bit inputs."""
    m = macro("rram", cell_bits=2)
    whole, size = RRAM.value("energy_factor"), RRAM.value("area_factor")
    assert (float(m.slices), float(m.lanes), float(m.groups)) == (4, 16, 2)
    # 7 x (0.64 + 0.00653 x 128) x 1.4 ns per phase, 8 input steps
    phase = 1.4 * 7 * (0.64 + 0.00653 * 128)
    assert float(m.read_ns) == pytest.approx(8 * phase * RRAM.value("delay_factor"))
    # 4 slices x 8 steps conversions: (700 + 16.384) fF x 0.81 V2
    of_adc = whole * RRAM.value("adc_energy_factor")
    adc = 32 * 0.716384 * 0.81 * of_adc
    assert float(np.asarray(m.energy["adc"].read)) == pytest.approx(adc)
    # word line of 2 x 128 cells at 0.35 fF, half of the bits, plus one register bit
    row = 8 * (256 * 0.35e-3 * 0.5 * 0.81 + 1.7e-3 * 0.5 * 1.22)
    assert float(np.asarray(m.energy["drivers"].row)) == pytest.approx(whole * row)
    # drain and via of a cell, 0.1 fF per input bit and weight bit
    charge = 32 * 0.1e-3 * 2 * 0.81 * whole * RRAM.value("charge_energy_factor")
    assert float(np.asarray(m.energy["charge"].weight)) == pytest.approx(charge)
    # 0.04 V2 x pair conductance x time x half of the bits; digits average 0.3 to 0.4 of full scale
    cells = float(np.asarray(m.energy["cells"].weight)) / (32 * 0.04 * phase * 0.5e-3)
    cells /= whole * RRAM.value("cell_energy_factor")
    assert 1.176 + 9.412 * 0.25 < cells < 1.176 + 9.412 * 0.45
    # a partial sum joins 4 slices in 24-bit accumulators
    accumulate = 24 * (3.4e-3 * 0.15 + 1.7e-3 * 0.5) * 1.22
    assert float(np.asarray(m.energy["adders"].sum)) == pytest.approx(4 * accumulate)
    shift_add = 32 * (0.021 + 2 * 0.7e-3 * 0.81 * of_adc)
    both = np.asarray(m.energy["shift_add"].read) + np.asarray(m.energy["column_mux"].read)
    assert float(both) == pytest.approx(shift_add)
    assert float(m.mb) == 128 * 128 * 2 / 8e6
    assert float(m.area_um2["adc"]) == pytest.approx(
        16 * 1135 * size * RRAM.value("adc_area_factor"), rel=0.01
    )
    cell = 53 * 0.028**2 * size * RRAM.value("cell_area_factor")
    assert float(m.area_um2["cells"]) == pytest.approx(128 * 128 * 2 * cell)
    line = 60 * size * RRAM.value("line_area_factor")
    assert float(m.area_um2["lines"]) == pytest.approx(256 * line)
    assert float(m.standby_uw) == 0.0
    # 37 uW per 64 kb, of which the fit keeps a part
    kept = whole * RRAM.value("static_energy_factor")
    assert float(m.on_uw) == pytest.approx(kept * 37 * 2 * 128 * 128 / 65536, rel=0.01)


def test_sram_macro_by_hand() -> None:
    """128 x 128 cells, 4 rows per tree input (32 inputs), 1 input bit per step, 0.9 V."""
    m = macro("sram")
    assert (float(m.slices), float(m.groups), float(m.group_rows)) == (8, 4, 32)
    # gates 47.8 ps x (1 + log2 4), five sums, a carry over 5 + 1 bits; 8 steps
    cycle = 0.0478 * 3 + 0.229 * 5 + 0.096 * 6
    assert float(m.read_ns) == pytest.approx(8 * cycle * SRAM.value("delay_factor"))
    whole, size = SRAM.value("energy_factor"), SRAM.value("area_factor")
    logic = size * SRAM.value("logic_area_factor")
    # 32 inputs of 1 bit: 64 - (1 + 5 + 1) = 57 adders per column
    tree = whole * 64 * (57 / 32) * 3.4e-3 * 0.15 * 1.22
    assert float(np.asarray(m.energy["adder_tree"].weight)) == pytest.approx(tree)
    assert float(m.area_um2["adder_tree"]) == pytest.approx(57 * 128 * 4.8 * logic)
    # four cells share a local bit line: 4 x 0.35 fF x 0.81 V2 x half
    local = whole * 64 * 1.4e-3 * 0.81 * 0.5
    assert float(np.asarray(m.energy["cells"].weight)) == pytest.approx(local)
    # a word of 8 bits shares one operand line of 2 fF in each of 8 steps
    operand = whole * SRAM.value("operand_energy_factor") * 8 * 2e-3 * 0.81
    assert float(np.asarray(m.energy["operands"].weight)) == pytest.approx(operand)
    accumulate = 24 * (3.4e-3 * 0.15 + 1.7e-3 * 0.5) * 1.22
    accumulate *= whole * SRAM.value("accumulator_energy_factor")
    assert float(np.asarray(m.energy["accumulators"].read)) == pytest.approx(64 * accumulate)
    assert float(np.asarray(m.energy["accumulators"].sum)) == pytest.approx(8 * accumulate)
    assert float(np.asarray(m.energy["multipliers"].weight)) == pytest.approx(whole * 64 * 0.28e-3)
    drive = 128 * 0.35e-3 * 0.81 * 0.25 + 1.7e-3 * 0.5 * 1.22
    assert float(np.asarray(m.energy["drivers"].row)) == pytest.approx(whole * 8 * drive)
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
    assert 30.0 < efficiency(low) < 150.0


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


def test_a_lower_supply_is_never_faster() -> None:
    """Near the threshold the alpha-power law ends; below it the delay stays what it is there."""
    supplies = np.arange(0.2, 1.01, 0.02)
    delays = part.supply_delay(SRAM, supplies)
    assert (np.diff(delays) <= 0.0).all()
    assert delays[0] == delays[4] > 10.0 * delays[-1]
