"""Operators that pass over elements: sums, activations, norms, pooling, resizing, look-ups.

Costs per element are those of the technology's digital unit (docs/models.md). What comes as it is
made costs no memory traffic; a second operand has waited in the feature-map memory and is read,
and the result then waits there too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from math import prod

import numpy as np

from cmn_core.models.graph.ruling import Ruling, Scene
from cmn_core.models.layers import Buffer, Lookup

WEIGHTED = ("Conv", "ConvTranspose", "DeformConv", "Einsum", "Gemm", "MatMul", "MatMulInteger")
# Operations of one element, an addition or comparison each.
SIMPLE: Mapping[str, int] = {
    **dict.fromkeys(("Abs", "Add", "And", "BitShift", "BitwiseAnd", "BitwiseNot"), 1),
    **dict.fromkeys(("BitwiseOr", "BitwiseXor", "Ceil", "Clip", "Equal", "Floor", "Greater"), 1),
    **dict.fromkeys(("GreaterOrEqual", "IsInf", "IsNaN", "LeakyRelu", "Less", "LessOrEqual"), 1),
    **dict.fromkeys(("Max", "Mean", "Min", "Mul", "Neg", "Not", "Or", "PRelu", "Relu"), 1),
    **dict.fromkeys(("Round", "Sign", "Sub", "Sum", "ThresholdedRelu", "Trilu", "Where"), 1),
    "Xor": 1,
    "Shrink": 2,
    "QuantizeLinear": 2,  # scale and round
    "DynamicQuantizeLinear": 4,  # lowest, highest, scale and round
    "HardSigmoid": 3,  # multiply, add and clip
    "HardSwish": 4,
    "RotaryEmbedding": 3,
}
ACTIVATIONS = (
    *("Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Celu", "Cos", "Cosh", "Div", "Elu"),
    *("Erf", "Exp", "Gelu", "Log", "Mish", "Mod", "Pow", "Reciprocal", "Selu", "Sigmoid", "Sin"),
    *("Sinh", "Softplus", "Softsign", "Sqrt", "Swish", "Tan", "Tanh"),
)
NORMS = (
    *("GroupNormalization", "InstanceNormalization", "LRN", "LayerNormalization"),
    *("LpNormalization", "MeanVarianceNormalization", "RMSNormalization"),
)
REDUCTIONS: Mapping[str, int] = {
    **dict.fromkeys(("ArgMax", "ArgMin", "CumSum", "GlobalAveragePool", "GlobalMaxPool"), 1),
    **dict.fromkeys(("Hardmax", "ReduceL1", "ReduceMax", "ReduceMean", "ReduceMin"), 1),
    **dict.fromkeys(("ReduceProd", "ReduceSum"), 1),
    **dict.fromkeys(("GlobalLpPool", "ReduceL2", "ReduceSumSquare"), 2),
}


def simple(scene: Scene) -> Ruling:
    node = scene.node
    if node.type in ("Add", "Sub") and _bias(scene):
        return Ruling("a bias: added as the sums before it are formed")
    each = SIMPLE[node.type]
    return _pass(scene, "add", each, f"{each} operation{'s' if each > 1 else ''} per element")


def activation(scene: Scene) -> Ruling:
    """One look-up or series per element; by a constant a division is a product, x^2 too."""
    node = scene.node
    if node.type in ("Div", "Pow") and len(node.changing) == 1 and not node.input(0).fixed:
        by = node.input(1).value
        squared = by is not None and np.size(by) == 1 and float(np.ravel(by)[0]) == 2.0
        if node.type == "Div" or squared:
            return _pass(scene, "add", 1, "one multiplication per element")
    return _pass(scene, "activation", 1, "an activation per element")


def softmax(scene: Scene) -> Ruling:
    return _pass(scene, "softmax", 1, "a softmax, per element")


def norm(scene: Scene) -> Ruling:
    size = scene.node.input(0).elements
    layer = scene.elements("norm", size, reads=size, writes=size)
    return Ruling("a norm: its elements are read and written once", (layer,), held=True)


def batch_norm(scene: Scene) -> Ruling:
    """Folded where it follows weights that nobody else reads."""
    node = scene.node
    if any(t is not None and not t.fixed for t in node.inputs[1:]):
        raise node.refused("statistics that change", "a network in inference mode is expected")
    before = scene.only_reader_of(node.input(0))
    if before is not None and before.type in WEIGHTED and before.changing:
        return Ruling("folded into the weights before it")
    return _pass(scene, "add", 1, "scale and shift: one multiply-accumulate per element")


def pool(scene: Scene) -> Ruling:
    node = scene.node
    taps = prod(node.attributes.get("kernel_shape", (1,)))
    size, out = node.input(0).elements, node.output.elements
    layer = scene.elements("add", max(1, out * taps), reads=size, writes=out)
    return Ruling(f"{taps} operations per output; the map is read once", (layer,), held=True)


def reduction(scene: Scene) -> Ruling:
    node = scene.node
    each, size = REDUCTIONS[node.type], node.input(0).elements
    layer = scene.elements("add", max(1, each * size), reads=size, writes=node.output.elements)
    return Ruling(
        f"{each} operation{'s' if each > 1 else ''} per element read", (layer,), held=True
    )


def exponential_sum(scene: Scene) -> Ruling:
    node = scene.node
    size = node.input(0).elements
    layer = scene.elements("activation", max(1, size), reads=size, writes=node.output.elements)
    return Ruling("an activation per element read", (layer,), held=True)


def top_k(scene: Scene) -> Ruling:
    node = scene.node
    kept = node.output.shape[int(node.attributes.get("axis", -1))]
    each = max(1, math.ceil(math.log2(kept + 1)))
    size = node.input(0).elements
    layer = scene.elements("add", max(1, each * size), reads=size, writes=2 * node.output.elements)
    return Ruling(f"{each} comparisons per element for {kept} places", (layer,), held=True)


def resample(scene: Scene) -> Ruling:
    """Resizing; what takes the nearest element is a copy."""
    node = scene.node
    out, default = node.output.elements, "linear" if node.type == "GridSample" else "nearest"
    mode = node.attributes.get("mode", default.encode())
    if mode == b"nearest":
        return _copy(scene, out, "each output is a copy of the nearest element")
    layer = scene.elements("resample", max(1, out), reads=node.input(0).elements, writes=out)
    return Ruling("interpolated, per output", (layer,), held=True)


def region_pool(scene: Scene) -> Ruling:
    node = scene.node
    samples = max(1, int(node.attributes.get("sampling_ratio", 0))) ** 2 * node.output.elements
    layer = scene.elements("resample", samples, reads=samples, writes=node.output.elements)
    return Ruling("interpolated, per sample", (layer,), held=True)


def gather(scene: Scene) -> Ruling:
    """A look-up in a table of constants, a choice at fixed places, or copies."""
    node = scene.node
    data, indices = node.input(0), node.input(1)
    if not data.fixed and indices.fixed:
        return Ruling("fixed places: only addresses change, whoever reads it pays for the reading")
    if not data.fixed or node.type != "Gather":
        return _copy(scene, node.output.elements, "elements copied to where indices say")
    rows = data.shape[int(node.attributes.get("axis", 0))] if data.shape else 1
    layer = Lookup(
        kind="lookup",
        name=scene.label,
        rows=rows,
        width=max(1, data.elements // max(1, rows)),
        lookups=max(1, indices.elements),
    )
    return Ruling("a table that stays in DRAM, one row per index", (layer,), held=True)


def scatter(scene: Scene) -> Ruling:
    updates = scene.node.input(2).elements
    return _copy(scene, updates, "elements copied to where indices say")


def one_hot(scene: Scene) -> Ruling:
    return _copy(scene, scene.node.output.elements, "written once")


def overlap_add(scene: Scene) -> Ruling:
    size = scene.node.input(0).elements
    layer = scene.elements("add", size, reads=size, writes=size)
    return Ruling("one addition per element read", (layer,), held=True)


def gated(scene: Scene) -> Ruling:
    """SwiGLU: an activation and a product per output."""
    out = scene.node.output.elements
    layers = (
        scene.elements("activation", out, reads=0, writes=0),
        scene.elements("add", out, reads=out, writes=out),
    )
    return Ruling("an activation and a product per output", layers, held=True)


def _pass(scene: Scene, op: str, each: int, why: str) -> Ruling:
    """Over the elements of the output; operands that waited are read."""
    node = scene.node
    size = max(1, node.output.elements)
    sizes = sorted(t.elements for t in node.changing)
    reads = sum(sizes[1:])
    writes = size if reads else 0
    if reads:
        why += "; an operand that waited is read, the result is written"
    layer = scene.elements(op, each * size, reads=reads, writes=writes)
    return Ruling(why, (layer,), held=bool(reads))


def _copy(scene: Scene, elements: int, why: str) -> Ruling:
    layer = Buffer(kind="buffer", name=scene.node.type, elements=0, reads=elements, writes=elements)
    return Ruling(f"{why}: read and written once", (layer,), held=True)


def _bias(scene: Scene) -> bool:
    """Whether constants of one axis are added to what a product makes and nobody else reads."""
    node = scene.node
    if len(node.inputs) != 2 or len(node.changing) != 1:
        return False
    (changing,) = node.changing
    (fixed,) = (t for t in node.inputs if t is not None and t.fixed)
    before = scene.only_reader_of(changing)
    flat = sum(1 for n in fixed.shape if n > 1) <= 1
    return flat and before is not None and before.type in WEIGHTED and len(before.changing) == 1


Rule = Callable[[Scene], Ruling]
