"""Constants of what lies outside the arrays: DRAM and the writing of arrays, each with a source."""

from __future__ import annotations

import tomllib
from functools import cache

from cmn_core.cim.technology import FOLDER, Constant

FILE = FOLDER / "off_chip.toml"


@cache
def constants() -> dict[str, Constant]:
    """Name -> value, unit and source."""
    with FILE.open("rb") as file:
        entries = tomllib.load(file)["constants"]
    return {name: Constant(**entry) for name, entry in entries.items()}


def off_chip(name: str) -> float:
    """Number of the named constant, in the unit that the file states."""
    return constants()[name].value
