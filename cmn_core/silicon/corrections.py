"""Constants that published chips correct, by class and quantity, each with its prior's width."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cmn_core.silicon.posterior import Prior

# ln of a factor of 1.8: sources of one constant differ by about as much (docs/silicon.md).
WIDTH = 0.6
ADC_WIDTH = math.log(3.5) / 1.645  # "survey fits are good to about 3.5x either way", 90 %
DAC_WIDTH = math.log(8.6) / (2.0 * 1.645)  # [ZZ] and [AL] differ 8.6 times
AREA_WIDTH = 1.0  # no source says what stands around the cells of a foundry macro
SYSTEM = 0.7  # a processor is about twice its arrays


@dataclass(frozen=True)
class Correction:
    """One constant that chips correct: its name in the technology file and the parts it scales."""

    name: str
    parts: tuple[str, ...]
    width: float = WIDTH
    follows_capacitance: bool = True


_ROW = Correction("row_energy_factor", ("drivers",))
_ADC = Correction("adc_energy_factor", ("adc",), ADC_WIDTH)
_DAC = Correction("dac_energy_factor", ("dac",), DAC_WIDTH)
_TIMING = Correction("timing_energy_factor", ("timing",))
_CHARGE = Correction("charge_energy_factor", ("charge",))
_READ = (
    Correction("adc_delay_factor", ("adc",)),
    Correction("line_delay_factor", ("line",)),
    Correction("input_delay_factor", ("input",)),
    Correction("timing_delay_factor", ("timing",)),
)
_AREA = (
    Correction("cell_area_factor", ("cells",), AREA_WIDTH),
    Correction("line_area_factor", ("lines",), AREA_WIDTH),
    Correction("adc_area_factor", ("adc",), AREA_WIDTH),
    Correction("control_area_factor", ("control",), AREA_WIDTH),
)
CORRECTIONS: dict[str, dict[str, tuple[Correction, ...]]] = {
    "rram": {
        "energy": (
            Correction("cell_energy_factor", ("cells",), follows_capacitance=False),
            *(_CHARGE, _ROW, _DAC, _ADC, _TIMING),
        ),
        "delay": _READ,
        "area": _AREA,
    },
    "sram_analog": {
        "energy": (
            Correction("static_energy_factor", ("static",), follows_capacitance=False),
            *(_CHARGE, _ROW, _DAC, _ADC, _TIMING),
        ),
        "delay": _READ,
        "area": _AREA,
    },
    "sram": {
        "energy": (
            Correction("multiply_energy_factor", ("multipliers",)),
            Correction("tree_energy_factor", ("adder_tree", "adders")),
            Correction("accumulator_energy_factor", ("accumulators",)),
            Correction("operand_energy_factor", ("operands",)),
            _ROW,
        ),
        "delay": (
            Correction("tree_delay_factor", ("tree",)),
            Correction("clock_delay_factor", ("clock",)),
        ),
        "area": (
            Correction("cell_area_factor", ("cells",)),
            Correction("logic_area_factor", ("multipliers", "drivers", "adder_tree", "adders")),
            Correction("accumulator_area_factor", ("accumulators",)),
            Correction("control_area_factor", ("control",)),
        ),
    },
}
EXPONENTS = {
    "energy": Prior("capacitance_exponent", 1.0, WIDTH),
    "delay": Prior("delay_exponent", 0.5, WIDTH),
    "area": Prior("", 0.0, WIDTH),
}
COLUMN = "column_energy_factor"
SYSTEM_AREA = "system_area_factor"
