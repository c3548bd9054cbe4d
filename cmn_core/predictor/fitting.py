"""Fits the predictor to a measured table.

The surface is the mean of a sparse Gaussian process (subset of regressors: Rasmussen and Williams,
2006, section 8.3.1) whose lengths maximise the marginal likelihood of some of the subnets. The
interval comes from errors on subnets that each fold of a cross-validation had not seen, lengths
included (split conformal, Vovk et al., 2005).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.optimize import minimize

from cmn_core.architecture import SearchSpace
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.predictor.rows import TableRows, read_table
from cmn_core.predictor.sensitivity import disturbed_table, sensitivity
from cmn_core.predictor.surface import Surface, features_of

COVERAGE = 0.90
FOLDS = 10
CENTRES = 400  # more changed the error in the third digit, on 1,000 subnets
SHAPED_BY = 800  # subnets that decide the lengths; the time grows with the cube
STEPS = 30
JITTER = 1e-6
HELD = 1e-9  # from a bound
JUDGES = 30  # rows that saw all images, at least, where others saw some


@dataclass(frozen=True)
class Shape:
    """What a Gaussian process assumes, in units of the table's deviation."""

    lengths: Floats  # [F]
    bend: float  # variance of the bumps
    slope: float  # variance of each feature's slope, and of the offset
    noise: float  # variance that the features do not explain

    @classmethod
    def start(cls, features: int) -> Shape:
        """Where the search for the likeliest one begins."""
        return cls(np.full(features, 3.0), 0.5, 0.1, 0.1)

    @property
    def logs(self) -> Floats:
        return np.log([*self.lengths, self.bend, self.slope, self.noise])

    @classmethod
    def from_logs(cls, logs: Floats) -> Shape:
        bend, slope, noise = (float(v) for v in np.exp(logs[-3:]))
        return cls(np.exp(logs[:-3]), bend, slope, noise)

    def bumps(self, a: Floats, b: Floats) -> Floats:
        """[N, F], [M, F] -> [N, M]: squared-exponential kernel."""
        a, b = a / self.lengths, b / self.lengths
        distance = (a * a).sum(1)[:, None] + (b * b).sum(1) - 2.0 * a @ b.T
        return np.asarray(self.bend * np.exp(-0.5 * np.maximum(distance, 0.0)))

    def line(self, a: Floats, b: Floats) -> Floats:
        """[N, F], [M, F] -> [N, M]: linear kernel."""
        return np.asarray(self.slope * (1.0 + a @ b.T))

    def to_json(self) -> dict[str, Any]:
        lengths = self.lengths.tolist()
        return {"lengths": lengths, "bend": self.bend, "slope": self.slope, "noise": self.noise}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Shape:
        return cls(np.array(data["lengths"]), data["bend"], data["slope"], data["noise"])


