"""mIoU of an architecture from the measured tables: instant, with an interval, without torch.

A ridge regression on smooth features of experts and hidden sizes, fitted once by
`python -m cmn_core fit` and shipped as numbers; its interval comes from errors on subnets that
each fold of a cross-validation had not seen (split conformal, Vovk et al., 2005).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cmn_core.architecture import BLOCKS, SPACES, SearchSpace

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "accuracy"
COVERAGE = 0.90
RIDGE = 1e-3
FOLDS = 10

Array = NDArray[np.float64]


@dataclass(frozen=True)
class MiouEstimate:
    """Percent, arrays of one shape; low and high bound 90 % of subnets not seen in the fit."""

    miou: Array
    low: Array
    high: Array


def features(space: SearchSpace, experts: ArrayLike, hidden: ArrayLike) -> Array:
    """experts, hidden: [..., 4] -> [..., F]: log sizes, squares, and products between blocks.

    In log terms because each doubling of an FFN buys about the same, ever smaller, gain.
    """
    e = np.asarray(experts, dtype=np.float64)
    h = np.asarray(hidden, dtype=np.float64) / np.array(space.max_hidden, dtype=np.float64)
    base = [np.log2(e), np.log2(h)]
    columns = [x[..., b] for x in base for b in range(BLOCKS)]
    n = len(columns)
    columns += [columns[i] * columns[j] for i in range(n) for j in range(i, n)]
    columns += [columns[i] ** 3 for i in range(n)]
    return np.stack([np.ones_like(columns[0]), *columns], axis=-1)


class Predictor:
    """A fitted predictor; `provenance` says which weights, images and table it stands on."""

    def __init__(self, space: SearchSpace, facts: Mapping[str, Any]) -> None:
        self.space = space
        self.provenance: Mapping[str, Any] = facts["provenance"]
        self.quality: Mapping[str, Any] = facts["quality"]
        self._scale = np.array(facts["scale"])
        self._weights = np.array(facts["weights"])
        self._half = float(facts["half_width"])
        self._bits = {int(k): v for k, v in facts["weight_bits"].items()}
        self._sigma: Mapping[str, float] | None = facts.get("output_sigma")

    @property
    def source(self) -> str:
        p = self.provenance
        return (
            f"predicted from {p['subnets']} subnets measured on {p['images']};"
            f" weights trained on {p['trained_on']}"
        )

    def predict(
        self,
        experts: ArrayLike,
        hidden: ArrayLike,
        *,
        weight_bits: int | None = None,
        output_sigma: ArrayLike | None = None,
    ) -> MiouEstimate:
        """experts, hidden: [..., 4] -> estimate [...]; weight_bits None is floating point.

        output_sigma: [..., 4] relative output error of each block (the cost model's sigma_rel);
        mIoU falls with the mean of its squares, at the slope measured with one error for all
        blocks. NaN beyond the largest error measured, and where none was measured.

        Between measured precisions the lower one's loss is taken; above the highest measured,
        rounding loses less than can be measured. A sum over the last axis, so that a batch
        equals the loop bit for bit.
        """
        x = features(self.space, experts, hidden) / self._scale
        miou, half = (x * self._weights).sum(axis=-1), self._half
        if weight_bits is not None and weight_bits <= max(self._bits, default=0):
            line = self._bits[max(b for b in self._bits if b <= max(weight_bits, min(self._bits)))]
            miou = line["offset"] + line["slope"] * miou
            half = float(np.hypot(half * line["slope"], line["half_width"]))
        if output_sigma is not None:
            miou, half = self._disturbed(miou, half, np.asarray(output_sigma, dtype=np.float64))
        miou = np.maximum(miou, 0.0)
        return MiouEstimate(miou, np.maximum(miou - half, 0.0), miou + half)

    def _disturbed(self, miou: Array, half: float, sigma: Array) -> tuple[Array, Any]:
        """mIoU and half width with output errors [..., 4]."""
        square = (sigma * sigma).sum(axis=-1) / BLOCKS
        if self._sigma is None:
            return np.where(square > 0.0, np.nan, miou), half
        known = square <= self._sigma["largest"] ** 2 * (1.0 + 1e-9)
        loss = np.where(known, self._sigma["slope"] * square, np.nan)
        # The slope differs between subnets: its spread grows with the loss.
        return miou - loss, np.hypot(half, self._sigma["half_width"] * square)


@cache
def load_predictor(space: str, dataset: str) -> Predictor | None:
    """The shipped predictor, or None where nothing was measured."""
    path = FOLDER / f"{space}_{dataset}.json"
    if not path.exists():
        return None
    return Predictor(SPACES[space], json.loads(path.read_text(encoding="utf-8")))


def fit(space: SearchSpace, table: Path, provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Fit to a measured table (columns of supernet.tabulate); returns what `Predictor` reads."""
    rows, bits, sigma, miou = _read(table)
    exact = (bits == 0) & (sigma == 0.0)
    x = features(space, rows[exact, :BLOCKS], rows[exact, BLOCKS:])
    scale = np.maximum(np.abs(x).max(axis=0), 1e-9)
    x, y = x / scale, miou[exact]
    weights = _ridge(x, y)
    folds = np.random.default_rng(0).permutation(len(y)) % FOLDS
    unseen = np.empty_like(y)
    for k in range(FOLDS):
        unseen[folds == k] = x[folds == k] @ _ridge(x[folds != k], y[folds != k])
    error = np.abs(y - unseen)
    fitted = dict(zip(map(tuple, rows[exact].tolist()), y, strict=True))
    return {
        "scale": scale.tolist(),
        "weights": weights.tolist(),
        "half_width": _conformal(error),
        "weight_bits": _bit_lines(rows, bits, miou, fitted),
        "output_sigma": _sigma_slope(rows, sigma, miou, fitted),
        "quality": {
            "mean_error": float(error.mean()),
            "worst_error": float(error.max()),
            "kendall_tau": _kendall(y, unseen),
            "spread_sd": float(y.std()),
            "lowest": float(y.min()),
            "highest": float(y.max()),
        },
        "provenance": {**provenance, "subnets": len(y)},
    }


def _bit_lines(
    rows: NDArray[np.int64], bits: NDArray[np.int64], miou: Array, exact: Mapping[Any, float]
) -> dict[str, dict[str, float]]:
    """mIoU at each low precision as a line in the floating-point mIoU of the same subnet."""
    lines = {}
    for b in sorted(set(bits[bits > 0].tolist())):
        mine = bits == b
        before = np.array([exact[tuple(r)] for r in rows[mine].tolist()])
        x = np.stack([np.ones_like(before), before], axis=1)
        line = np.linalg.lstsq(x, miou[mine], rcond=None)[0]
        half = _conformal(np.abs(miou[mine] - x @ line))
        lines[str(b)] = {"offset": float(line[0]), "slope": float(line[1]), "half_width": half}
    return lines


def _sigma_slope(
    rows: NDArray[np.int64], sigma: Array, miou: Array, exact: Mapping[Any, float]
) -> dict[str, float] | None:
    """Loss of mIoU over the square of the output error: least squares through the origin.

    half_width: 90 % quantile of the deviations of single slopes, beyond the smallest error, where
    a slope is mostly noise. None where the table holds no disturbed rows.
    """
    off = sigma > 0.0
    if not off.any():
        return None
    before = np.array([exact[tuple(r)] for r in rows[off].tolist()])
    square, loss = sigma[off] ** 2, before - miou[off]
    slope = float((square * loss).sum() / (square * square).sum())
    far = square > square.min()
    far = far if far.any() else np.ones_like(far)
    half = _conformal(np.abs(loss[far] / square[far] - slope))
    return {"slope": slope, "half_width": half, "largest": float(sigma.max())}


def _read(table: Path) -> tuple[NDArray[np.int64], NDArray[np.int64], Array, Array]:
    with table.open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    names = [f"{k}{b + 1}" for k in "eh" for b in range(BLOCKS)]
    rows = np.array([[int(r[n]) for n in names] for r in found], dtype=np.int64)
    bits = np.array([int(r["weight_bits"] or 0) for r in found], dtype=np.int64)
    sigma = np.array([float(r.get("output_sigma") or 0.0) for r in found])
    return rows, bits, sigma, np.array([float(r["miou"]) for r in found])


def _ridge(x: Array, y: Array) -> Array:
    penalty = RIDGE * len(y) * np.eye(x.shape[1])
    penalty[0, 0] = 0.0
    return np.asarray(np.linalg.solve(x.T @ x + penalty, x.T @ y), dtype=np.float64)


def _conformal(error: Array) -> float:
    """Half width that covers COVERAGE of new errors (with the finite-sample correction)."""
    rank = min(len(error), int(np.ceil((len(error) + 1) * COVERAGE)))
    return float(np.sort(error)[rank - 1])


def _kendall(a: Array, b: Array) -> float:
    """Rank correlation tau-a: concordant less discordant share of all pairs."""
    i, j = np.triu_indices(len(a), 1)
    return float((np.sign(a[i] - a[j]) * np.sign(b[i] - b[j])).mean())
