"""Constants of a technology at another node: capacitance, delay and area follow the feature size.

The files in assets/technologies hold 28 nm figures; `at_node` returns the same technology with
every constant moved to another node. Nominal supplies and bit-cell areas are tables of published
processes, the rest are power laws of node / 28 nm (docs/silicon.md).
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

from cmn_core.cim.technologies.technology import Constant, Technology
from cmn_core.errors import FieldError

BASE_NM = 28.0
NODE_NM = (2.0, 350.0)
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
LOGIC_AREA_EXPONENT = 1.5
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
    "adc_linear_ff",
    "adc_exponential_ff",
)
_DELAY = (
    "adder_sum_ns",
    "adder_carry_ns",
    "gate_delay_ns",
    "adc_ns_per_bit",
    "adc_ns_per_bit_row",
)
_LOGIC_AREA = (
    "gate_area_um2",
    "adder_area_um2",
    "register_area_um2",
    "driver_area_um2",
    "shift_add_area_um2",
    "line_area_um2",
    "control_area_um2",
)


def nominal_supply_v(node_nm: float) -> float:
    """Nominal core supply of a node, between table entries on a logarithmic scale of nodes."""
    return _between(_SUPPLY_V, node_nm)


def bit_cell_um2(node_nm: float) -> float:
    """Area of a foundry 6T cell; both axes logarithmic."""
    return math.exp(_between(tuple((n, math.log(a)) for n, a in _BIT_CELL_UM2), node_nm))


@lru_cache(maxsize=256)
def at_node(technology: Technology, node_nm: float) -> Technology:
    """The technology at another node. FieldError unless 2 to 350 nm.

    capacitance ~ (node / 28)^node_exponent, delay ~ node / 28, areas of logic ~ (node / 28)^1.5,
    RRAM cells too, 6T cells by table, threshold and supply by table. Bits, activities, cell
    conductances, read voltage and calibration factors stay.
    """
    low, high = NODE_NM
    if not low <= node_nm <= high:
        raise FieldError("node_nm", f"found {node_nm:g}", f"{low:g} to {high:g} nm is allowed")
    if node_nm == BASE_NM:
        return technology
    ratio = node_nm / BASE_NM
    supply = nominal_supply_v(node_nm) / nominal_supply_v(BASE_NM)
    capacitance = ratio ** technology.value("node_exponent")
    logic = ratio**LOGIC_AREA_EXPONENT
    factor = {
        "nominal_vdd_v": supply,
        "threshold_v": supply,
        # An RRAM cell shrinks with F2, the thick-oxide write circuits charged with it hardly.
        "feature_nm": ratio ** (LOGIC_AREA_EXPONENT / 2.0),
        "sram_cell_area_um2": bit_cell_um2(node_nm) / bit_cell_um2(BASE_NM),
        "energy_threshold_v": min(ratio, 65.0 / BASE_NM),
        **dict.fromkeys(_GATE_ENERGY, capacitance * supply * supply),
        **dict.fromkeys(_CAPACITANCE, capacitance),
        **dict.fromkeys(_DELAY, ratio),
        **dict.fromkeys(_LOGIC_AREA, logic),
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
    return replace(technology, constants=constants)


def _between(table: tuple[tuple[float, float], ...], node_nm: float) -> float:
    """Linear in the logarithm of the node, and beyond the ends like the outermost two entries."""
    last = len(table) - 2
    index = next((i for i in range(last + 1) if node_nm <= table[i + 1][0]), last)
    (x0, y0), (x1, y1) = table[index], table[index + 1]
    return y0 + (y1 - y0) * math.log(node_nm / x0) / math.log(x1 / x0)
