"""Draws of what the calibration leaves open, as they ship beside the technologies.

The same draw is the same world: whatever is priced under it has the same corrections of the same
class. So two designs are compared draw by draw, and what they share cancels.
"""

from __future__ import annotations

import json
import math
import zlib
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.technologies.measured import SCATTER, given
from cmn_core.cim.technologies.node_scaling import dimension
from cmn_core.cim.technologies.technology import FOLDER, Technology, load_technology
from cmn_core.quantities import BASE_NM

DRAWS_FILE = FOLDER / "draws.json"
DRAWS = 256
EXPONENTS = {"energy": "capacitance_exponent", "delay": "delay_exponent"}
# Whose chips speak for a technology that ships no draws of its own, by kind.
NEAREST = {"analog": "rram", "digital": "sram"}


@dataclass(frozen=True, eq=False)
class CorrectionDraws:
    """ln of one correction over its value, [draw], and the parts that it scales."""

    parts: tuple[str, ...]
    ln: Floats


@cache
def draws_of(technology: str, quantity: str) -> dict[str, CorrectionDraws]:
    """Every correction of a class by name, and the scatter of chips around it under SCATTER.

    technology: "rram", "sram" or "sram_analog"; quantity: energy, delay or area
    """
    table = _file()[technology][quantity]
    return {
        name: CorrectionDraws(tuple(entry["parts"]), np.array(entry["ln"]))
        for name, entry in table.items()
    }


def array_groups(
    memory: str, technology: Technology, quantity: str
) -> tuple[dict[str, str], dict[str, Floats]]:
    """Group of each part of an array that chips correct, and ln of each group's factor, [draw].

    Parts that no correction scales, and times, which are not told apart by part, share the group
    named as the memory: it has the scatter of chips, times also the mean of the corrections.
    A file of one's own scales all of it with its spread. Away from 28 nm all share what the
    exponent of the node is off by, times ln of the node's dimension. One made of a measured chip
    has the draws given that chip.
    """
    known = technology.base or technology.name
    if known not in _file():
        known = NEAREST[technology.kind]
    found = draws_of(known, quantity)
    own = technology.value(f"{quantity}_spread")
    share = own / load_technology(known).value(f"{quantity}_spread")
    scatter = share * found[SCATTER].ln
    exponent = EXPONENTS.get(quantity)
    if exponent is not None and technology.node_nm != BASE_NM:
        away = math.log(dimension(technology.node_nm))
        scatter = scatter + share * away * found[exponent].ln
    each = {n: share * c.ln for n, c in found.items() if c.parts}
    figures = [m for m in technology.measured if m.quantity == quantity]
    if figures:
        whole = {n: share * c.ln for n, c in found.items() if n in figures[0].shares}
        scores = [normal(f"noise {memory} {quantity} {i}") for i in range(len(figures))]
        moved = given(figures, {**each, **whole, SCATTER: scatter}, scores)
        each = {n: moved[n] for n in each}
        other = normal(f"other rows {memory} {quantity}")
        scatter = moved[SCATTER] + figures[0].other_rows * other
    if quantity == "delay":
        return {}, {memory: scatter + np.mean(list(each.values()), axis=0)}
    groups = {part: f"{memory}.{n}" for n in each for part in found[n].parts}
    factors = {f"{memory}.{n}": scatter + ln for n, ln in each.items()}
    return groups, {memory: scatter, **factors}


@cache
def normal(name: str) -> Floats:
    """[draw] standard normal scores in an order of that name's own."""
    scores = [NormalDist().inv_cdf((i + 0.5) / DRAWS) for i in range(DRAWS)]
    return np.random.default_rng(zlib.crc32(name.encode())).permutation(np.array(scores))


@cache
def _file() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(DRAWS_FILE.read_text(encoding="utf-8"))
    return table
