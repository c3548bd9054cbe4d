import csv

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.predictor import Predictor
from cmn_core.predictor.estimate import BLOCK_SHARES
from cmn_core.predictor.fitting import fit

B0 = SPACES["b0"]


def law(rows):
    """A made-up accuracy that grows with the logarithm of each block's FFN."""
    size = np.log2(rows[:, :4]) * 0.4 + np.log2(rows[:, 4:] / np.array(B0.max_hidden))
    return 15.0 + size.sum(1) * 0.5 - 0.02 * size[:, 0] * size[:, 3]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    rng = np.random.default_rng(0)
    rows = rng.integers(B0.lower, B0.upper + 1, (400, 8))
    noise = rng.normal(0, 0.1, 400)
    path = tmp_path_factory.mktemp("t") / "table.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        names = [f"{k}{b}" for k in "eh" for b in range(1, 5)]
        writer.writerow([*names, "weight_bits", "output_sigma", "miou", "pixel_accuracy"])
        for row, y in zip(rows.tolist(), law(rows) + noise, strict=True):
            writer.writerow([*row, "", "", y, 50])
        for row, y in zip(rows[:40].tolist(), law(rows[:40]), strict=True):
            writer.writerow([*row, 4, "", 0.5 * y, 40])
            writer.writerow([*row, 8, "", y, 50])
            for sigma in (0.05, 0.1, 0.15):
                measured = y - 60.0 * sigma**2 + rng.normal(0, 0.02)
                writer.writerow([*row, "", sigma, measured, 50])
    return Predictor(B0, fit(B0, path, {"images": "made up", "trained_on": "nothing"}))


def test_error_and_interval_on_unseen_subnets(made):
    rng = np.random.default_rng(1)
    rows = rng.integers(B0.lower, B0.upper + 1, (2000, 8))
    truth = law(rows) + rng.normal(0, 0.1, 2000)
    found = made.predict(rows[:, :4], rows[:, 4:])
    assert np.abs(found.miou - truth).mean() < 0.15
    covered = ((found.low <= truth) & (truth <= found.high)).mean()
    assert 0.85 < covered < 0.95
    assert made.quality["kendall_tau"] > 0.9


def test_a_batch_equals_the_loop_bit_for_bit(made):
    rows = np.random.default_rng(2).integers(B0.lower, B0.upper + 1, (3, 17, 8))
    batch = made.predict(rows[..., :4], rows[..., 4:]).miou
    for i, j in np.ndindex(3, 17):
        assert made.predict(rows[i, j, :4], rows[i, j, 4:]).miou == batch[i, j]


def test_few_bits_lose_what_was_measured(made):
    e, h = B0.largest.experts, B0.largest.hidden
    exact = made.predict(e, h).miou
    assert made.predict(e, h, weight_bits=4).miou == pytest.approx(exact / 2, abs=0.3)
    assert made.predict(e, h, weight_bits=6).miou == made.predict(e, h, weight_bits=4).miou
    assert made.predict(e, h, weight_bits=8).miou == pytest.approx(exact, abs=0.2)
    assert made.predict(e, h, weight_bits=16).miou == exact


def test_an_output_error_costs_what_was_measured(made):
    e, h = B0.largest.experts, B0.largest.hidden
    exact = made.predict(e, h)
    same = made.predict(e, h, output_sigma=[0.0] * 4)
    assert (same.miou, same.low, same.high) == (exact.miou, exact.low, exact.high)
    off = made.predict(e, h, output_sigma=[0.1] * 4)
    assert exact.miou - off.miou == pytest.approx(0.6, abs=0.1)
    assert off.high - off.low > exact.high - exact.low
    # squares count, each with its block's share of 1
    assert sum(BLOCK_SHARES) == pytest.approx(1.0)
    one = made.predict(e, h, output_sigma=[0.1, 0.0, 0.0, 0.0])
    assert exact.miou - one.miou == pytest.approx((exact.miou - off.miou) * BLOCK_SHARES[0])
    assert np.isnan(made.predict(e, h, output_sigma=[0.2] * 4).miou)
