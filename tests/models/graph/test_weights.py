from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from cmn_core.errors import FieldError
from cmn_core.models.graph.weights import CHANGING, DEPTHWISE, RESIDENT
from cmn_core.models.layers import Convolution, DynamicProduct, MatrixProduct

node = helper.make_node


def zeros(*shape: int) -> Any:
    return np.zeros(shape, np.float32)


@pytest.mark.parametrize(
    ("given", "weight", "settings", "macs", "why"),
    [
        # 3 x 3 x 8 inputs for each of 16 outputs at 10 x 12 positions
        ((1, 8, 10, 12), (16, 8, 3, 3), {"pads": [1] * 4}, 72 * 16 * 120, RESIDENT),
        # two images, stride 2 without borders: 4 x 5 positions each
        ((2, 8, 9, 11), (16, 8, 3, 3), {"strides": [2, 2]}, 72 * 16 * 20 * 2, RESIDENT),
        # dilated by 2: the kernel covers 5, which leaves 6 x 8
        ((1, 8, 10, 12), (16, 8, 3, 3), {"dilations": [2, 2]}, 72 * 16 * 48, RESIDENT),
        # four groups: each output sees 2 inputs
        ((1, 8, 10, 12), (16, 2, 1, 1), {"group": 4}, 2 * 16 * 120, RESIDENT),
        ((1, 8, 10, 12), (8, 1, 3, 3), {"group": 8, "pads": [1] * 4}, 9 * 8 * 120, DEPTHWISE),
        # one axis: 100 samples, kernel 5
        ((1, 6, 100), (12, 6, 5), {}, 30 * 12 * 96, RESIDENT),
        ((1, 2, 4, 6, 8), (3, 2, 2, 2, 2), {}, 16 * 3 * 3 * 5 * 7, RESIDENT),
    ],
)
def test_a_convolution_by_hand(
    read: Any, given: tuple[int, ...], weight: tuple[int, ...], settings: Any, macs: int, why: str
) -> None:
    model = read(
        node("Conv", ["x", "w", "b"], ["y"], name="conv", **settings),
        inputs={"x": given},
        weights={"w": zeros(*weight), "b": zeros(weight[0])},
    )
    (operator,) = model.operators
    assert (operator.name, operator.treatment, operator.why) == ("conv", "priced", why)
    assert operator.macs == macs
    layer = model.layers[0]
    assert isinstance(layer, Convolution)
    assert layer.groups == settings.get("group", 1)


def test_a_transposed_convolution_by_hand(read: Any) -> None:
    """Each of 5 x 6 inputs of 8 channels gives 2 x 2 x 4 outputs."""
    model = read(
        node("ConvTranspose", ["x", "w"], ["y"], strides=[2, 2]),
        inputs={"x": (1, 8, 5, 6)},
        weights={"w": zeros(8, 4, 2, 2)},
    )
    assert model.operators[0].macs == 30 * 8 * 16
    layer = model.layers[0]
    assert isinstance(layer, Convolution)
    assert (layer.k, layer.n, layer.map, layer.transposed) == (8, 16, (5, 6), True)


def test_linear_layers_by_hand_whichever_side_the_weights_stand_on(read: Any) -> None:
    model = read(
        node("MatMul", ["x", "w"], ["a"]),
        node("Transpose", ["w"], ["wt"], perm=[1, 0]),
        node("MatMul", ["wt", "xt"], ["b"]),
        node("Gemm", ["flat", "w", "bias"], ["c"]),
        inputs={"x": (2, 7, 24), "xt": (24, 5), "flat": (3, 24)},
        weights={"w": zeros(24, 10), "bias": zeros(10)},
        outputs=("a", "b", "c"),
    )
    macs = {o.name: o.macs for o in model.operators}
    assert macs == {
        "MatMul 1": 14 * 240,
        "Transpose 2": 0,
        "MatMul 3": 5 * 240,
        "Gemm 4": 3 * 240,
    }
    shapes = [(e.k, e.n, e.vectors) for e in model.layers if isinstance(e, MatrixProduct)]
    assert shapes == [(24, 10, 14), (24, 10, 5), (24, 10, 3)]
    transposed = model.operators[1]
    assert transposed.treatment == "free" and transposed.why.startswith("made of constants")


def test_products_of_two_activations_never_lie_in_arrays(read: Any) -> None:
    """Two heads of 16 on 9 tokens: scores and values, 2 x 9 x 16 x 9 each."""
    model = read(
        node("Transpose", ["k"], ["kt"], perm=[0, 2, 1]),
        node("MatMul", ["q", "kt"], ["s"]),
        node("Softmax", ["s"], ["p"]),
        node("MatMul", ["p", "v"], ["y"]),
        inputs=dict.fromkeys("qkv", (2, 9, 16)),
    )
    products = [o for o in model.operators if o.type == "MatMul"]
    assert [(o.macs, o.why) for o in products] == [(2 * 9 * 16 * 9, CHANGING)] * 2
    assert all(layer.placed is None for layer in model.layers)
    assert sum(isinstance(layer, DynamicProduct) for layer in model.layers) == 2


