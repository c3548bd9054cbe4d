"""The macro of a hardware point: analog arrays with ADCs, or digital ones with adder trees."""

from __future__ import annotations

import numpy as np

from cmn_core.cim.circuits.adder_tree import build_digital
from cmn_core.cim.circuits.analog import build_analog
from cmn_core.cim.circuits.array import BITS_PER_MB, Charge, Macro
from cmn_core.cim.circuits.conditions import at_conditions
from cmn_core.cim.technologies.technology import Knobs, Technology
from cmn_core.design import Workload
from cmn_core.quantities import BASE_NM

__all__ = ["BITS_PER_MB", "Charge", "Macro", "build_macro"]


def build_macro(technology: Technology, workload: Workload, knobs: Knobs) -> Macro:
    """The macro of each hardware point. knobs: arrays that broadcast; fields have their shape.

    Knobs are taken to be buildable (Technology.check_macro or Technology.buildable).
    """
    if workload.node_nm not in (BASE_NM, technology.node_nm):
        raise ValueError("a technology at the node of the workload is expected (node_scaling)")
    given = [np.asarray(knobs[n], dtype=np.float64) for n in technology.knobs]
    arrays = dict(zip(technology.knobs, np.broadcast_arrays(*given), strict=True))
    build = build_analog if technology.kind == "analog" else build_digital
    return at_conditions(build(technology, workload, arrays), technology, workload, arrays)
