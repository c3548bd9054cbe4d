"""Relative error of an analog product caused by its ADC: too few levels for the sum it reads.

A column sum of A rows is x . v with input digits x (uniform on 0..2^d - 1) and signed weight digits
v of a Gaussian weight. The ADC covers at least `range_sigmas` standard deviations of that sum with
2^b levels whose step is a whole number of unit products; a step of one loses nothing. The error of
every conversion is weighted with the place value of its input step and weight digit and summed over
the reads of a product; it is divided by the variance of the product itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.circuits.components import two_to
from cmn_core.cim.technologies.technology import Technology


@dataclass(frozen=True, eq=False)
class Digits:
    """Statistics of the signed digits of a weight, for cells of 0..max bits (row 0 unused).

    rms, top: [cell_bits, digit] root mean square and largest magnitude; 0 beyond the last digit
    mean_share: [cell_bits] mean |digit| over the largest one of the cell
    weight_rms: root mean square of the weight in units of its last place
    """

    rms: Floats
    top: Floats
    mean_share: Floats
    weight_rms: float


def magnitude_bits(weight_bits: int) -> int:
    """Bits of a weight beside its sign; a 1-bit weight is its sign alone, stored as +1 or -1."""
    return max(1, weight_bits - 1)


@lru_cache(maxsize=64)
def digits(weight_bits: int, max_cell_bits: int, crest: float) -> Digits:
    """Digits of a Gaussian weight whose full scale 2^(weight_bits - 1) lies at `crest` sigma."""
    bits = magnitude_bits(weight_bits)
    values = np.arange(2**bits)
    share = magnitude_share(weight_bits, crest)
    rms = np.zeros((max_cell_bits + 1, bits))
    top = np.zeros((max_cell_bits + 1, bits))
    mean = np.zeros(max_cell_bits + 1)
    for cell in range(1, max_cell_bits + 1):
        count = -(-bits // cell)
        for place in range(count):
            digit = (values >> (cell * place)) & (2**cell - 1)
            rms[cell, place] = math.sqrt(float((share * digit * digit).sum()))
            top[cell, place] = float(digit.max())
            mean[cell] += float((share * digit).sum()) / (2**cell - 1) / count
    return Digits(rms, top, mean, math.sqrt(float((share * values * values).sum())))


def error_per_row(
    technology: Technology,
    *,
    weight_bits: int,
    activation_bits: int,
    active_rows: Floats,
    adc_bits: Floats,
    cell_bits: Floats,
    dac_bits: Floats,
) -> Floats:
    """Error variance of one read over the signal variance of one row; the knobs may be arrays.

    A product of K rows that takes G reads has the relative error variance (G / K) times this.
    Looked up in a table of all whole knobs, which is computed once for each precision.
    """
    table, first, sizes = _error_table(technology, weight_bits, activation_bits)
    index = np.zeros((), dtype=np.int64)
    for knob, low, size in zip(
        (active_rows, adc_bits, cell_bits, dac_bits), first, sizes, strict=True
    ):
        index = index * size + (knob.astype(np.int64) - low)
    return table[index]


@lru_cache(maxsize=16)
def _error_table(
    technology: Technology, weight_bits: int, activation_bits: int
) -> tuple[Floats, list[int], list[int]]:
    """Errors of every (active_rows, adc_bits, cell_bits, dac_bits), flat; first values; sizes."""
    knobs = [technology.knob[n] for n in ("active_rows", "adc_bits", "cell_bits", "dac_bits")]
    axes = [np.arange(k.low, k.high + 1.0) for k in knobs]
    active, adc, cell, dac = np.meshgrid(*axes, indexing="ij", sparse=True)
    table = compute_error(
        technology,
        weight_bits=weight_bits,
        activation_bits=activation_bits,
        active_rows=active,
        adc_bits=adc,
        cell_bits=cell,
        dac_bits=dac,
    )
    return table.ravel(), [int(k.low) for k in knobs], [len(a) for a in axes]


def compute_error(
    technology: Technology,
    *,
    weight_bits: int,
    activation_bits: int,
    active_rows: Floats,
    adc_bits: Floats,
    cell_bits: Floats,
    dac_bits: Floats,
) -> Floats:
    """What `error_per_row` looks up. Shapes broadcast. Derived in docs/simulator.md; checked
    bit-true in tests/cim/circuits/test_adc_error.py.
    """
    crest = technology.value("crest")
    sigmas = technology.value("range_sigmas")
    clip = technology.value("clip_variance")
    table = digits(weight_bits, int(technology.knob["cell_bits"].high), crest)
    cell = cell_bits.astype(np.int64)
    digit_max = two_to(dac_bits) - 1.0
    input_square = digit_max * (2.0 * digit_max + 1.0) / 6.0
    spread = np.sqrt(active_rows * input_square)
    largest = active_rows * digit_max
    half_codes = two_to(adc_bits - 1.0)
    total = np.zeros(np.broadcast_shapes(spread.shape, half_codes.shape, cell.shape))
    for place in range(magnitude_bits(weight_bits)):
        deviation = spread * table.rms[cell, place]
        reach = np.minimum(sigmas * deviation, largest * table.top[cell, place])
        step = np.maximum(np.ceil(reach / half_codes), 1.0)
        rounding = (step * step - 1.0) / 12.0
        covered = step * half_codes
        clipped = np.where(
            covered < largest * table.top[cell, place],
            clip * deviation * deviation * _tail(sigmas * deviation / covered),
            0.0,
        )
        total = total + two_to(2.0 * cell_bits * place) * (rounding + clipped)
    steps = np.ceil(activation_bits / dac_bits)
    places = (two_to(2.0 * dac_bits * steps) - 1.0) / (two_to(2.0 * dac_bits) - 1.0)
    signal = max(4.0 ** (activation_bits - 1) / crest**2, 0.5) * table.weight_rms**2
    return total * places / signal


def _tail(ratio: Floats) -> Floats:
    """How the clipped variance of a Gaussian falls beyond 4 sigma: about the 24th power of 4/k."""
    square = ratio * ratio
    eighth = (square * square) * (square * square)
    return eighth * eighth * eighth


def magnitude_share(weight_bits: int, crest: float) -> Floats:
    """Probability of each magnitude 0..2^bits - 1 of a rounded, clipped Gaussian weight."""
    if weight_bits == 1:
        return np.array([0.0, 1.0])
    bits = magnitude_bits(weight_bits)
    sigma = 2.0**bits / crest
    edges = [math.erf((v - 0.5) / sigma / math.sqrt(2.0)) for v in range(1, 2**bits)]
    return np.diff(np.array([0.0, *edges, 1.0]))
