"""Maximum a posteriori of positive parts that add up, and how far the answer may be off.

A figure of a chip is a sum of parts, each a sourced constant times exp(theta). Every theta has a
normal prior around 0 (the source) with a stated width; chips scatter around the sum by a factor
whose logarithm is Student's t with 4 degrees of freedom, so that a chip far off says little. Each
chip has one vote. The maximum is found by L-BFGS-B and Newton, its covariance is Laplace's: the
inverse of the curvature there. Nothing is random.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cmn_core.arrays import Bools, Floats, Ints

FREEDOM = 4.0
SCATTER = (0.6, 0.5)  # prior of the scatter of chips: sd of ln, and its own width
T_QUANTILES = {0.5: 0.7407, 0.9: 2.1318}  # two-sided, Student's t with 4 degrees of freedom
Z_QUANTILES = {0.5: 0.6745, 0.9: 1.6449}
TINY = 1e-6  # step of the curvature, far below a bend
BEND = 1e-3  # of a floor: half of this is added where a part equals its floor
# So far that the processor's own rounding, which differs between kinds, moves no printed digit.
CONVERGED = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 10_000, "maxfun": 100_000, "maxcor": 30}


@dataclass(frozen=True)
class Prior:
    """A correction's prior: ln of it is normal with that mean and width."""

    name: str
    mean: float
    width: float


@dataclass(frozen=True, eq=False)
class Terms:
    """The parts of every case.

    amounts: [case, part] at 28 nm capacitance; scaled: [part] 1 where a part follows capacitance;
    side: [case] ln of the dimension of the node; floor: [case, part] least value of a part
    factor_of: [part] index of its correction, -1 for none; exponent: index of the exponent of the
    dimension; extra: [case, correction] multiplies the whole where it is 1
    """

    amounts: Floats
    scaled: Floats
    side: Floats
    floor: Floats
    factor_of: Ints
    exponent: int
    extra: Floats

    def logs(self, theta: Floats, keep: Bools | slice = slice(None)) -> Floats:
        """[case] ln of the sum at those corrections."""
        padded = np.append(theta, 0.0)
        grown = self.scaled * theta[self.exponent] * self.side[keep][:, None]
        parts = self.amounts[keep] * np.exp(padded[self.factor_of] + grown)
        whole = _floored(parts, self.floor[keep])[0].sum(axis=1)
        return np.asarray(np.log(whole) + self.extra[keep] @ theta)

    def slopes(self, theta: Floats, keep: Bools | slice = slice(None)) -> Floats:
        """[case, correction] derivative of `logs`; a part below its floor hardly moves."""
        padded = np.append(theta, 0.0)
        side = self.side[keep][:, None]
        parts = self.amounts[keep] * np.exp(
            padded[self.factor_of] + self.scaled * theta[self.exponent] * side
        )
        values, moved = _floored(parts, self.floor[keep])
        shares = parts * moved / values.sum(axis=1, keepdims=True)
        of_factor = self.factor_of[:, None] == np.arange(len(theta))
        found = shares @ of_factor + self.extra[keep]
        found[:, self.exponent] += (shares * self.scaled).sum(axis=1) * side[:, 0]
        return np.asarray(found)


def _floored(parts: Floats, floor: Floats) -> tuple[Floats, Floats]:
    """The larger of part and floor, and its derivative by the part. Where both are alike the two
    meet in a bend, not in a corner: in a corner, where many a maximum lies, the search for it would
    stop wherever rounding has it stop."""
    root = np.hypot(parts - floor, BEND * floor)
    steep = np.divide(parts - floor, root, out=np.ones_like(root), where=root > 0.0)
    return 0.5 * (parts + floor + root), 0.5 * (1.0 + steep)


@dataclass(frozen=True, eq=False)
class Posterior:
    """What a class has learnt: corrections, their covariance and the scatter of chips."""

    names: tuple[str, ...]
    theta: Floats
    covariance: Floats
    scatter: float

    def half_width(self, terms: Terms, level: float) -> Floats:
        """[case] half of the interval of ln: what the corrections leave open, and the scatter."""
        slopes = terms.slopes(self.theta)
        spread = np.sqrt(np.einsum("ci,ij,cj->c", slopes, self.covariance, slopes))
        open_part, scatter = Z_QUANTILES[level] * spread, T_QUANTILES[level] * self.scatter
        return np.asarray(np.hypot(open_part, scatter))


def learn(
    terms: Terms,
    target: Floats,
    votes: Floats,
    priors: Sequence[Prior],
    keep: Bools,
    *,
    curvature: bool = True,
) -> Posterior:
    """The posterior from the cases that are kept. target: [case] ln of what was measured."""
    from scipy.optimize import minimize  # half a second of start-up that no page needs

    mean = np.array([p.mean for p in priors] + [math.log(SCATTER[0])])
    width = np.array([p.width for p in priors] + [SCATTER[1]])
    seen, weight = target[keep], votes[keep]

    def loss(point: Floats) -> float:
        scatter = math.exp(point[-1])
        off = (seen - terms.logs(point[:-1], keep)) / scatter
        chips = 0.5 * (FREEDOM + 1.0) * np.log1p(off * off / FREEDOM) + point[-1]
        held = (point - mean) / width
        return float(weight @ chips + 0.5 * held @ held)

    def slope(point: Floats) -> Floats:
        scatter = math.exp(point[-1])
        off = (seen - terms.logs(point[:-1], keep)) / scatter
        pull = weight * (FREEDOM + 1.0) * off / (FREEDOM + off * off)
        grad = (point - mean) / width**2
        grad[:-1] -= pull / scatter @ terms.slopes(point[:-1], keep)
        grad[-1] += float(weight.sum() - pull @ off)
        return np.asarray(grad)

    found = minimize(loss, mean, jac=slope, method="L-BFGS-B", options=CONVERGED)
    best = _polished(np.asarray(found.x), slope)
    covariance = np.zeros((len(priors), len(priors)))
    if curvature:
        covariance = _laplace(loss, best, width)[:-1, :-1]
    names = tuple(p.name for p in priors)
    return Posterior(names, best[:-1], covariance, math.exp(best[-1]))


def _polished(best: Floats, slope: Callable[[Floats], Floats]) -> Floats:
    """Newton's steps from close by, as long as they level the slope further."""
    left = slope(best)
    while True:
        ways = TINY * np.eye(len(best))
        curve = np.array([(slope(best + w) - slope(best - w)) / (2.0 * TINY) for w in ways])
        new = best - np.linalg.solve(0.5 * (curve + curve.T), left)
        found = slope(new)
        if not np.abs(found).max() < 0.5 * np.abs(left).max():
            return best
        best, left = new, found


def _laplace(loss: object, best: Floats, width: Floats) -> Floats:
    """Inverse of the curvature at the maximum, by central differences."""
    assert callable(loss)
    size = len(best)
    step = 0.02 * width
    curve = np.zeros((size, size))
    for i in range(size):
        for j in range(i, size):
            a, b = np.zeros(size), np.zeros(size)
            a[i], b[j] = step[i], step[j]
            corners = loss(best + a + b) - loss(best + a - b)
            corners += loss(best - a - b) - loss(best - a + b)
            curve[i, j] = curve[j, i] = corners / (4.0 * step[i] * step[j])
    # A maximum on a ridge keeps at least the width of the prior.
    values, vectors = np.linalg.eigh(curve)
    values = np.maximum(values, 1.0 / float(np.max(width)) ** 2)
    return np.asarray((vectors / values) @ vectors.T)
