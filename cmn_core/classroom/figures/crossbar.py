"""One small array at work: rows driven by input bits, columns that add up, an ADC that reads them.

The ADC follows the rule of cim.conversion: its codes cover the largest sum that can occur, with a
step of a whole number of unit products; a step of one loses nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cmn_core.arrays import Ints
from cmn_core.errors import FieldError

ROWS, COLUMNS = 8, 6
ADC_BITS = (2, 3, 4)


@dataclass(frozen=True, eq=False)
class Reading:
    """weights [ROWS, COLUMNS] in -1, 0, 1 (a pair of cells each); sums, read [COLUMNS]; step: of
    the ADC in unit products."""

    weights: Ints
    driven: tuple[bool, ...]
    sums: Ints
    read: Ints
    step: int

    @property
    def wrong(self) -> int:
        """Columns whose reading is not their sum."""
        return int((self.read != self.sums).sum())


def read_array(driven: tuple[bool, ...], *, adc_bits: int, seed: int = 0) -> Reading:
    """Drive rows of an array of random weights and read every column.

    driven: [ROWS] input bits; adc_bits: 2 to 4. FieldError otherwise.
    """
    if len(driven) != ROWS:
        raise FieldError("driven", f"found {len(driven)} rows", f"{ROWS} are expected")
    if adc_bits not in ADC_BITS:
        raise FieldError("adc_bits", f"found {adc_bits}", "2 to 4 is allowed")
    weights = np.random.default_rng([seed, ROWS, COLUMNS]).integers(-1, 2, (ROWS, COLUMNS))
    sums = weights[np.array(driven, dtype=np.bool_)].sum(axis=0)
    half = 2 ** (adc_bits - 1)
    step = max(1, math.ceil(ROWS / half))
    codes = np.clip(np.floor(sums / step + 0.5), -half, half)
    return Reading(weights, tuple(driven), sums, (codes * step).astype(np.int64), step)
