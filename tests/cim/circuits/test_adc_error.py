"""The output error of a coarse ADC against a bit-true simulation of a small array."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from cmn_core.cim.circuits.adc_error import compute_error, digits, error_per_row, magnitude_bits
from cmn_core.cim.technologies.technology import load_technology

RRAM = load_technology("rram")
CREST = 4.0


def predicted(k: int, active: int, **knobs: int) -> float:
    """sigma_rel of a product of k rows by the model, k a multiple of `active`."""
    per_row = error(active, **knobs)
    return math.sqrt(per_row * math.ceil(k / active) / k)


def error(active: int, *, adc: int, cell: int, dac: int, w_bits: int = 8, a_bits: int = 8) -> float:
    return float(
        error_per_row(
            RRAM,
            weight_bits=w_bits,
            activation_bits=a_bits,
            active_rows=np.array(float(active)),
            adc_bits=np.array(float(adc)),
            cell_bits=np.array(float(cell)),
            dac_bits=np.array(float(dac)),
        )
    )


def bit_true(
    k: int, active: int, *, adc: int, cell: int, dac: int, w_bits: int = 8, a_bits: int = 8
) -> float:
    """Relative rms error of an array simulated read by read: digits, column sums, ADC, shift-add.

    Activations are applied in offset binary, whose offset is removed exactly by the digital side.
    An ADC code stands for `step` neighbouring sums and is read as their middle.
    """
    rng = np.random.default_rng(7)
    outputs, vectors = 96, 96
    w = np.rint(rng.normal(0.0, 2.0 ** (w_bits - 1) / CREST, (k, outputs)))
    w = np.clip(w, -(2 ** (w_bits - 1)) + 1, 2 ** (w_bits - 1) - 1).astype(np.int64)
    x = np.rint(rng.normal(0.0, 2.0 ** (a_bits - 1) / CREST, (vectors, k)))
    x = np.clip(x, -(2 ** (a_bits - 1)), 2 ** (a_bits - 1) - 1).astype(np.int64)
    applied = x + 2 ** (a_bits - 1)
    bits = magnitude_bits(w_bits)
    table = digits(w_bits, 3, CREST)
    half = 2 ** (adc - 1)
    digit_max = 2**dac - 1
    mean_square = digit_max * (2 * digit_max + 1) / 6
    result = np.zeros((vectors, outputs))
    for start in range(0, k, active):
        rows = slice(start, start + active)
        for step_index in range(math.ceil(a_bits / dac)):
            xd = (applied[:, rows] >> (dac * step_index)) & digit_max
            for place in range(math.ceil(bits / cell)):
                magnitude = (np.abs(w[rows]) >> (cell * place)) & (2**cell - 1)
                total = xd @ (np.sign(w[rows]) * magnitude)
                deviation = math.sqrt(active * mean_square) * table.rms[cell, place]
                reach = min(4 * deviation, active * digit_max * table.top[cell, place])
                step = max(1, math.ceil(reach / half))
                code = np.clip(total // step, -half, half - 1)
                value = step * code + (step - 1) / 2
                result += value * 2.0 ** (dac * step_index + cell * place)
    result -= 2 ** (a_bits - 1) * w.sum(axis=0)
    exact = x @ w
    return float(np.sqrt(np.mean((result - exact) ** 2) / np.mean(exact.astype(float) ** 2)))


@pytest.mark.parametrize(
    ("active", "adc", "cell", "dac"),
    [(64, 5, 2, 1), (64, 4, 1, 1), (128, 6, 2, 1), (128, 6, 2, 2), (64, 6, 3, 2), (128, 7, 2, 4)],
)
def test_error_agrees_with_bit_true_array(active: int, adc: int, cell: int, dac: int) -> None:
    model = predicted(256, active, adc=adc, cell=cell, dac=dac)
    array = bit_true(256, active, adc=adc, cell=cell, dac=dac)
    assert array > 0.01
    assert model == pytest.approx(array, rel=0.05)


@pytest.mark.parametrize("bits", [(4, 4), (4, 8), (8, 4)])
def test_error_agrees_at_other_precisions(bits: tuple[int, int]) -> None:
    w_bits, a_bits = bits
    model = predicted(256, 64, adc=5, cell=2, dac=1, w_bits=w_bits, a_bits=a_bits)
    array = bit_true(256, 64, adc=5, cell=2, dac=1, w_bits=w_bits, a_bits=a_bits)
    assert model == pytest.approx(array, rel=0.1)


def test_fine_adc_loses_nothing_in_the_array_and_nearly_nothing_in_the_model() -> None:
    # 64 rows of 1-bit inputs and digits up to 3 sum to at most 192: 9 bits count them all.
    assert bit_true(128, 64, adc=9, cell=2, dac=1) == 0.0
    assert error(64, adc=9, cell=2, dac=1) == 0.0
    assert predicted(128, 64, adc=7, cell=2, dac=1) < 1e-3


def test_coarser_adc_is_never_better() -> None:
    for cell in (1, 2, 3):
        errors = [error(128, adc=b, cell=cell, dac=2) for b in range(2, 11)]
        assert all(a >= b for a, b in itertools.pairwise(errors))
        assert errors[0] > 100 * errors[-1]


def test_table_is_the_formula() -> None:
    rng = np.random.default_rng(3)
    knobs = {
        "active_rows": rng.integers(1, 1025, 200).astype(float),
        "adc_bits": rng.integers(2, 11, 200).astype(float),
        "cell_bits": rng.integers(1, 4, 200).astype(float),
        "dac_bits": rng.integers(1, 5, 200).astype(float),
    }
    looked_up = error_per_row(RRAM, weight_bits=6, activation_bits=7, **knobs)
    computed = compute_error(RRAM, weight_bits=6, activation_bits=7, **knobs)
    assert np.array_equal(looked_up, computed)


def test_digits_of_small_weights() -> None:
    # 2-bit weights are -1, 0, 1 with sigma 1/2: P(1) = P(|z| > 1) = 0.3173.
    ternary = digits(2, 3, CREST)
    assert ternary.weight_rms**2 == pytest.approx(0.3173, abs=1e-4)
    assert ternary.rms[1, 0] ** 2 == pytest.approx(0.3173, abs=1e-4)
    # 1-bit weights are -1 or +1.
    assert digits(1, 3, CREST).weight_rms == 1.0
    # A digit pair of an 8-bit weight recombines: E|w| = sum of 4^place-weighted means of digits.
    eight = digits(8, 3, CREST)
    assert eight.top[2].tolist() == [3, 3, 3, 1, 0, 0, 0]
    assert eight.top[3].tolist() == [7, 7, 1, 0, 0, 0, 0]
    assert eight.weight_rms == pytest.approx(32.0, rel=0.01)
