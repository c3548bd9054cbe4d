"""Which rows a measured table holds: subnets that fill the space, and what else is varied.

Every axis of a row (routing, image size, bits of weights and of activations) is drawn from random
numbers addressed by the row, so that a table can be continued and split without changing a row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cmn_core.architecture import BLOCKS, MAX_EXPERTS, MIN_HIDDEN, Architecture, SearchSpace

LOW_BITS = (1, 2, 3, 4, 5, 6, 8)
SIGMAS = (0.05, 0.1, 0.15, 0.3)
FLOAT = 0  # bits that stand for floating point
_AXES = 1  # random stream of the axes; the sample of architectures has its own
Size = tuple[int, int]  # height, width


@dataclass(frozen=True)
class MeasurementPoint:
    """One subnet as it is run; bits 0 stand for floating point.

    top_k: experts of a token in each block, None where all work; image: None for that of the data.
    """

    architecture: Architecture
    weight_bits: int = FLOAT
    output_sigma: float = 0.0
    activation_bits: int = FLOAT
    top_k: tuple[int, ...] | None = None
    image: Size | None = None

    @property
    def key(self) -> tuple[float, ...]:
        routing = self.top_k or (0,) * BLOCKS
        return (
            *self.architecture.row(),
            self.weight_bits,
            self.output_sigma,
            self.activation_bits,
            *routing,
            *(self.image or (0, 0)),
        )

    @property
    def exact(self) -> MeasurementPoint:
        """The same without an output error."""
        return replace(self, output_sigma=0.0)

    def routed(self, top_k: tuple[int, ...] | int | None) -> MeasurementPoint:
        """With so many experts of a token, at most those that a block has."""
        asked = (top_k,) * BLOCKS if isinstance(top_k, int) else top_k
        if asked is None:
            return replace(self, top_k=None)
        experts = self.architecture.experts
        used = tuple(min(k, e) for k, e in zip(asked, experts, strict=True))
        return replace(self, top_k=None if used == experts else used)


@dataclass(frozen=True)
class Axes:
    """What the rows of a table vary beside the architecture.

    sparse: whether experts of a token are drawn; sizes, weight_bits, activation_bits: values to
    draw from. Half of the rows have the first value of each, a third of them dense routing.
    """

    sparse: bool = False
    sizes: tuple[Size, ...] = ()
    weight_bits: tuple[int, ...] = (FLOAT,)
    activation_bits: tuple[int, ...] = (FLOAT,)

    def __bool__(self) -> bool:
        """Whether anything is varied."""
        return self.sparse or bool(
            self.sizes or len(self.weight_bits) > 1 or len(self.activation_bits) > 1
        )

    def corners(self, space: SearchSpace) -> list[MeasurementPoint]:
        """Largest and smallest subnet at every size, the largest with 1 and 2 experts too."""
        few = (None, 1, 2) if self.sparse else (None,)
        return [
            MeasurementPoint(a, image=size).routed(k)
            for size in self.sizes or (None,)
            for a, routing in ((space.largest, few), (space.smallest, (None,)))
            for k in routing
        ]

    def draw(self, architecture: Architecture, seed: int, row: int) -> MeasurementPoint:
        """The axes of row `row` of a sample.

        Of three rows one routes densely, one has the same number of experts of a token in all
        blocks and one a number for each; small numbers, where sparse routing saves most, come as
        often as large ones.
        """
        rng = np.random.default_rng([seed, _AXES, row])
        kind, one = rng.integers(3), int(rng.integers(1, MAX_EXPERTS))
        each = tuple(
            int(1 + np.floor(u * e))
            for u, e in zip(rng.random(BLOCKS), architecture.experts, strict=True)
        )
        size, weight, activation = (
            _first_half(rng, len(v))
            for v in (self.sizes or (None,), self.weight_bits, self.activation_bits)
        )
        point = MeasurementPoint(
            architecture,
            self.weight_bits[weight],
            activation_bits=self.activation_bits[activation],
            image=self.sizes[size] if self.sizes else None,
        )
        if not self.sparse or kind == 0:
            return point
        return point.routed(one if kind == 1 else each)


def _first_half(rng: np.random.Generator, count: int) -> int:
    """0 in half of the cases, else one of the others."""
    first, other = rng.random(), int(rng.integers(1, max(count, 2)))
    return 0 if count == 1 or first < 0.5 else other


def sample(space: SearchSpace, count: int, seed: int) -> list[Architecture]:
    """Space-filling: both corners, then a Latin hypercube over the eight genes.

    Hidden sizes are uniform in the square root, between uniform (few narrow FFNs) and
    log-uniform (few wide ones). Duplicates are left out, so slightly fewer may come back.
    """
    rng = np.random.default_rng([seed, count])
    inner = max(count - 2, 0)
    strata = np.stack([rng.permutation(inner) for _ in range(2 * BLOCKS)], axis=1)
    u = (strata + rng.random(strata.shape)) / max(inner, 1)
    experts = 1 + np.floor(u[:, :BLOCKS] * MAX_EXPERTS)
    low, top = np.sqrt(MIN_HIDDEN), np.sqrt(np.array(space.max_hidden))
    hidden = np.rint((low + (top - low) * u[:, BLOCKS:]) ** 2)
    rows = np.concatenate([experts, hidden], axis=1).astype(np.int64)
    found = dict.fromkeys((space.largest, space.smallest, *map(Architecture.from_row, rows)))
    return list(found)[:count] if count >= 2 else list(found)[:1]


def jobs(
    space: SearchSpace,
    count: int,
    quantised: int,
    disturbed: int,
    seed: int,
    axes: Axes = Axes(),
) -> list[MeasurementPoint]:
    """`count` subnets; the first `quantised` of them at each low precision, the first `disturbed`
    of them at each output error. With axes each subnet has a routing, size and bits of its own,
    the corners of the space come first, and `quantised` says nothing new."""
    chosen = sample(space, count, seed)
    if axes:
        drawn = [axes.draw(a, seed, i) for i, a in enumerate(chosen[2:])]
        points = list(dict.fromkeys((*axes.corners(space), *drawn)))
        off = [replace(p, output_sigma=sigma) for p in points[:disturbed] for sigma in SIGMAS]
        return points + off
    low = [MeasurementPoint(a, bits) for a in chosen[:quantised] for bits in LOW_BITS]
    off = [MeasurementPoint(a, FLOAT, sigma) for a in chosen[:disturbed] for sigma in SIGMAS]
    return [MeasurementPoint(a) for a in chosen] + low + off
