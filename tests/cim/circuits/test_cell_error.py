"""The error of cells and wires against arrays simulated cell by cell, and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cmn_core.cim.circuits.cell_error import LEVELS, LINE_SPREAD, NAMES, disturbance
from cmn_core.cim.technologies.technology import load_technology

RRAM, SRAM = load_technology("rram"), load_technology("sram")


def cells(cell: int, weight_bits: int = 8) -> float:
    return float(disturbance(RRAM, weight_bits, {**RRAM.default, "cell_bits": cell})[0])


def simulated(cell: int, weight_bits: int, seed: int) -> float:
    """Error over signal variance of products with every cell of every pair disturbed."""
    rng = np.random.default_rng(seed)
    rows, outputs, vectors = 400, 150, 60
    full = 2.0 ** (weight_bits - 1)
    w = np.clip(np.rint(rng.normal(0.0, full / 4.0, (rows, outputs))), 1 - full, full - 1)
    x = rng.normal(0.0, 1.0, (vectors, rows))
    magnitude, largest = np.abs(w).astype(np.int64), 2**cell - 1
    sigma = [RRAM.value(n) for n in NAMES]
    read = RRAM.value("read_sigma")
    off = np.zeros_like(w)
    for place in range(math.ceil((weight_bits - 1) / cell)):
        digit = (magnitude >> (cell * place)) & largest
        for level in (digit / largest, np.zeros_like(w)):  # the cell that holds it, the other one
            sd = np.hypot(np.interp(level, LEVELS, sigma), read)
            off += 2.0 ** (cell * place) * largest * sd * rng.standard_normal(w.shape)
    return float(np.mean((x @ off) ** 2) / np.mean((x @ w) ** 2))


@pytest.mark.parametrize(("cell", "bits"), [(1, 8), (2, 8), (3, 8), (1, 4), (2, 4)])
def test_cells_agree_with_an_array_of_them(cell: int, bits: int) -> None:
    assert cells(cell, bits) == pytest.approx(simulated(cell, bits, 5), rel=0.06)


def test_ternary_cells_by_hand() -> None:
    # 2-bit weights are -1, 0, 1, P(1) = 0.3173: one pair, mean square 0.3173
    ones, low, high, read = 0.3173, 0.00875, 0.0275, 0.01
    pair = low**2 + 2.0 * read**2 + ones * high**2 + (1.0 - ones) * low**2
    assert cells(1, 2) == pytest.approx(pair / ones, rel=1e-3)


def test_more_bits_per_cell_disturb_more() -> None:
    one, two, three = (cells(c) for c in (1, 2, 3))
    assert one < two < three
    assert 0.04 < math.sqrt(one) < 0.07
    assert math.sqrt(two) > 3.0 * math.sqrt(one)


def line(rows: int, active: int) -> float:
    """Spread of the voltage lost along a bit line, each segment solved for itself."""
    knobs = {**RRAM.default, "rows": rows, "active_rows": active, "cell_bits": 1}
    total, segments = 0.0, 4000
    # current evenly spread over the line: what flows through a segment is what enters beyond it
    through = (np.arange(segments)[::-1] + 0.5) / segments
    lost = np.cumsum(through) / segments
    total = float(lost.std())
    wires = float(disturbance(RRAM, 8, knobs)[1])
    assert total == pytest.approx(LINE_SPREAD, rel=1e-3)
    return wires


def test_wires_by_hand() -> None:
    wires = line(128, 64)
    # 8-bit Gaussian weights: E|digit| = 0.5 less the zero's share, about half of the cells are on
    assert wires == pytest.approx((LINE_SPREAD * 128e-6 * 0.5 * 64 * 2.5) ** 2, rel=0.6)
    # the line is twice as long, and twice as many rows are driven: four times the voltage
    assert line(256, 128) == pytest.approx(16.0 * wires, rel=1e-12)


def test_digital_arrays_are_not_disturbed() -> None:
    assert [float(v) for v in disturbance(SRAM, 8, SRAM.default)] == [0.0, 0.0]
