"""Draws of what the calibration leaves open, as they ship beside the technologies.

The same draw is the same world: whatever is priced under it has the same corrections of the same
class. So two designs are compared draw by draw, and what they share cancels.
"""

from __future__ import annotations

import json
from functools import cache

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.technologies.technology import FOLDER

DRAWS_FILE = FOLDER / "draws.json"
SCATTER = "scatter"


@cache
def draws_of(technology: str, quantity: str) -> dict[str, Floats]:
    """[draw] ln of each correction over its value, and of the scatter of chips.

    technology: "rram", "sram" or "sram_analog"; quantity: energy, delay or area
    """
    table = json.loads(DRAWS_FILE.read_text(encoding="utf-8"))
    return {name: np.array(values) for name, values in table[technology][quantity].items()}
