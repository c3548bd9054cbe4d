"""The macro of a measured chip as knobs of its technology file: its own values by default."""

from __future__ import annotations

import math
from typing import Any

from cmn_core.cim.technologies.node_scaling import at_node
from cmn_core.cim.technologies.technology import RULES, Knob, load_technology
from cmn_core.quantities import BASE_NM
from cmn_core.silicon.structure import Structure


def own_macro(shape: Structure) -> dict[str, Any]:
    """The chip's own macro as the default one, beside the levels of the search."""
    own = load_technology(shape.technology.name)
    there = at_node(own, shape.technology.node_nm)
    wanted = {"rows": shape.rows, "cols": shape.cols, "vdd_v": round(shape.vdd_v, 3)}
    if shape.topology == "analog":
        wanted |= {
            "active_rows": shape.active,
            "adc_bits": math.ceil(shape.adc_bits),
            "columns_per_adc": max(1.0, math.floor(shape.cols / shape.adcs)),
            "cell_bits": shape.read_weights,
            "dac_bits": math.ceil(shape.read_inputs),
        }
    else:
        wanted |= {"rows_per_tree": max(1.0, math.floor(shape.rows / shape.active))}
    fitting = {n: v for n, v in wanted.items() if _allowed(there.knob[n], v)}
    macro = {**there.default, **fitting}
    if not all(rule.holds(macro) for rule in RULES[own.kind]):
        fitting = {n: v for n, v in fitting.items() if n == "vdd_v"}
    return {
        name: _knob(there.knob[name], fitting.get(name, there.knob[name].default))
        for name in there.knobs
        if name in fitting or (name == "vdd_v" and there.node_nm != BASE_NM)
    }


def _allowed(knob: Knob, value: float) -> bool:
    return knob.low <= value <= knob.high and (not knob.integer or value == int(value))


def _knob(knob: Knob, default: float) -> dict[str, Any]:
    kind = int if knob.integer else float
    levels = sorted({*knob.levels, default})
    return {"levels": [kind(v) for v in levels], "default": kind(default)}