def test_a_stack_of_weights_lies_side_by_side(read: Any) -> None:
    """Four experts of 8 x 5 on 6 tokens each."""
    model = read(
        node("MatMul", ["x", "w"], ["y"]),
        inputs={"x": (1, 6, 8)},
        weights={"w": zeros(4, 8, 5)},
    )
    assert model.operators[0].macs == 4 * 6 * 40
    layer = model.layers[0]
    assert isinstance(layer, Convolution)
    assert (layer.groups, layer.k, layer.n, layer.positions) == (4, 8, 5, 6)


def test_einsum_finds_weights_and_attention(read: Any) -> None:
    model = read(
        node("Einsum", ["x", "w"], ["h"], equation="bti,io->bto"),
        node("Einsum", ["h", "x"], ["y"], equation="bto,bsi->bts"),
        inputs={"x": (2, 6, 8)},
        weights={"w": zeros(8, 8)},
    )
    assert [o.macs for o in model.operators] == [2 * 6 * 64, 2 * 6 * 6 * 64]
    with pytest.raises(FieldError, match=r"node 'e' \(Einsum\): equation 'ii,ij->j'"):
        read(
            node("Einsum", ["x", "w"], ["y"], equation="ii,ij->j", name="e"),
            inputs={"x": (8, 8)},
            weights={"w": zeros(8, 8)},
        )


def test_recurrent_layers_by_hand(read: Any) -> None:
    """Ten steps of a batch of 2, both directions: 4 gates of 6 units from 5 inputs and 6 states."""
    for kind, gates in (("LSTM", 4), ("GRU", 3), ("RNN", 1)):
        model = read(
            node(kind, ["x", "w", "r"], ["y"], hidden_size=6, direction="bidirectional"),
            inputs={"x": (10, 2, 5)},
            weights={"w": zeros(2, 6 * gates, 5), "r": zeros(2, 6 * gates, 6)},
        )
        assert model.operators[0].macs == 2 * 20 * 6 * gates * (5 + 6)


def test_bits_come_from_what_the_file_quantised(read: Any) -> None:
    scale, zero = np.float32(0.1), np.int8(0)
    pair = {
        "x_scale": scale,
        "x_zero": np.uint8(0),
        "w": np.zeros((8, 4), np.int8),
        "w_scale": scale,
        "w_zero": zero,
    }
    model = read(
        node("QuantizeLinear", ["x", "x_scale", "x_zero"], ["xq"]),
        node("DequantizeLinear", ["xq", "x_scale", "x_zero"], ["xd"]),
        node("DequantizeLinear", ["w", "w_scale", "w_zero"], ["wd"]),
        node("MatMul", ["xd", "wd"], ["y"]),
        inputs={"x": (3, 8)},
        weights=pair,
    )
    assert (model.weight_bits, model.activation_bits, model.note) == (8, 8, None)
    assert [o.treatment for o in model.operators] == ["priced", "free", "free", "priced"]
    assert model.operators[3].macs == 3 * 32


def test_four_bit_weights_beside_activations_in_floating_point(read: Any) -> None:
    model = read(
        node("Cast", ["w8"], ["w4"], to=TensorProto.INT4),
        node("DequantizeLinear", ["w4", "scale"], ["wd"]),
        node("MatMul", ["x", "wd"], ["y"]),
        inputs={"x": (3, 8)},
        weights={"w8": np.zeros((8, 4), np.int8), "scale": np.float32(0.1)},
        opset=21,
    )
    assert (model.weight_bits, model.activation_bits) == (4, 8)
    assert model.note == "Activations are in floating point and priced at 8 bits"


def test_integer_operators_by_hand(read: Any) -> None:
    scale, zero, wzero = np.float32(0.1), np.uint8(0), np.int8(0)
    constants = {"s": scale, "z": zero, "wz": wzero, "k": np.zeros((4, 2, 3, 3), np.int8)}
    conv = node("QLinearConv", ["x", "s", "z", "k", "s", "wz", "s", "z"], ["y"], pads=[1] * 4)
    kinds = {"x": TensorProto.UINT8}
    model = read(conv, inputs={"x": (1, 2, 5, 5)}, weights=constants, kinds=kinds)
    assert (model.operators[0].macs, model.weight_bits) == (18 * 4 * 25, 8)
    integer = node("MatMulInteger", ["x", "w"], ["y"])
    constants = {"w": np.zeros((8, 6), np.int8)}
    model = read(integer, inputs={"x": (3, 8)}, weights=constants, kinds=kinds)
    assert (model.operators[0].macs, model.activation_bits, model.note) == (3 * 48, 8, None)
    linear = node("QLinearMatMul", ["x", "s", "z", "w", "s", "wz", "s", "z"], ["y"])
    constants = {"s": scale, "z": zero, "wz": wzero, "w": np.zeros((8, 6), np.int8)}
    model = read(linear, inputs={"x": (3, 8)}, weights=constants, kinds=kinds)
    assert model.operators[0].macs == 3 * 48


def test_attention_of_onnx_itself(read: Any) -> None:
    model = read(
        node("Attention", ["q", "k", "v"], ["y"], q_num_heads=2, kv_num_heads=2),
        inputs={"q": (1, 5, 16), "k": (1, 7, 16), "v": (1, 7, 16)},
        opset=23,
    )
    assert model.operators[0].macs == 2 * 5 * 7 * 16