def fit(space: SearchSpace, table: Path, provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Fit to a measured table (columns of supernet.tabulate); returns what `Predictor` reads."""
    found = read_table(table)
    genes, y, noise = found.exact
    x = features_of(space, genes)
    folds = [shaped(x[k], y[k], noise[k]) for k in known_to_folds(len(y))]
    return described(space, table, provenance, shaped(x, y, noise), folds)


def described(
    space: SearchSpace,
    table: Path,
    provenance: Mapping[str, Any],
    shape: Shape,
    folds: Sequence[Shape],
) -> dict[str, Any]:
    """All that follows from a table once the shapes are known, which is the quick part of a fit.

    folds: the shape of each fold of the cross-validation, fitted to the subnets outside it.
    """
    rows = read_table(table)
    genes, y, noise = rows.exact
    unseen = _unseen(space, genes, y, noise, folds)
    # Rows that saw some of the images say what they say with noise of their own: the others judge.
    judged = noise == 0.0
    if judged.sum() < JUDGES:
        judged = np.ones_like(judged)
    error = np.abs(y - unseen)[judged]
    fitted = dict(zip(map(tuple, genes.tolist()), y, strict=True))
    narrow = rows.basis is None
    return {
        "surface": surface(space, genes, y, shape, noise).to_json(),
        "shape": shape.to_json(),
        "folds": [fold.to_json() for fold in folds],
        "half_width": _conformal(error),
        "weight_bits": _bit_lines(rows, fitted) if narrow else {},
        "output_sigma": _output_loss(table, _sigma_slope(rows, fitted)),
        "quality": {
            "mean_error": float(error.mean()),
            "worst_error": float(error.max()),
            "kendall_tau": _kendall(y[judged], unseen[judged]),
            "spread_sd": float(y.std()),
            "lowest": float(y.min()),
            "highest": float(y.max()),
            **({} if judged.all() else {"judged_by": int(judged.sum())}),
        },
        "provenance": {**provenance, "subnets": len(y)},
        **({} if rows.basis is None else {"basis": rows.basis.to_json()}),
    }


def shaped(x: Floats, y: Floats, noise: Floats | None = None) -> Shape:
    """The shape of highest marginal likelihood for at most SHAPED_BY of the subnets.

    x: [N, F] features, y: [N] percent, noise: [N] known deviations of y.
    """
    z, target, known = _sample(x, y, noise)
    count = z.shape[1]
    found = minimize(
        *(_misfit, Shape.start(count).logs, (z, target, known), "L-BFGS-B", True),
        bounds=_bounds(count),
        options={"maxiter": STEPS},
    )
    return Shape.from_logs(np.asarray(found.x))


def steepness(shape: Shape, x: Floats, y: Floats, noise: Floats | None = None) -> float:
    """The largest change of the log likelihood of a table with any logarithm of the shape that is
    free to change that way: where `shaped` ends, it is small beside that where it starts."""
    logs, slopes = shape.logs, _misfit(shape.logs, *_sample(x, y, noise))[1]
    low, high = np.array(_bounds(x.shape[1])).T
    held = ((logs <= low + HELD) & (slopes > 0.0)) | ((logs >= high - HELD) & (slopes < 0.0))
    return float(np.abs(np.where(held, 0.0, slopes)).max())


def _bounds(count: int) -> list[tuple[float, float]]:
    """Of the logarithms of a shape of so many features."""
    return [(-1.0, 5.0)] * count + [(-8.0, 4.0)] * 2 + [(-9.0, 1.0)]


def _sample(
    x: Floats, y: Floats, noise: Floats | None = None
) -> tuple[Floats, Floats, Floats | None]:
    """Standardised features, mIoU and known variance of the subnets that decide the shape."""
    some = np.random.default_rng(0).permutation(len(y))[:SHAPED_BY]
    spread = y.std() or 1.0
    known = None if noise is None or not noise.any() else np.square(noise / spread)[some]
    return _standard(x, *_spread(x))[some], ((y - y.mean()) / spread)[some], known


def surface(
    space: SearchSpace, genes: Ints, y: Floats, shape: Shape, noise: Floats | None = None
) -> Surface:
    """The posterior mean of `shape` given subnets with genes [N, 8 or 16] and mIoU y [N].

    noise: [N] known deviations of y, on top of what the shape assumes.
    """
    x = features_of(space, genes)
    shift, scale = _spread(x)
    z, middle, spread = _standard(x, shift, scale), y.mean(), y.std() or 1.0
    chosen = np.sort(np.random.default_rng(1).permutation(len(y))[:CENTRES])
    centres = z[chosen]
    between = shape.bumps(centres, centres) + shape.line(centres, centres)
    to_data = shape.bumps(centres, z) + shape.line(centres, z)
    target = (y - middle) / spread
    if noise is not None and noise.any():  # a row counts by how exact it is
        weight = np.sqrt(shape.noise / (shape.noise + np.square(noise / spread)))
        to_data, target = to_data * weight, target * weight
    system = to_data @ to_data.T + shape.noise * between
    system += JITTER * np.trace(system) / len(system) * np.eye(len(system))
    heights = np.linalg.solve(system, to_data @ target) * spread
    slopes = shape.slope * (heights @ centres)
    offset = float(middle + shape.slope * heights.sum())
    bumps = shape.bend * heights
    return Surface(genes[chosen], centres, shift, scale, shape.lengths, bumps, slopes, offset)


def _unseen(
    space: SearchSpace, genes: Ints, y: Floats, noise: Floats, shapes: Sequence[Shape]
) -> Floats:
    """[N]: each subnet's mIoU from a fit, lengths included, to the folds that it is not in."""
    x = features_of(space, genes)
    found = np.empty_like(y)
    for known, shape in zip(known_to_folds(len(y)), shapes, strict=True):
        fitted = surface(space, genes[known], y[known], shape, noise[known])
        found[~known] = fitted(x[~known])
    return found


def known_to_folds(count: int) -> list[Bools]:
    """For each fold, which of so many subnets a fit may see: [count]."""
    folds = np.random.default_rng(0).permutation(count) % FOLDS
    return [folds != k for k in range(FOLDS)]


def _spread(x: Floats) -> tuple[Floats, Floats]:
    deviation = x.std(axis=0)
    return x.mean(axis=0), np.where(deviation > 1e-9, deviation, 1.0)


def _standard(x: Floats, shift: Floats, scale: Floats) -> Floats:
    return np.asarray((x - shift) / scale)


def _misfit(
    logs: Floats, z: Floats, target: Floats, known: Floats | None = None
) -> tuple[float, Floats]:
    """Negative log marginal likelihood, without its constant, and its gradient in the logs.

    known: [N] variance of the rows beside that of the shape.
    """
    shape = Shape.from_logs(logs)
    bumps, line = shape.bumps(z, z), shape.line(z, z)
    covariance = bumps + line + (shape.noise + JITTER) * np.eye(len(z))
    if known is not None:
        covariance += np.diag(known)
    try:
        factor = cho_factor(covariance, lower=True)
    except LinAlgError:
        return 1e9, np.zeros_like(logs)
    weights = cho_solve(factor, target)
    pull = cho_solve(factor, np.eye(len(z))) - np.outer(weights, weights)
    value = 0.5 * target @ weights + np.log(np.diag(factor[0])).sum()
    bent, scaled = pull * bumps, z / shape.lengths
    # Sum of bent * (a - b)^2 over all pairs, one feature at a time: 2 (a^2 . rows - a' bent a).
    rows = bent.sum(axis=1)
    lengths = (scaled * scaled * rows[:, None]).sum(0) - (scaled * (bent @ scaled)).sum(0)
    last = 0.5 * np.array([bent.sum(), (pull * line).sum(), np.trace(pull) * shape.noise])
    return float(value), np.concatenate([lengths, last])


def _bit_lines(rows: TableRows, exact: Mapping[Any, float]) -> dict[str, dict[str, float]]:
    """mIoU at each low precision as a line in the floating-point mIoU of the same subnet."""
    bits, miou, lines = rows.weight_bits, rows.miou, {}
    for b in sorted(set(bits[bits > 0].tolist())):
        mine = bits == b
        before = np.array([exact[tuple(r)] for r in rows.genes[mine].tolist()])
        x = np.stack([np.ones_like(before), before], axis=1)
        line = np.linalg.lstsq(x, miou[mine], rcond=None)[0]
        half = _conformal(np.abs(miou[mine] - x @ line))
        lines[str(b)] = {"offset": float(line[0]), "slope": float(line[1]), "half_width": half}
    return lines


def _sigma_slope(rows: TableRows, exact: Mapping[Any, float]) -> dict[str, float] | None:
    """Loss of mIoU over the square of the output error: the median of single slopes.

    Slopes at the smallest error are mostly noise and left out. A median, because least squares
    would follow the largest errors, where mIoU runs out of points to lose. half_width: 90 %
    quantile of the deviations. None where the table holds no disturbed rows.
    """
    miou, sigma = rows.miou, rows.output_sigma
    off = (sigma > 0.0) & np.array([tuple(r) in exact for r in rows.genes.tolist()], dtype=bool)
    if not off.any():
        return None
    before = np.array([exact[tuple(r)] for r in rows.genes[off].tolist()])
    square, loss = sigma[off] ** 2, before - miou[off]
    far = square > square.min()
    far = far if far.any() else np.ones_like(far)
    slopes = loss[far] / square[far]
    slope = float(np.median(slopes))
    half = _conformal(np.abs(slopes - slope))
    return {"slope": slope, "half_width": half, "largest": float(sigma.max())}


def _output_loss(table: Path, slope: dict[str, float] | None) -> dict[str, Any] | None:
    """The slope with what single blocks and noise of weights cost, where that was measured."""
    beside = disturbed_table(table)
    return None if slope is None else {**slope, **(sensitivity(beside) if beside.exists() else {})}


def _conformal(error: Floats) -> float:
    """Half width that covers COVERAGE of new errors (with the finite-sample correction)."""
    rank = min(len(error), int(np.ceil((len(error) + 1) * COVERAGE)))
    return float(np.sort(error)[rank - 1])


def _kendall(a: Floats, b: Floats) -> float:
    """Rank correlation tau-a: concordant less discordant share of all pairs."""
    i, j = np.triu_indices(len(a), 1)
    return float((np.sign(a[i] - a[j]) * np.sign(b[i] - b[j])).mean())
