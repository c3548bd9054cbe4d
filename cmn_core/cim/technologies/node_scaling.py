"""Constants of a technology at another node: capacitance, delay and area follow its dimensions.

The files in assets/technologies hold 28 nm figures; `at_node` returns the same technology with
every constant moved to another node. Names of nodes stopped being lengths, so the dimension of a
node is the side of its 6T cell, from published processes; nominal supplies are a table too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from cmn_core.cim.technologies.technology import Constant, Knob, Technology, load_technology
from cmn_core.design import Workload
from cmn_core.errors import FieldError
from cmn_core.quantities import BASE_NM, NODES_NM

NODE_NM = (2.0, 350.0)
LEAST_RRAM_NM = 12.0  # the smallest node of a published RRAM macro [T24]
SUPPLY = "vdd_v"
LEAST_OVERDRIVE_V = 0.05  # above the threshold, where the alpha-power law ends
# Nominal core supplies of foundry processes.
_SUPPLY_V = (
    (3.0, 0.65),
    (5.0, 0.70),
    (7.0, 0.75),
    (12.0, 0.80),
    (22.0, 0.80),
    (28.0, 0.90),
    (40.0, 0.90),
    (55.0, 1.00),
    (65.0, 1.00),
    (90.0, 1.20),
    (130.0, 1.50),
    (180.0, 1.80),
)
# High-density 6T cells of foundry processes, um2.
_BIT_CELL_UM2 = (
    (3.0, 0.0199),
    (5.0, 0.021),
    (7.0, 0.027),
    (12.0, 0.064),
    (16.0, 0.070),
    (22.0, 0.092),
    (28.0, 0.13),
    (40.0, 0.242),
    (65.0, 0.525),
    (90.0, 1.0),
    (130.0, 2.1),
    (180.0, 4.2),
)
# The write transistor of an RRAM cell carries a current that does not shrink: 0.0249 um2 at 12 nm
# [T24] beside 53 F2 = 0.0257 um2 at 22 nm [H23]. Its line drivers are of thick oxide.
RRAM_CELL_EXPONENT = 1.0
THICK_OXIDE_EXPONENT = 0.5
# Gate energies at the nominal supply: capacitance times the square of the supply.
_GATE_ENERGY = (
    "adder_energy_fj",
    "register_energy_fj",
    "multiply_energy_fj",
    "operand_energy_pj",
    "shift_add_pj",
)
_CAPACITANCE = (
    "gate_cap_ff",
    "wordline_cap_ff",
    "bitline_cap_ff",
    "word_cap_ff",
    "dac_cap_ff",
    "cell_charge_ff",
    "timing_cap_ff",
    "adc_linear_ff",
    "adc_exponential_ff",
)
_DELAY = (
    "adder_sum_ns",
    "adder_carry_ns",
    "gate_delay_ns",
    "clock_overhead_ns",
    "adc_ns_per_bit",
    "adc_ns_per_bit_row",
    "input_ns_per_bit",
    "timing_ns",
)
_LOGIC_AREA = (
    "gate_area_um2",
    "adder_area_um2",
    "register_area_um2",
    "driver_area_um2",
    "shift_add_area_um2",
)
_LINE_AREA = ("line_area_um2", "control_area_um2")
# SRAM buffers and the bus between tiles swing nodes that shrink; a mm of wire keeps its capacitance
# at every node, and what is driven over it goes with the supply alone.
_BUFFERS = (
    "map_read_pj_per_byte",
    "map_write_pj_per_byte",
    "tile_buffer_pj_per_byte",
    "bus_pj_per_bit",
    "sram_write_pj_per_bit",
)
# Low-standby-power 6T cells: 6.5 pW at 22 nm and 25 pW at 65 nm, linear in the node [NS]. Below
# 22 nm in proportion to it: such transistors are made for one off-current per width.
_CELL_LEAKAGE_PW = ((22.0, 6.5), (65.0, 25.0))


def nominal_supply_v(node_nm: float) -> float:
    """Nominal core supply of a node, between table entries on a logarithmic scale of nodes."""
    return _between(_SUPPLY_V, node_nm)


def bit_cell_um2(node_nm: float) -> float:
    """Area of a foundry 6T cell; both axes logarithmic."""
    return math.exp(_between(tuple((n, math.log(a)) for n, a in _BIT_CELL_UM2), node_nm))


def dimension(node_nm: float) -> float:
    """Side of a foundry 6T cell, relative to 28 nm."""
    return math.sqrt(bit_cell_um2(node_nm) / bit_cell_um2(BASE_NM))


@lru_cache(maxsize=256)
def at_node(technology: Technology, node_nm: float) -> Technology:
    """The technology at another node. FieldError unless 2 to 350 nm.

    d = side of a 6T cell: capacitance ~ d^capacitance_exponent, delay ~ d^delay_exponent, areas of
    logic and 6T cells ~ d^2, RRAM cells ~ node, their lines and control ~ node^0.5, converters ~
    node^0.99 [ADC]; threshold and supply by table, and with the supply its knob. The digital unit,
    buffers and wires are the same beside every memory, with exponents of their own. Bits,
    activities, cell conductances, read voltage and calibration factors stay.
    """
    low, high = NODE_NM
    if not low <= node_nm <= high:
        raise FieldError("node_nm", f"found {node_nm:g}", f"{low:g} to {high:g} nm is allowed")
    if node_nm == BASE_NM:
        return technology
    ratio, side = node_nm / BASE_NM, dimension(node_nm)
    supply = nominal_supply_v(node_nm) / nominal_supply_v(BASE_NM)
    capacitance = side ** technology.value("capacitance_exponent")
    delay = side ** technology.value("delay_exponent")
    cells = side * side
    thick = "cell_area_um2" in technology.constants
    logic = side ** technology.value("logic_capacitance_exponent")
    leak = cell_leakage_pw(node_nm) / cell_leakage_pw(BASE_NM)
    factor = {
        "nominal_vdd_v": supply,
        "threshold_v": supply,
        "feature_nm": ratio,
        "cell_area_um2": ratio**RRAM_CELL_EXPONENT,
        "sram_cell_area_um2": cells,
        **dict.fromkeys(_GATE_ENERGY, capacitance * supply * supply),
        **dict.fromkeys(_CAPACITANCE, capacitance),
        **dict.fromkeys(_DELAY, delay),
        **dict.fromkeys(_LOGIC_AREA, cells),
        **dict.fromkeys(_LINE_AREA, ratio**THICK_OXIDE_EXPONENT if thick else cells),
        **dict.fromkeys(_BUFFERS, logic * supply * supply),
        "wire_pj_per_bit_mm": supply * supply,
        "digital_clock_ghz": side ** -technology.value("logic_delay_exponent"),
        "sram_write_ns_per_row": delay,
        "sram_cell_leakage_pw": leak,
        "leakage_uw_per_um2": leak / cells,
        "bitline_ohm_per_row": 1.0 / side,  # shorter, and as much narrower as thinner
    }
    constants = dict(technology.constants)
    for name, scale in factor.items():
        if name in constants:
            old = constants[name]
            constants[name] = Constant(old.value * scale, old.unit, f"{old.source}; scaled")
    shift = math.log10(ratio)  # [ADC]: converter area follows the node to the power 0.99
    if "adc_area_exponent" in constants:
        old = constants["adc_area_exponent"]
        constants["adc_area_exponent"] = Constant(old.value + shift, old.unit, old.source)
    constants["unit_energy_factor"] = Constant(logic / capacitance, "1", "of the digital unit")
    knobs = dict(technology.knob)
    if SUPPLY in knobs:
        least_v = constants["threshold_v"].value + LEAST_OVERDRIVE_V
        knobs[SUPPLY] = _moved(knobs[SUPPLY], supply, least_v)
    return replace(technology, constants=constants, knob=knobs, node_nm=node_nm)


def cell_leakage_pw(node_nm: float) -> float:
    """What a low-standby-power 6T cell leaks at its nominal supply."""
    (low_nm, low_pw), (high_nm, high_pw) = _CELL_LEAKAGE_PW
    if node_nm < low_nm:
        return low_pw * node_nm / low_nm
    return low_pw + (high_pw - low_pw) * (node_nm - low_nm) / (high_nm - low_nm)


def in_use(
    memory: str, workload: Workload, technologies: Mapping[str, Technology] | None = None
) -> Technology:
    """What stands for a memory at the node of that workload.

    technologies: others than the built-in ones, by memory. A file of one's own that states another
    node than 28 nm holds there: FieldError for a workload at a third one, and for RRAM at a node
    that no source reaches.
    """
    technology = (technologies or {}).get(memory) or load_technology(memory)
    return placed(technology, workload)


def known_at(memory: str, workload: Workload) -> bool:
    """Whether sources reach that memory at the node of the workload."""
    return memory != "rram" or workload.node_nm >= LEAST_RRAM_NM


def placed(technology: Technology, workload: Workload) -> Technology:
    """The technology at the node of that workload; see `in_use`."""
    node_nm = workload.node_nm
    if node_nm in (BASE_NM, technology.node_nm):
        return technology
    found = f"found {node_nm:g} beside"
    if technology.node_nm != BASE_NM:
        where = f"constants at {technology.node_nm:g} nm"
        allowed = f"{technology.node_nm:g} is allowed, or 28 for what the file states"
        raise FieldError("workload.node_nm", f"{found} a file with {where}", allowed)
    if not known_at(technology.name, workload):
        allowed = f"RRAM is known from {LEAST_RRAM_NM:g} to {NODES_NM[1]:g} nm"
        raise FieldError("workload.node_nm", f"{found} RRAM", allowed)
    return at_node(technology, node_nm)


def moved_supply(vdd_v: float, before: Technology, after: Technology) -> float:
    """A supply of one node as that of another: the same level, or the same share of nominal."""
    levels, others = before.levels[SUPPLY], after.levels[SUPPLY]
    if vdd_v in levels and len(levels) == len(others):
        return others[levels.index(vdd_v)]
    knob = after.knob[SUPPLY]
    share = after.value("nominal_vdd_v") / before.value("nominal_vdd_v")
    return min(max(round(vdd_v * share, 3), knob.low), knob.high)


def _moved(knob: Knob, supply: float, least_v: float) -> Knob:
    """The supply knob at another node, in whole millivolts: levels keep their share of the nominal
    supply. What is allowed reaches from the lower to the higher of both nodes' bounds, so that a
    file whose node alone is changed stays one, and keeps least_v."""

    def volts(value: float) -> float:
        return round(value * supply, 3)

    levels = tuple(volts(v) for v in knob.levels)
    low = min(max(min(knob.low, volts(knob.low)), math.ceil(1e3 * least_v) / 1e3), levels[0])
    high = max(knob.high, volts(knob.high))
    return replace(knob, low=low, high=high, levels=levels, default=volts(knob.default))


def _between(table: tuple[tuple[float, float], ...], node_nm: float) -> float:
    """Linear in the logarithm of the node, and beyond the ends like the outermost two entries."""
    last = len(table) - 2
    index = next((i for i in range(last + 1) if node_nm <= table[i + 1][0]), last)
    (x0, y0), (x1, y1) = table[index], table[index + 1]
    return y0 + (y1 - y0) * math.log(node_nm / x0) / math.log(x1 / x0)
