"""The fitted surface: a line plus Gaussian bumps over smooth features of experts and hidden sizes.

It is the mean of a Gaussian process with a linear and a squared-exponential kernel (Rasmussen and
Williams, 2006, sections 2.2 and 8.3.1), carried by some of the measured subnets, the centres.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cmn_core.architecture import BLOCKS, SearchSpace
from cmn_core.arrays import Floats, Ints

FLAT = 100.0  # a feature whose length is above this does not bend the surface
STORED = ("genes", "shift", "scale", "lengths", "bumps", "slopes", "offset")
CHUNK = 4096  # designs at a time, so that the memory stays small


def features(space: SearchSpace, experts: ArrayLike, hidden: ArrayLike) -> Floats:
    """experts, hidden: [..., 4] -> [..., 16]: logarithms, and what they leave over.

    In log terms because each doubling of an FFN buys about the same, ever smaller, gain; a block
    with one expert has no router, hence the step; the root bends where the logarithm does not.
    """
    e = np.asarray(experts, dtype=np.float64)
    h = np.asarray(hidden, dtype=np.float64) / np.array(space.max_hidden, dtype=np.float64)
    return np.concatenate([np.log2(e), np.where(e > 1, 1.0, 0.0), np.log2(h), np.sqrt(h)], axis=-1)


def as_run(
    experts: ArrayLike,
    hidden: ArrayLike,
    *,
    top_k: ArrayLike | None = None,
    image: tuple[int, int],
    weight_bits: int | None = None,
    activation_bits: int | None = None,
) -> Ints:
    """experts, hidden: [..., 4] -> [..., 16]: networks with how they are run.

    top_k: [..., 4] experts of a token, None for all; bits None for floating point, written as 0.
    """
    e, h = np.asarray(experts, dtype=np.int64), np.asarray(hidden, dtype=np.int64)
    e, h = np.broadcast_arrays(e, h)
    k = e if top_k is None else np.minimum(np.asarray(top_k, dtype=np.int64), e)
    rest = np.array([*image, weight_bits or 0, activation_bits or 0], dtype=np.int64)
    return np.concatenate([e, h, k, np.broadcast_to(rest, e.shape)], axis=-1)


def features_of(space: SearchSpace, genes: Ints) -> Floats:
    """[..., 8] or [..., 16] of `as_run` -> features; of the latter nine more.

    Share of a block's experts that works on a token and side of the image in log terms; what b bits
    round away, 2^(1 - b), and its root.
    """
    found = features(space, genes[..., :BLOCKS], genes[..., BLOCKS : 2 * BLOCKS])
    if genes.shape[-1] == 2 * BLOCKS:
        return found
    used = genes[..., 2 * BLOCKS : 3 * BLOCKS] / genes[..., :BLOCKS]
    size = genes[..., 3 * BLOCKS : 3 * BLOCKS + 2].astype(np.float64)
    bits = genes[..., 3 * BLOCKS + 2 :].astype(np.float64)
    rounded = np.where(bits > 0, 2.0 ** (1.0 - bits), 0.0)
    side = 0.5 * np.log2(size[..., :1] * size[..., 1:])
    return np.concatenate([found, np.log2(used), side, rounded, np.sqrt(rounded)], axis=-1)


@dataclass(frozen=True)
class Surface:
    """F features, M centres. Features are shifted and scaled to mean 0 and deviation 1 first."""

    genes: Ints  # [M, 8] experts and hidden sizes of the centres; [M, 16] with how they were run
    centres: Floats  # [M, F] their features, shifted and scaled
    shift: Floats  # [F]
    scale: Floats  # [F]
    lengths: Floats  # [F] in deviations: over how far a bump reaches
    bumps: Floats  # [M] height of each bump, percent
    slopes: Floats  # [F] percent per deviation
    offset: float  # percent

    def __call__(self, x: Floats) -> Floats:
        """x: [..., F] features -> [...] percent. Sums over the last axis, so that a batch equals
        the loop bit for bit."""
        flat = ((x - self.shift) / self.scale).reshape(-1, len(self.shift))
        parts = [self._some(flat[i : i + CHUNK]) for i in range(0, len(flat), CHUNK)]
        return np.concatenate([np.empty(0), *parts]).reshape(x.shape[:-1])

    def _some(self, z: Floats) -> Floats:
        distance = np.zeros((len(z), len(self.centres)))
        for f in np.flatnonzero(self.lengths < FLAT):
            step = (z[:, f, None] - self.centres[:, f]) / self.lengths[f]
            distance += step * step
        bumps = (np.exp(-0.5 * distance) * self.bumps).sum(axis=-1)
        return np.asarray(self.offset + (z * self.slopes).sum(axis=-1) + bumps)

    def to_json(self) -> dict[str, Any]:
        return {name: np.asarray(getattr(self, name)).tolist() for name in STORED}

    @classmethod
    def from_json(cls, space: SearchSpace, data: Mapping[str, Any]) -> Surface:
        found: dict[str, Any] = {name: np.array(data[name]) for name in STORED}
        x = features_of(space, found["genes"])
        found["offset"] = float(found["offset"])
        return cls(**found, centres=(x - found["shift"]) / found["scale"])
