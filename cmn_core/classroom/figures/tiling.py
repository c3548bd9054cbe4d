"""A memory map: where one weight matrix of an expert lies, array by array."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.circuits.macro import build_macro
from cmn_core.cim.mapping import fit_columns, fit_rows
from cmn_core.cim.technologies.technology import load_technology
from cmn_core.classroom.specimen import HIDDEN, SPACE, WORKLOAD


@dataclass(frozen=True, eq=False)
class Tiling:
    """The first matrix of an expert, inputs x outputs; columns: that a weight takes; filled:
    [row tiles, column tiles] share of each array's cells in use."""

    inputs: int
    outputs: int
    columns: int
    filled: Floats

    @property
    def arrays(self) -> int:
        return int(self.filled.size)


def tiling(memory: str, block: int, side: int) -> Tiling:
    """block: 1 to 4 of the specimen; side: rows and columns of an array."""
    technology = load_technology(memory)
    knobs = {**technology.default, "rows": float(side), "cols": float(side)}
    if "active_rows" in knobs:
        knobs["active_rows"] = min(knobs["active_rows"], float(side))
    macro = build_macro(technology, WORKLOAD, knobs)
    inputs, outputs = SPACE.widths[block - 1], HIDDEN[block - 1]
    down = int(np.ravel(fit_rows(macro, np.array([float(inputs)])).tiles)[0])
    across = int(np.ravel(fit_columns(macro, np.array([float(outputs)])).tiles)[0])
    slices = int(macro.slices)
    rows = np.clip(inputs - side * np.arange(down), 0, side) / side
    columns = np.clip(outputs * slices - side * np.arange(across), 0, side) / side
    return Tiling(inputs, outputs, slices, np.outer(rows, columns))
