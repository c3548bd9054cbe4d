"""Operators that multiply: with weights they lie in arrays, with two activations never.

A weight is whatever is made of constants alone; the file's initialisers, or what scales, casts
and transposes make of them before the first inference.
"""

from __future__ import annotations

from math import prod

from cmn_core.models.graph.ruling import Ruling, Scene, bits_of, leading
from cmn_core.models.graph.tensors import Tensor
from cmn_core.models.layers import Attention, Convolution, Layer

RESIDENT = "weights lie in arrays"
DEPTHWISE = "one input channel per group: on the digital unit"
CHANGING = "both operands change with every inference: on the digital unit, never in arrays"


def matmul(scene: Scene) -> Ruling:
    """MatMul and its integer forms; operands may be vectors or stacks of matrices."""
    node = scene.node
    integer = node.type == "QLinearMatMul"
    return _product(scene, node.input(0), node.input(3 if integer else 1))


def _product(scene: Scene, a: Tensor, b: Tensor) -> Ruling:
    """a [..., m, k] times b [..., k, n], each of which may be a vector."""
    first = a.shape if len(a.shape) > 1 else (1, *a.shape)
    second = b.shape if len(b.shape) > 1 else (*b.shape, 1)
    m, k, n = first[-2], first[-1], second[-1]
    if min(len(first), len(second), k) < 1 or not a.shape or not b.shape:
        raise scene.node.refused("an operand without elements", "matrices are expected")
    stack = max(leading(first, 2), leading(second, 2))
    out = prod(scene.node.output.shape) // max(1, m * n)
    batch = max(stack, out)
    if b.fixed:
        matrices = leading(second, 2)
        vectors = max(1, m * batch // matrices)
        return _resident(scene, scene.many(k, n, vectors, matrices), b, a)
    if a.fixed:
        matrices = leading(first, 2)
        return _resident(scene, scene.many(k, m, max(1, n * batch // matrices), matrices), a, b)
    return _changing(scene, scene.dynamic(m, k, n, batch), a, b)


def gemm(scene: Scene) -> Ruling:
    node = scene.node
    a, b = node.input(0), node.input(1)
    m, k = a.shape[::-1] if node.attributes.get("transA", 0) else a.shape
    n = b.shape[0 if node.attributes.get("transB", 0) else 1]
    if b.fixed:
        return _resident(scene, scene.product(k, n, m), b, a)
    if a.fixed:
        return _resident(scene, scene.product(k, m, n), a, b)
    return _changing(scene, scene.dynamic(m, k, n, 1), a, b)


def convolution(scene: Scene) -> Ruling:
    """Conv, ConvInteger, QLinearConv, ConvTranspose and the product of DeformConv."""
    node = scene.node
    x, w = node.input(0), node.input(3 if node.type == "QLinearConv" else 1)
    transposed = node.type == "ConvTranspose"
    groups, axes = int(node.attributes.get("group", 1)), len(w.shape) - 2
    if groups < 1 or not 1 <= axes <= 3 or len(x.shape) != len(w.shape):
        raise node.refused(f"a kernel of {axes} axes", "1 to 3 are priced")
    channels, kernel = x.shape[1], w.shape[2:]
    outputs = w.shape[1] * groups if transposed else w.shape[0]
    if channels % groups or outputs % groups:
        found = f"{channels} and {outputs} channels in {groups} groups"
        raise node.refused(found, "as many for each group are expected")
    where = x.shape[2:] if transposed else node.output.shape[2:]
    stride = tuple(node.attributes.get("strides", (1,) * axes))
    if not w.fixed:
        own = channels // groups * prod(kernel), outputs // groups
        layer = scene.dynamic(prod(where), own[0], own[1], groups * x.shape[0])
        return _changing(scene, layer, x, w)
    layer = Convolution(
        kind="convolution",
        name=scene.label,
        channels=channels,
        outputs=outputs,
        kernel=kernel,
        map=where,
        stride=None if transposed or set(stride) == {1} else stride,
        groups=groups,
        images=x.shape[0],
        transposed=transposed,
    )
    more: tuple[Layer, ...] = ()
    if node.type == "DeformConv":
        samples = x.shape[0] * channels * prod(where) * prod(kernel)
        more = (scene.elements("resample", samples, reads=samples, writes=samples),)
    why = DEPTHWISE if layer.depthwise else RESIDENT
    return _resident(scene, layer, w, x, more, why)


def einsum(scene: Scene) -> Ruling:
    """Two operands whose letters are kept, summed over, or shared by all three."""
    node = scene.node
    equation = node.attributes.get("equation", b"").decode("ascii", "replace").replace(" ", "")
    terms = equation.partition("->")[0].split(",")
    if len(terms) == 1 and "." not in equation and len(set(terms[0])) == len(terms[0]):
        source = node.input(0).elements
        layer = scene.elements("add", source, reads=source, writes=node.output.elements)
        return Ruling("one addition per element", (layer,), held=True)
    plain = len(terms) == 2 and "->" in equation and "." not in equation
    if not plain or any(len(set(t)) != len(t) for t in terms):
        cure = "two operands with plain letters, such as 'bik,bkj->bij', are expected"
        raise node.refused(f"equation '{equation}'", cure)
    result = equation.partition("->")[2]
    a, b = node.input(0), node.input(1)
    sizes = dict(zip(terms[0] + terms[1], (*a.shape, *b.shape), strict=True))
    groups = {
        "batch": [c for c in terms[0] if c in terms[1] and c in result],
        "k": [c for c in sizes if c not in result],
        "m": [c for c in terms[0] if c in result and c not in terms[1]],
        "n": [c for c in terms[1] if c in result and c not in terms[0]],
    }
    size = {name: prod(sizes[c] for c in letters) for name, letters in groups.items()}
    batch, k, m, n = size["batch"], size["k"], size["m"], size["n"]
    if b.fixed:
        return _resident(scene, scene.many(k, n, m, batch), b, a)
    if a.fixed:
        return _resident(scene, scene.many(k, m, n, batch), a, b)
    return _changing(scene, scene.dynamic(m, k, n, batch), a, b)


GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def recurrent(scene: Scene) -> Ruling:
    """LSTM, GRU, RNN: one product with the input and one with the state at every step."""
    node = scene.node
    x, w, r = node.input(0), node.input(1), node.input(2)
    if not w.fixed or not r.fixed or len(x.shape) != 3 or len(w.shape) != 3:
        raise node.refused("weights that change", "constant weights are expected")
    first, second = (1, 0) if node.attributes.get("layout", 0) else (0, 1)
    steps, batch = x.shape[first], x.shape[second]
    directions, rows, inputs = w.shape
    hidden, vectors = rows // GATES[node.type], steps * batch
    cells = directions * vectors * hidden
    gates = GATES[node.type] + (1 if node.type == "LSTM" else 0)
    layers = (
        scene.many(inputs, rows, vectors, directions),
        scene.many(hidden, rows, vectors, directions),
        scene.elements("activation", gates * cells, reads=0, writes=0),
        scene.elements("add", 3 * cells, reads=cells, writes=cells),
    )
    why = "weights of input and state lie in arrays; gates on the digital unit"
    return Ruling(why, layers, True, bits_of(w), bits_of(x))


def attention(scene: Scene) -> Ruling:
    """ONNX's own Attention: scores, softmax and values of all heads."""
    node = scene.node
    q, k, v = node.input(0), node.input(1), node.input(2)
    if len(q.shape) == 4:
        batch, heads, tokens, size = q.shape
        kv_tokens, v_size = k.shape[2], v.shape[3]
    else:
        batch, tokens, width = q.shape
        heads = int(node.attributes.get("q_num_heads", 0))
        kv_heads = int(node.attributes.get("kv_num_heads", 0))
        if heads < 1 or kv_heads < 1:
            raise node.refused("no number of heads", "q_num_heads and kv_num_heads are expected")
        size, kv_tokens, v_size = width // heads, k.shape[1], v.shape[2] // kv_heads
    if len(node.inputs) > 4 and node.inputs[4] is not None:
        kv_tokens += node.input(4).shape[2]
    causal = bool(node.attributes.get("is_causal", 0)) and kv_tokens >= tokens
    if size == v_size:
        layer: Layer = Attention(
            kind="attention",
            name="Attention",
            tokens=tokens,
            kv_tokens=kv_tokens,
            heads=heads,
            width=heads * size,
            causal=causal,
            count=batch,
        )
        return _changing(scene, layer, q, k)
    scores = batch * heads * tokens * kv_tokens
    layers = (
        scene.dynamic(tokens, size, kv_tokens, batch * heads),
        scene.elements("softmax", scores, reads=0, writes=0),
        scene.dynamic(tokens, kv_tokens, v_size, batch * heads),
    )
    return Ruling(CHANGING, layers, held=True)


def _resident(
    scene: Scene,
    layer: Layer,
    weight: Tensor,
    given: Tensor,
    more: tuple[Layer, ...] = (),
    why: str = RESIDENT,
) -> Ruling:
    return Ruling(why, (layer, *more), True, bits_of(weight), bits_of(given))


def _changing(scene: Scene, layer: Layer, a: Tensor, b: Tensor) -> Ruling:
    bits = [n for n in (bits_of(a), bits_of(b)) if n is not None]
    return Ruling(CHANGING, (layer,), True, None, max(bits, default=None))
