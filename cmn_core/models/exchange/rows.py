"""A model as other simulators see it: maps through weights, and products of two activations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import prod

from cmn_core.errors import FieldError
from cmn_core.models.layers import (
    Attention,
    Convolution,
    Depthwise,
    DynamicProduct,
    FeedForward,
    MatrixProduct,
    Model,
)
from cmn_core.models.operations import Matrix, work_of

MOST_ROWS = 10_000


@dataclass(frozen=True)
class Weighted:
    """One matrix of weights per group, and the map of positions that passes through it.

    channels, outputs: of all groups; kernel, map, stride: one number per axis
    """

    name: str
    channels: int
    outputs: int
    kernel: tuple[int, ...]
    map: tuple[int, ...]
    stride: tuple[int, ...]
    groups: int = 1
    images: int = 1

    @property
    def flat(self) -> bool:
        """A plain matrix product, without windows."""
        return prod(self.kernel) == 1 and len(self.map) == 1


@dataclass(frozen=True)
class Changing:
    """`batch` products m x k times k x n of two activations."""

    name: str
    m: int
    k: int
    n: int
    batch: int


@dataclass
class LeftOut:
    """What a format cannot say, by kind and reason."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, kind: str, reason: str) -> None:
        self.counts[kind, reason] += 1

    @property
    def sentences(self) -> list[str]:
        return [
            f"{n} layer{'s' if n > 1 else ''} of kind {kind}: {reason}"
            for (kind, reason), n in self.counts.items()
        ]


def rows_of(model: Model, left_out: LeftOut) -> Iterator[Weighted | Changing]:
    """Every matrix by itself, repetitions written out; what multiplies nothing is left out.

    FieldError for a model of more than MOST_ROWS.
    """
    count = 0
    for i, (layer, work) in enumerate(zip(model.layers, work_of(model.layers), strict=True)):
        name, times = layer.name or f"{layer.kind} {i + 1}", layer.count * model.times(layer)
        own: list[tuple[Weighted | Changing, int]]
        match layer:
            case MatrixProduct():
                own = [(_product(name, layer.k, layer.n, layer.vectors), times)]
            case Convolution():
                own = [(_convolution(name, layer), times)]
            case Depthwise():
                shape = (layer.taps,), (layer.positions,), (1,)
                own = [(Weighted(name, *(layer.channels,) * 2, *shape, layer.channels), times)]
            case FeedForward():
                own = [_expert(name, m, model.times(layer)) for m in work.matrices]
            case DynamicProduct():
                own = [(Changing(name, layer.m, layer.k, layer.n, layer.batch), times)]
            case Attention():
                size, heads = layer.width // layer.heads, layer.heads
                tokens, seen = layer.tokens, layer.kv_tokens
                own = [
                    (Changing(f"{name} scores", tokens, size, seen, heads), times),
                    (Changing(f"{name} values", tokens, seen, size, heads), times),
                ]
            case _:
                left_out.add(layer.kind, "it multiplies no matrices")
                continue
        for row, repeated in own:
            count += repeated
            if count > MOST_ROWS:
                found = f"more than {MOST_ROWS:,} matrices"
                raise FieldError("model", found, "a smaller network is written")
            for number in range(1, repeated + 1):
                yield row if repeated == 1 else _numbered(row, number)


def _product(name: str, k: int, n: int, vectors: int) -> Weighted:
    return Weighted(name, k, n, (1,), (vectors,), (1,))


def _convolution(name: str, layer: Convolution) -> Weighted:
    """A transposed one is the product of each input with all taps."""
    if layer.transposed:
        shape = (1,), (layer.positions,), (1,)
        return Weighted(name, layer.channels, layer.outputs * layer.taps, *shape, layer.groups)
    axes = len(layer.kernel)
    return Weighted(
        name,
        layer.channels,
        layer.outputs,
        layer.kernel,
        layer.map,
        layer.stride or (1,) * axes,
        layer.groups,
        layer.images,
    )


def _expert(name: str, matrix: Matrix, times: int) -> tuple[Weighted | Changing, int]:
    """One matrix of a feed-forward network with the vectors of an equal share."""
    return _product(name, matrix.k, matrix.n, max(1, matrix.balanced)), matrix.count * times


def _numbered(row: Weighted | Changing, number: int) -> Weighted | Changing:
    return replace(row, name=f"{row.name} {number}")
