"""Relative error of an analog product caused by its cells and wires, beside its ADC.

A cell that was programmed to one of its levels is off by a random amount, whose size depends on the
level (least at both ends), and reads differently each time. Both are taken as fixed during one
product and independent between cells. A pair holds a digit in one cell and the lowest level in the
other; the error of a digit, in units of its last place, is weighted with its place value and
divided by the weight's mean square, so it does not depend on how many rows are summed.

The current of a column falls off along the bit line. What all rows lose alike is calibrated away;
what rows lose differently is an error.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from cmn_core.arrays import Floats, Ints
from cmn_core.cim.circuits.adc_error import digits, magnitude_bits, magnitude_share
from cmn_core.cim.technologies.technology import Knobs, Technology

# Relative conductances at which the programming error is given.
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
NAMES = tuple(f"program_sigma_{round(100 * level)}" for level in LEVELS)
# Standard deviation of p - p^2 / 2 for p uniform on 0..1: the voltage lost along an evenly loaded
# line, in units of resistance x current of the whole line.
LINE_SPREAD = math.sqrt(2.0 / 15.0 - 1.0 / 9.0)
OHM_US = 1e-6


def disturbance(technology: Technology, weight_bits: int, knobs: Knobs) -> tuple[Floats, Floats]:
    """Error variance over signal variance of a product: of the cells, of the wires; [...] each.

    knobs: rows, active_rows, cell_bits, dac_bits, which broadcast. Zeros for a technology without
    analog cells.
    """
    if NAMES[0] not in technology.constants:
        zero = np.zeros(())
        return zero, zero
    cell = np.asarray(knobs["cell_bits"], dtype=np.float64).astype(np.int64)
    noise = _cells(technology, weight_bits)[cell]
    return noise, _wires(technology, weight_bits, knobs, cell)


@lru_cache(maxsize=64)
def _cells(technology: Technology, weight_bits: int) -> Floats:
    """[cell_bits] error variance of programming and reading over the weight's mean square."""
    top = int(technology.knob["cell_bits"].high)
    crest = technology.value("crest")
    bits = magnitude_bits(weight_bits)
    values = np.arange(2**bits)
    share = magnitude_share(weight_bits, crest)
    at, sigma = np.array(LEVELS), np.array([technology.value(name) for name in NAMES])
    read = technology.value("read_sigma")
    out = np.zeros(top + 1)
    for cell in range(1, top + 1):
        largest = 2**cell - 1
        for place in range(-(-bits // cell)):
            digit = (values >> (cell * place)) & largest
            written = np.interp(digit / largest, at, sigma)
            pair = written**2 + sigma[0] ** 2 + 2.0 * read**2
            out[cell] += 4.0 ** (cell * place) * largest**2 * float((share * pair).sum())
    return out / digits(weight_bits, top, crest).weight_rms ** 2


def _wires(technology: Technology, weight_bits: int, knobs: Knobs, cell: Ints) -> Floats:
    """Error variance of the voltage lost along bit lines: (spread x R_line x G_line)^2.

    G_line: mean conductance of the cells that are driven at once, half of a pair's, times the mean
    input; R_line: resistance of the whole bit line.
    """
    value = technology.value
    top = int(technology.knob["cell_bits"].high)
    mean = digits(weight_bits, top, value("crest")).mean_share[cell]
    low, high = value("conductance_min_us"), value("conductance_max_us")
    cell_us = low + 0.5 * (high - low) * mean
    line_us = 0.5 * np.asarray(knobs["active_rows"], dtype=np.float64) * cell_us
    line_ohm = value("bitline_ohm_per_row") * np.asarray(knobs["rows"], dtype=np.float64)
    lost = LINE_SPREAD * OHM_US * line_ohm * line_us
    return lost * lost
