"""Energy, delay and area of the parts a macro is made of, at a supply; see docs/simulator.md.

Supplies, bits and counts may be arrays. Powers of two use ldexp and the alpha-power law uses a
square root, both exactly rounded, so that a batch gives the same bits as a loop.
"""

from __future__ import annotations

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.technologies.node_scaling import LEAST_OVERDRIVE_V
from cmn_core.cim.technologies.technology import Technology

MAX_ADC_BITS = 16
PJ_PER_FJ = 1e-3


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


def whole(technology: Technology) -> dict[str, float]:
    """What energy and area of a whole array are off by on a chip of one's own."""
    return {name: factor(technology, f"array_{name}_factor") for name in ("energy", "area")}


def extra(technology: Technology, name: str) -> float:
    """A constant that a technology may leave out; then 0."""
    return technology.value(name) if name in technology.constants else 0.0


def supply_energy(technology: Technology, vdd_v: Floats) -> Floats:
    """Energy of charging a node relative to the nominal supply: V^2, and nothing steeper."""
    ratio = vdd_v / technology.value("nominal_vdd_v")
    return ratio * ratio


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


def read_delay(technology: Technology, vdd_v: Floats) -> Floats:
    """Delay of an analog read relative to the nominal supply.

    The alpha-power law down to twice the threshold, where it goes as V^-2; below as V^-2. The
    current that a read draws goes with the supply, so its energy V^2 t never grows as V falls.
    """
    knee = np.float64(2.0 * technology.value("threshold_v"))
    held = np.maximum(vdd_v, knee)
    below = held / vdd_v
    return supply_delay(technology, held) * (below * below)


def supply_leakage(technology: Technology, vdd_v: Floats) -> Floats:
    """Leakage power relative to the nominal supply: V / V0 at constant leakage current."""
    return vdd_v / technology.value("nominal_vdd_v")


def adc_pj(technology: Technology, bits: Floats, vdd_v: Floats) -> Floats:
    """Energy of one conversion: (100 b + 0.001 4^b) fF V^2, [ZZ]."""
    cap_ff = technology.value("adc_linear_ff") * bits
    cap_ff = cap_ff + technology.value("adc_exponential_ff") * two_to(2.0 * bits)
    return PJ_PER_FJ * cap_ff * vdd_v * vdd_v


def adc_floor_pj(technology: Technology, bits: Floats, period_ns: Floats) -> Floats:
    """The least that one conversion per period has ever taken: the envelope of Murmann's survey.

    max(0.35 fJ 2^b, fast(b) min(rate / 50 MS/s, 1)), fast = 0.30 pJ at 7 bits and half of it per
    bit below, 1.1 pJ at 8 bits and twice that per bit above. Better at no supply and no node.
    """
    steps = two_to(bits)
    slow = PJ_PER_FJ * technology.value("adc_best_step_fj") * steps
    share = np.minimum(technology.value("adc_best_period_ns") / period_ns, 1.0)
    low = technology.value("adc_best_7b_pj") / 2.0**7
    high = technology.value("adc_best_8b_pj") / 2.0**8
    fast = np.where(bits > 7.0, high, low) * steps
    out: Floats = np.maximum(slow, fast * share)
    return out


def conversion_pj(technology: Technology, bits: Floats, vdd_v: Floats, period_ns: Floats) -> Floats:
    """One conversion as corrected on chips, never below the survey's envelope at its rate."""
    ours = factor(technology, "adc_energy_factor") * adc_pj(technology, bits, vdd_v)
    floor = factor(technology, "adc_envelope") * adc_floor_pj(technology, bits, period_ns)
    out: Floats = np.maximum(ours, floor)
    return out


def adc_um2(technology: Technology, bits: Floats) -> Floats:
    """Area of one ADC: 2^b 10^(1.206 - 0.0369 b) um2, [ZZ]. A table, as bits are whole."""
    exponent = technology.value("adc_area_exponent")
    slope = technology.value("adc_area_slope")
    table = np.array([2.0**b * 10.0 ** (exponent - slope * b) for b in range(MAX_ADC_BITS + 1)])
    out: Floats = table[bits.astype(np.int64)]
    return out


def read_ns(technology: Technology, bits: Floats, rows: Floats, dac_bits: Floats) -> Floats:
    """Time of one read at nominal supply: what the cells conduct, the ADC converts and it lasts.

    1.4 b (0.64 + 0.00653 rows) ns over the rows that are summed, [ZZ] ADC time with the post-layout
    factor on sensing of [NS], plus the timing of a read and of the bits of a multi-bit input.
    """
    per_row = factor(technology, "line_delay_factor") * technology.value("adc_ns_per_bit_row")
    per_bit = factor(technology, "adc_delay_factor") * technology.value("adc_ns_per_bit")
    settle = technology.value("sensing_factor") * bits * (per_bit + per_row * rows)
    inputs = np.where(dac_bits > 1.0, extra(technology, "input_ns_per_bit") * dac_bits, 0.0)
    inputs = factor(technology, "input_delay_factor") * inputs
    fixed = factor(technology, "timing_delay_factor") * extra(technology, "timing_ns")
    out: Floats = settle + inputs + fixed
    return out


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
    """One multiply-accumulate of the digital unit: array multiplier, accumulator, two operands.

    The unit is the same beside every memory, so it follows the node as logic does.
    """
    cells = first_bits * second_bits
    gate_fj = technology.value("gate_cap_ff") * technology.value("nominal_vdd_v") ** 2
    gate = PJ_PER_FJ * gate_fj * technology.value("adder_activity")
    multiply = cells * (adder_pj(technology) + gate * technology.value("layout_energy_factor"))
    operands = technology.value("operand_energy_pj") * (first_bits + second_bits) / 8.0
    own = factor(technology, "unit_energy_factor")
    return own * (multiply + accumulator_pj(technology) + operands)


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
