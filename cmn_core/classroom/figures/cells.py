"""How well the levels of an RRAM cell can be told apart, for cells of one, two and three bits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.circuits.cell_error import LEVELS, NAMES, disturbance
from cmn_core.cim.technologies.technology import load_technology
from cmn_core.design import Workload

POINTS = 41  # of the curve of one level
REACH = 4.0  # standard deviations that it covers either way


@dataclass(frozen=True, eq=False)
class CellLevels:
    """Levels of a cell as shares of the largest conductance.

    mean, sd: [2^bits], programming and reading together; misread: [2^bits] share of reads nearer to
    another level; sigma_rel: relative error that cells alone add to a product of 8-bit weights;
    columns: cell pairs of such a weight
    """

    bits: int
    mean: Floats
    sd: Floats
    misread: Floats
    sigma_rel: float
    columns: int

    def curves(self) -> list[tuple[int, float, float]]:
        """Level, conductance, density of what a read finds (per unit of the largest)."""
        steps = np.linspace(-REACH, REACH, POINTS)
        return [
            (level, float(m + z * s), float(math.exp(-0.5 * z * z) / (s * math.sqrt(2 * math.pi))))
            for level, (m, s) in enumerate(zip(self.mean, self.sd, strict=True))
            for z in steps
        ]


def cell_levels(bits: int) -> CellLevels:
    """bits: 1 to 3, as `cell_bits` of the technology."""
    technology = load_technology("rram")
    mean = np.linspace(0.0, 1.0, 2**bits)
    written = np.interp(mean, LEVELS, [technology.value(name) for name in NAMES])
    sd = np.hypot(written, technology.value("read_sigma"))
    half = 0.5 / (2**bits - 1)
    tail = np.array([0.5 * math.erfc(half / s / math.sqrt(2.0)) for s in sd])
    neighbours = np.full(2**bits, 2.0)
    neighbours[[0, -1]] = 1.0
    work = Workload()
    knobs = {**technology.default, "cell_bits": float(bits)}
    cells, _ = disturbance(technology, work.weight_bits, knobs)
    columns = -(-(work.weight_bits - 1) // bits)
    return CellLevels(bits, mean, sd, tail * neighbours, math.sqrt(float(cells)), columns)
