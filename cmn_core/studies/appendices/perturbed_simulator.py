"""A simulator that is wrong on purpose: constants of the technologies scaled, part by part.

`systematic` makes every energy, delay and area wrong by one and the same factor; `random` draws a
factor for each component on its own, exp(x z) with z standard normal. What follows from the
constants follows here too (a chip that is drawn too large leaks too much), and is taken out of the
systematic kind, so that 10 % there means 10 % of the totals.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cmn_core.cim.technologies.parameters import SCHEMA
from cmn_core.cim.technologies.technology import Technology, load_technology

KINDS = ("systematic", "random")


@dataclass(frozen=True)
class Component:
    """Constants that are wrong together.

    power: of the common factor in the systematic kind, where the totals depend on the constants
    through something else that is scaled too (leakage on area and time, wires on the root of the
    area); None: not scaled there; inverse: a rate, which goes down where a time goes up
    """

    name: str
    constants: tuple[str, ...]
    power: float = 1.0
    inverse: bool = False


COMPONENTS = (
    Component("cells", ("cell_energy_factor", "charge_energy_factor", "multiply_energy_fj")),
    Component("converters", ("adc_energy_factor", "dac_energy_factor")),
    # Power of a macro times its time, which is scaled already.
    Component("static", ("static_energy_factor",), power=0.0),
    Component("lines", ("wordline_cap_ff", "word_cap_ff", "bitline_cap_ff")),
    Component(
        "logic",
        (
            "adder_energy_fj",
            "register_energy_fj",
            "gate_cap_ff",
            "operand_energy_pj",
            "shift_add_pj",
        ),
    ),
    Component(
        "buffers", ("tile_buffer_pj_per_byte", "map_read_pj_per_byte", "map_write_pj_per_byte")
    ),
    Component("bus", ("bus_pj_per_bit",)),
    Component("wires", ("wire_pj_per_bit_mm",), power=0.5),
    # Power per area times area times time: two factors already.
    Component("leakage of logic", ("leakage_uw_per_um2",), power=-1.0),
    # Power per bit times time.
    Component("leakage of cells", ("sram_cell_leakage_pw",), power=0.0),
    Component("time of arrays", ("delay_factor",)),
    Component("time of logic", ("digital_clock_ghz",), inverse=True),
    Component("area of arrays", ("cell_area_f2", "adc_area_factor", "driver_area_um2")),
    Component("area of lines and control", ("line_area_um2", "control_area_um2")),
    Component(
        "area of logic",
        ("adder_area_um2", "register_area_um2", "gate_area_um2", "shift_add_area_um2"),
    ),
    Component("area of SRAM", ("sram_cell_area_um2",)),
)


def wrong_simulator(
    kind: str, level: float, *, seed: int, memories: tuple[str, ...]
) -> dict[str, Any] | None:
    """Technology documents by memory, as a Scenario takes them; None for a level of 0.

    kind: systematic or random; level: 0.1 is 10 %. Systematic errors alternate with the seed: even
    seeds too much, odd ones too little.
    """
    if level == 0.0:
        return None
    factors = component_factors(kind, level, seed=seed)
    title = f"{kind} error of {100 * level:g} %, seed {seed}"
    return {memory: _document(load_technology(memory), factors, title) for memory in memories}


def component_factors(kind: str, level: float, *, seed: int) -> Mapping[str, float]:
    """Factor of each component's constants."""
    if kind == "systematic":
        common = 1.0 + level if seed % 2 == 0 else 1.0 / (1.0 + level)
        return {c.name: common**c.power for c in COMPONENTS}
    z = np.random.default_rng([seed, 7]).standard_normal(len(COMPONENTS))
    return {c.name: math.exp(level * float(v)) for c, v in zip(COMPONENTS, z, strict=True)}


def _document(technology: Technology, factors: Mapping[str, float], title: str) -> dict[str, Any]:
    constants = {}
    for component in COMPONENTS:
        factor = factors[component.name]
        for name in component.constants:
            known = technology.constants.get(name)
            if known is None or factor == 1.0:
                continue
            value = known.value / factor if component.inverse else known.value * factor
            constants[name] = {"value": value, "unit": known.unit, "source": title}
    return {"schema": SCHEMA, "base": technology.name, "title": title, "constants": constants}
