"""How a weight of eight bits lies in cells: a sign by the pair, a magnitude cut into digits.

The same cut as the cost model's (cim.circuits.adc_error): 8 bits are a sign and 7 of magnitude.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cmn_core.cim.chip import combine
from cmn_core.cim.circuits.adc_error import magnitude_bits
from cmn_core.classroom.specimen import WORKLOAD, priced
from cmn_core.errors import FieldError

CELL_BITS = (1, 2, 3)
MOST = 2 ** magnitude_bits(WORKLOAD.weight_bits) - 1  # 127


@dataclass(frozen=True)
class Slices:
    """digits: of the magnitude, most significant first; places: what one step of each is worth."""

    weight: int
    cell_bits: int
    digits: tuple[int, ...]
    places: tuple[int, ...]

    @property
    def columns(self) -> int:
        """Columns, each a pair of cells, that a weight takes."""
        return len(self.digits)

    @property
    def pairs(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Level of each column's plus cell and of its minus cell; one of the two rests at 0."""
        rest = (0,) * self.columns
        return (self.digits, rest) if self.weight >= 0 else (rest, self.digits)

    @property
    def value(self) -> int:
        """What the columns add up to: currents of the pairs subtracted, then shifted and added."""
        plus, minus = self.pairs
        return sum(p * (a - b) for p, a, b in zip(self.places, plus, minus, strict=True))


def slice_weight(weight: int, cell_bits: int) -> Slices:
    """weight: -127 to 127; cell_bits: 1 to 3. FieldError otherwise."""
    if abs(weight) > MOST:
        raise FieldError("weight", f"found {weight}", f"{-MOST} to {MOST} is allowed")
    if cell_bits not in CELL_BITS:
        raise FieldError("cell_bits", f"found {cell_bits}", "1 to 3 is allowed")
    count = -(-magnitude_bits(WORKLOAD.weight_bits) // cell_bits)
    shifts = [cell_bits * place for place in reversed(range(count))]
    digits = tuple((abs(weight) >> shift) & (2**cell_bits - 1) for shift in shifts)
    return Slices(weight, cell_bits, digits, tuple(2**shift for shift in shifts))


def sliced_chip(cell_bits: int) -> tuple[float, float, float]:
    """mm2, uJ per image and output error (a share) of the specimen with such cells."""
    costs = priced("rram", knobs={"cell_bits": float(cell_bits)})
    chip = combine({"rram": costs}, [True] * 4)
    return float(chip.area_mm2), float(chip.energy_uj), float(np.max(costs.sigma_rel))
