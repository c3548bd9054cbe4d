"""One array with its periphery: what a used cell, read, row and output cost, its area and speed.

Both technologies reduce to the same few figures, so that mapping and pricing know no technology:

- a weight takes `slices` columns; `group_rows` rows are summed at once, `lanes` columns at once;
- energy is charged per stored weight that takes part, per read of an output (one group of rows,
  all slices), per driven row, per partial sum of an output and per nanosecond an array is on.

All figures cover a whole matrix-vector product, that is all bit-serial input steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cmn_core.arrays import Floats

Amount = Floats | float
BITS_PER_MB = 8e6


@dataclass(frozen=True, eq=False)
class Charge:
    """Energy of one part in pJ: per weight, per read of an output, per driven row, per sum."""

    weight: Amount = 0.0
    read: Amount = 0.0
    row: Amount = 0.0
    sum: Amount = 0.0


@dataclass(frozen=True, eq=False)
class Macro:
    """One array. Every field is an array over hardware points.

    rows, cols: size; group_rows: rows of one read; groups: reads that cover all rows;
    lanes: columns finished at once; slices: columns per weight
    read_ns: one read of `lanes` columns
    on_uw: static power while the array works; draws: whether there is any
    standby_uw: leakage that never stops; hold_pj: what an array takes from one image to the next
    while the chip waits and wakes (conditions.py), 0 without a pause
    mb: capacity in MB of weights at their precision
    error: conversion error variance per row, see conversion.error_per_row
    energy, area_um2: by part
    """

    rows: Floats
    cols: Floats
    group_rows: Floats
    groups: Floats
    lanes: Floats
    slices: Floats
    read_ns: Floats
    on_uw: Floats
    draws: bool
    standby_uw: Floats
    mb: Floats
    error: Floats
    energy: Mapping[str, Charge]
    area_um2: Mapping[str, Floats]
    hold_pj: Amount = 0.0

    @property
    def total_charge(self) -> Charge:
        """Sum over the parts."""
        charges = list(self.energy.values())
        return Charge(
            add([c.weight for c in charges]),
            add([c.read for c in charges]),
            add([c.row for c in charges]),
            add([c.sum for c in charges]),
        )

    @property
    def total_um2(self) -> Floats:
        return add(list(self.area_um2.values()))


def off_as_a_whole(macro: Macro, *, energy: float, area: float) -> Macro:
    """The macro with all of its energy and area scaled, as one chip may be off from its class."""
    if energy == 1.0 and area == 1.0:
        return macro
    charges = {
        n: Charge(energy * c.weight, energy * c.read, energy * c.row, energy * c.sum)
        for n, c in macro.energy.items()
    }
    areas = {n: area * v for n, v in macro.area_um2.items()}
    return replace(macro, on_uw=energy * macro.on_uw, energy=charges, area_um2=areas)


def add(values: list[Amount]) -> Floats:
    """Sum in order; what is absent (a plain 0.0) is skipped. numpy's scalars are floats too."""
    present = [np.asarray(v) for v in values if type(v) is not float]
    total = present[0] if present else np.zeros(())
    for value in present[1:]:
        total = total + value
    return total
