"""From layers to work: matrices that lie in arrays, and what the digital unit and memories do.

Everything is counted for one occurrence of a layer's block; `repeat` multiplies later.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cmn_core.models.layers import (
    Attention,
    Buffer,
    Convolution,
    Depthwise,
    DynamicProduct,
    Elementwise,
    FeedForward,
    Lookup,
    MatrixProduct,
    Model,
)

# Constant of the technology file that says what one element costs; an addition is one MAC.
OP_MACS = {
    "softmax": "softmax_macs",
    "norm": "norm_macs",
    "activation": "gelu_macs",
    "resample": "upsample_macs",
}


@dataclass(frozen=True)
class Matrix:
    """Resident k x n matrices of one layer that all have the same shape and load.

    count: of them, experts and the layer's own count included; vectors: through all together;
    rounds, balanced: vectors that one of them works off in each occurrence of the layer, at worst
    (or as measured) and if experts get equal shares; path: those of one path run one after the
    other, paths beside each other; products: of the layer's chain (2 for gate and up)
    """

    k: int
    n: int
    count: int
    vectors: int
    rounds: int
    balanced: int
    path: int = 0
    products: int = 1
    routed: bool = False


@dataclass(frozen=True)
class LayerWork:
    """What one layer asks for.

    dynamic_macs: both operands activations; weight_macs: one is a weight kept by the digital unit;
    ops: elements by operation; reads, writes: elements of feature-map memory; held: elements kept
    on the chip; fetched: weights read from DRAM; parameters, active: weights, all and per token
    """

    matrices: tuple[Matrix, ...] = ()
    dynamic_macs: int = 0
    weight_macs: int = 0
    ops: tuple[tuple[str, int], ...] = ()
    reads: int = 0
    writes: int = 0
    held: int = 0
    fetched: int = 0
    parameters: int = 0
    active: int = 0

    @property
    def macs(self) -> int:
        arrays = sum(m.k * m.n * m.vectors for m in self.matrices)
        return arrays + self.dynamic_macs + self.weight_macs


@lru_cache(maxsize=64)
def work_of(layers: tuple[object, ...]) -> tuple[LayerWork, ...]:
    """The work of each layer of a model."""
    return tuple(_work(layer) for layer in layers)


def count_weights(model: Model) -> tuple[int, int]:
    """Weights of the model, all and those that one token uses; biases and norms are not counted.

    A lookup table counts in full in both, as published totals do.
    """
    works = work_of(model.layers)
    times = [model.times(layer) for layer in model.layers]
    return (
        sum(t * w.parameters for t, w in zip(times, works, strict=True)),
        sum(t * w.active for t, w in zip(times, works, strict=True)),
    )


def _work(layer: object) -> LayerWork:
    match layer:
        case MatrixProduct():
            weights = layer.count * layer.k * layer.n
            vectors = layer.vectors
            matrix = Matrix(layer.k, layer.n, layer.count, layer.count * vectors, vectors, vectors)
            return LayerWork(matrices=(matrix,), parameters=weights, active=weights)
        case Convolution():
            return _convolution(layer)
        case DynamicProduct():
            times = layer.count * layer.batch
            return LayerWork(dynamic_macs=times * layer.m * layer.k * layer.n)
        case Attention():
            pairs = layer.count * layer.pairs
            return LayerWork(
                dynamic_macs=2 * pairs * layer.width, ops=(("softmax", layer.heads * pairs),)
            )
        case FeedForward():
            return _feed_forward(layer)
        case Elementwise():
            reads, writes = layer.traffic
            return LayerWork(
                ops=((layer.op, layer.count * layer.elements),),
                reads=layer.count * reads,
                writes=layer.count * writes,
            )
        case Depthwise():
            weights = layer.count * layer.channels * layer.taps
            return LayerWork(
                weight_macs=weights * layer.positions, parameters=weights, active=weights
            )
        case Buffer():
            return LayerWork(
                held=layer.count * layer.elements,
                reads=layer.count * layer.reads,
                writes=layer.count * layer.writes,
            )
        case Lookup():
            weights = layer.count * layer.rows * layer.width
            fetched = layer.count * layer.lookups * layer.width
            return LayerWork(fetched=fetched, parameters=weights, active=weights)
    raise TypeError(f"no layer: {layer!r}")


def _convolution(layer: Convolution) -> LayerWork:
    """The groups' matrices work side by side. What overlaps is kept: the input maps of windows are
    written to the feature-map memory and read once, the outputs of a transposed one are added up.
    """
    times, groups = layer.count, layer.count * layer.groups
    positions, weights = layer.positions, groups * layer.k * layer.n
    kept = times * layer.inputs if layer.taps > 1 else 0
    ops: tuple[tuple[str, int], ...] = ()
    if layer.transposed and layer.taps > 1:
        kept = times * layer.outputs * positions * layer.taps
        ops = (("add", kept),)
    matrix = Matrix(layer.k, layer.n, groups, groups * positions, positions, positions)
    return LayerWork(
        matrices=() if layer.depthwise else (matrix,),
        weight_macs=weights * positions if layer.depthwise else 0,
        ops=ops,
        reads=kept,
        writes=kept,
        parameters=weights,
        active=weights,
    )


def _feed_forward(layer: FeedForward) -> LayerWork:
    """Router and gate (experts > 1), routed experts, and shared ones beside them."""
    inward = 2 if layer.gated else 1  # up, and gate beside it
    matrices: list[Matrix] = []
    sides = [(layer.experts, layer.active, layer.hidden, layer.busiest, layer.balanced)]
    if layer.shared:
        sides.append((layer.shared, layer.shared, layer.inner, layer.tokens, layer.tokens))
    activation = product = weights = used = 0
    for path, (experts, active, hidden, rounds, balanced) in enumerate(sides):
        count, vectors = layer.count * experts, layer.count * layer.tokens * active
        routed = path == 0 and layer.experts > 1
        matrices += [
            Matrix(
                layer.width,
                hidden,
                inward * count,
                inward * vectors,
                rounds,
                balanced,
                path,
                inward,
                routed,
            ),
            Matrix(hidden, layer.width, count, vectors, rounds, balanced, path, 1, routed),
        ]
        activation += vectors * hidden
        product += vectors * hidden * (inward - 1)
        weights += count * (inward + 1) * layer.width * hidden
        used += layer.count * active * (inward + 1) * layer.width * hidden
    router = layer.count * layer.width * layer.experts if layer.experts > 1 else 0
    gating = router + layer.count * layer.width * layer.active if router else 0
    return LayerWork(
        matrices=tuple(matrices),
        dynamic_macs=product,
        weight_macs=gating * layer.tokens,
        ops=(("activation", activation),),
        parameters=weights + router,
        active=used + router,
    )
