"""Energy, delay and area of the parts a macro is made of, at a supply; see docs/simulator.md.

Supplies, bits and counts may be arrays. Powers of two use ldexp and the alpha-power law uses a
square root, both exactly rounded, so that a batch gives the same bits as a loop.
"""

from __future__ import annotations

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.technologies.technology import Technology

MAX_ADC_BITS = 16
PJ_PER_FJ = 1e-3
LEAST_SWING = 0.1
LEAST_OVERDRIVE_V = 0.05


def two_to(exponent: Floats) -> Floats:
    """2^exponent for whole exponents, exactly."""
    out: Floats = np.ldexp(1.0, exponent.astype(np.int64))
    return out


def tree_levels(inputs: Floats) -> Floats:
    """ceil(log2(inputs)) for whole inputs >= 1, exactly."""
    return np.frexp(inputs - 0.5)[1].astype(np.float64)


def factor(technology: Technology, name: str) -> float:
    """A calibration factor; 1 where the technology states none."""
    return technology.value(name) if name in technology.constants else 1.0


def extra(technology: Technology, name: str) -> float:
    """A constant that a technology may leave out; then 0."""
    return technology.value(name) if name in technology.constants else 0.0


def supply_energy(technology: Technology, vdd_v: Floats) -> Floats:
    """Energy relative to the nominal supply: V^2, or V (V - Ve) with an `energy_threshold_v`.

    Ve stands for glitches that slow gates swallow at a low supply; silicon of 65 nm loses energy
    much faster than V^2 (docs/silicon.md). Below 1.1 Ve the law is V^2 again.
    """
    nominal = technology.value("nominal_vdd_v")
    ratio = vdd_v / nominal
    threshold = extra(technology, "energy_threshold_v")
    if threshold == 0.0:
        return ratio * ratio
    left = np.maximum(1.0 - threshold / vdd_v, LEAST_SWING)
    out: Floats = ratio * ratio * (left / max(1.0 - threshold / nominal, LEAST_SWING))
    return out


def supply_delay(technology: Technology, vdd_v: Floats) -> Floats:
    """Delay relative to the nominal supply: alpha-power law with alpha = 1.5.

    V / (V - Vt)^1.5, Sakurai and Newton, JSSC 1990. Below LEAST_OVERDRIVE_V above the threshold,
    where the law ends, the delay stays what it is there: a bound from below.
    """
    threshold = technology.value("threshold_v")
    nominal = technology.value("nominal_vdd_v")
    over, over0 = np.maximum(vdd_v - threshold, LEAST_OVERDRIVE_V), np.float64(nominal - threshold)
    supply = np.maximum(vdd_v, threshold + LEAST_OVERDRIVE_V)
    out: Floats = (supply / (over * np.sqrt(over))) / (nominal / (over0 * np.sqrt(over0)))
    return out


def supply_leakage(technology: Technology, vdd_v: Floats) -> Floats:
    """Leakage power relative to the nominal supply: V / V0 at constant leakage current."""
    return vdd_v / technology.value("nominal_vdd_v")


def adc_pj(technology: Technology, bits: Floats, vdd_v: Floats) -> Floats:
    """Energy of one conversion: (100 b + 0.001 4^b) fF V^2, [ZZ]."""
    cap_ff = technology.value("adc_linear_ff") * bits
    cap_ff = cap_ff + technology.value("adc_exponential_ff") * two_to(2.0 * bits)
    return PJ_PER_FJ * cap_ff * vdd_v * vdd_v


def adc_um2(technology: Technology, bits: Floats) -> Floats:
    """Area of one ADC: 2^b 10^(1.206 - 0.0369 b) um2, [ZZ]. A table, as bits are whole."""
    exponent = technology.value("adc_area_exponent")
    slope = technology.value("adc_area_slope")
    table = np.array([2.0**b * 10.0 ** (exponent - slope * b) for b in range(MAX_ADC_BITS + 1)])
    out: Floats = table[bits.astype(np.int64)]
    return out


def sensing_ns(technology: Technology, bits: Floats, rows: Floats) -> Floats:
    """Time to settle and convert one column at nominal supply: 1.4 b (0.64 + 0.00653 rows) ns.

    [ZZ] ADC time with the post-layout factor on sensing of [NS].
    """
    per_row = technology.value("adc_ns_per_bit_row")
    per_bit = technology.value("adc_ns_per_bit") + per_row * rows
    return technology.value("sensing_factor") * bits * per_bit


def adder_pj(technology: Technology) -> float:
    """One 1-bit full adder per step at nominal supply, with activity and layout factor."""
    activity = technology.value("adder_activity") * technology.value("layout_energy_factor")
    return PJ_PER_FJ * technology.value("adder_energy_fj") * activity


def register_pj(technology: Technology) -> float:
    """One register bit per step at nominal supply, with activity and layout factor."""
    activity = technology.value("register_activity") * technology.value("layout_energy_factor")
    return PJ_PER_FJ * technology.value("register_energy_fj") * activity


def accumulator_pj(technology: Technology) -> float:
    """One accumulation into a register of `accumulator_bits` at nominal supply."""
    bits = technology.value("accumulator_bits")
    return bits * (adder_pj(technology) + register_pj(technology))


def accumulator_um2(technology: Technology) -> float:
    bits = technology.value("accumulator_bits")
    area = technology.value("adder_area_um2") + technology.value("register_area_um2")
    return bits * area


def tree_adders(inputs: Floats, bits: Floats) -> Floats:
    """1-bit adders of a tree over n inputs of b bits: n (b + 1) - (b + log2 n + 1), [ZZ]."""
    return inputs * (bits + 1.0) - (bits + tree_levels(inputs) + 1.0)


def tree_ns(technology: Technology, inputs: Floats, bits: Floats) -> Floats:
    """Ripple delay of that tree at nominal supply: a sum per level, then the last carry chain."""
    levels = tree_levels(inputs)
    carry = technology.value("adder_carry_ns") * (levels + bits)
    return technology.value("adder_sum_ns") * levels + carry


def digital_mac_pj(technology: Technology, first_bits: int, second_bits: int) -> float:
    """One multiply-accumulate of the digital unit: array multiplier, accumulator, two operands."""
    cells = first_bits * second_bits
    gate_fj = technology.value("gate_cap_ff") * technology.value("nominal_vdd_v") ** 2
    gate = PJ_PER_FJ * gate_fj * technology.value("adder_activity")
    multiply = cells * (adder_pj(technology) + gate * technology.value("layout_energy_factor"))
    operands = technology.value("operand_energy_pj") * (first_bits + second_bits) / 8.0
    return multiply + accumulator_pj(technology) + operands


def digital_lane_um2(technology: Technology, first_bits: int, second_bits: int) -> float:
    """Area of one multiply-accumulate lane with its operand registers."""
    cell = technology.value("adder_area_um2") + technology.value("gate_area_um2")
    operands = technology.value("register_area_um2") * (first_bits + second_bits)
    return first_bits * second_bits * cell + accumulator_um2(technology) + operands


def buffer_um2(technology: Technology, bits: float) -> float:
    """Area of an SRAM buffer of that many bits."""
    cells = technology.value("sram_cell_area_um2") * bits
    return cells * technology.value("buffer_area_factor")


def line_um2(technology: Technology) -> float:
    """Driver, latch and precharge of one row or column."""
    return extra(technology, "line_area_um2") * factor(technology, "line_area_factor")


def control_um2(technology: Technology) -> float:
    """Timing, references and decoder of one array."""
    return extra(technology, "control_area_um2") * factor(technology, "control_area_factor")
