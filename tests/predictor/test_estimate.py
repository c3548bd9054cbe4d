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


def run_law(run):
    """What a network loses by how it is run: few experts of many, few bits, small images."""
    lost = 0.3 * np.log2(run[:, :4] / run[:, 8:12]).sum(1)
    lost += 3.0 * (240 - run[:, 12]) / 120
    for bits, weight in ((run[:, 14], 60.0), (run[:, 15], 20.0)):
        lost += weight * np.where(bits > 0, 4.0 ** (1.0 - bits), 0.0)
    return law(run[:, :8]) - lost


def runs(count, seed):
    rng = np.random.default_rng(seed)
    genes = rng.integers(B0.lower, B0.upper + 1, (count, 8))
    top_k = np.minimum(rng.integers(1, 6, (count, 4)), genes[:, :4])
    size = np.array([(240, 320), (120, 160)])[rng.integers(0, 2, count)]
    bits = rng.choice([0, 8, 5, 4], (count, 1)), rng.choice([0, 8, 6], (count, 1))
    return np.concatenate([genes, top_k, size, *bits], axis=1)


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """450 networks as they were run, 120 of them exactly and the others on few images."""
    rows, rng = runs(450, 0), np.random.default_rng(9)
    noise = np.where(np.arange(450) < 120, 0.0, 0.5)
    path = tmp_path_factory.mktemp("t") / "table.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        names = [f"{k}{b}" for k in "eh" for b in range(1, 5)]
        rest = ["weight_bits", "output_sigma", "miou", "pixel_accuracy", "activation_bits", "top_k"]
        writer.writerow([*names, *rest, "height", "width", "noise"])
        truth = run_law(rows)
        seen = truth + rng.normal(0, 1, 450) * noise
        for row, y, s in zip(rows.tolist(), seen, noise, strict=True):
            k = "/".join(map(str, row[8:12])) if row[8:12] != row[:4] else ""
            rest = [y, 50, row[15] or "", k, *row[12:14], s or ""]
            writer.writerow([*row[:8], row[14] or "", "", *rest])
        for row, y in zip(rows[:30].tolist(), truth[:30], strict=True):
            k = "/".join(map(str, row[8:12]))
            for sigma in (0.05, 0.1, 0.15):
                off = [y - 60.0 * sigma**2, 50, row[15] or "", k, *row[12:14], ""]
                writer.writerow([*row[:8], row[14] or "", sigma, *off])
    return Predictor(B0, fit(B0, path, {"images": "made up", "trained_on": "nothing"}))


def test_every_axis_of_a_table_is_predicted(wide):
    rows = runs(1000, 1)
    truth = run_law(rows)
    found, width = np.empty(1000), np.empty(1000)
    for i, row in enumerate(rows.tolist()):
        answer = wide.predict(
            row[:4],
            row[4:8],
            top_k=row[8:12],
            image=(row[12], row[13]),
            weight_bits=row[14] or None,
            activation_bits=row[15] or None,
        )
        found[i], width[i] = answer.miou, answer.high - answer.miou
    error = np.abs(found - truth)
    assert error.mean() < 0.3
    assert (error <= width).mean() > 0.85
    assert wide.quality["kendall_tau"] > 0.9
    assert wide.quality["judged_by"] == 120  # rows on few images judge nobody
    assert wide.quality["mean_error"] == pytest.approx(error.mean(), abs=0.08)
    assert wide.basis.to_json() == {
        "images": [[120, 160], [240, 320]],
        "sparse": True,
        "weight_bits": 4,
        "activation_bits": 6,
    }


def test_of_a_table_with_axes_a_batch_equals_the_loop(wide):
    rows = runs(40, 2)
    together = wide.predict(rows[:, :4], rows[:, 4:8], top_k=rows[:, 8:12], weight_bits=8).miou
    for row, miou in zip(rows, together, strict=True):
        one = wide.predict(row[:4], row[4:8], top_k=row[8:12], weight_bits=8).miou
        assert one == miou
    # More experts of a token than there are is all of them, and so is none said.
    dense = wide.predict(rows[:, :4], rows[:, 4:8], weight_bits=8).miou
    assert (
        wide.predict(rows[:, :4], rows[:, 4:8], top_k=[5] * 4, weight_bits=8).miou == dense
    ).all()
    off = wide.predict(rows[:, :4], rows[:, 4:8], weight_bits=8, output_sigma=[[0.1] * 4] * 40).miou
    assert dense - off == pytest.approx(0.6, abs=0.1)
