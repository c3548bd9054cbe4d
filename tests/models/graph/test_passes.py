from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto, helper

from cmn_core.models.graph.passes import ACTIVATIONS, NORMS, REDUCTIONS, SIMPLE
from cmn_core.models.layers import Buffer, Elementwise, Lookup

node = helper.make_node


def passes(model: Any) -> list[tuple[str, int, int, int]]:
    return [
        (e.op, e.count * e.elements, *e.traffic) for e in model.layers if isinstance(e, Elementwise)
    ]


def test_a_sum_reads_what_waited_and_an_activation_reads_nothing(read: Any) -> None:
    shape = {"x": (2, 3, 4), "z": (2, 3, 4)}
    model = read(node("Add", ["x", "z"], ["a"]), node("Gelu", ["a"], ["y"]), inputs=shape, opset=20)
    assert passes(model) == [("add", 24, 24, 24), ("activation", 24, 0, 0)]


def test_a_gate_of_channels_reads_the_map_that_waited(read: Any) -> None:
    shapes = {"x": (1, 8, 5, 5), "s": (1, 8, 1, 1)}
    model = read(node("Mul", ["x", "s"], ["y"]), inputs=shapes)
    assert passes(model) == [("add", 200, 200, 200)]


def test_equal_passes_stand_together(read: Any) -> None:
    model = read(
        node("Relu", ["x"], ["a"]),
        node("Relu", ["a"], ["b"]),
        node("HardSwish", ["b"], ["y"]),
        inputs={"x": (1, 10)},
    )
    assert [e.count for e in model.layers if isinstance(e, Elementwise)] == [2, 1]
    assert passes(model) == [("add", 20, 0, 0), ("add", 40, 0, 0)]


def test_constants_make_divisions_and_squares_products(read: Any) -> None:
    two = {"two": np.float32(2.0), "half": np.float32(0.5)}
    model = read(
        node("Div", ["x", "two"], ["a"]),
        node("Pow", ["a", "two"], ["b"]),
        node("Pow", ["b", "half"], ["y"]),
        inputs={"x": (1, 10)},
        weights=two,
    )
    assert passes(model) == [("add", 10, 0, 0), ("add", 10, 0, 0), ("activation", 10, 0, 0)]


def test_a_bias_and_a_folded_norm_are_free_after_weights_alone(read: Any) -> None:
    four = np.zeros(4, np.float32)
    norm = {"scale": four, "shift": four, "mean": four, "var": four}
    constants = {"w": np.zeros((4, 2, 1, 1), np.float32), "b": four.reshape(4, 1, 1), **norm}
    model = read(
        node("Conv", ["x", "w"], ["c"]),
        node("BatchNormalization", ["c", *norm], ["n"]),
        node("BatchNormalization", ["n", *norm], ["y"]),
        inputs={"x": (1, 2, 3, 3)},
        weights=constants,
    )
    assert [o.treatment for o in model.operators] == ["priced", "free", "priced"]
    model = read(
        node("Conv", ["x", "w"], ["c"]),
        node("Add", ["c", "b"], ["a"]),
        node("Add", ["a", "b"], ["y"]),
        inputs={"x": (1, 2, 3, 3)},
        weights=constants,
    )
    assert [o.treatment for o in model.operators] == ["priced", "free", "priced"]


def test_pooling_and_reductions_by_hand(read: Any) -> None:
    model = read(
        node("MaxPool", ["x"], ["p"], kernel_shape=[3, 3], strides=[2, 2]),
        node("GlobalAveragePool", ["p"], ["y"]),
        inputs={"x": (1, 2, 9, 9)},
    )
    # 4 x 4 outputs of 9 comparisons in 2 channels, then 32 additions.
    assert passes(model) == [("add", 288, 162, 32), ("add", 32, 32, 2)]


def test_resizing_copies_or_interpolates(read: Any) -> None:
    scales = {"s": np.array([1, 1, 2, 2], np.float32)}
    for mode, kind in (("nearest", Buffer), ("linear", Elementwise)):
        model = read(
            node("Resize", ["x", "", "s"], ["y"], mode=mode),
            inputs={"x": (1, 2, 3, 3)},
            weights=scales,
        )
        assert isinstance(model.layers[0], kind)
        writes = model.layers[0].writes
        assert writes == 72


def test_an_embedding_stays_in_dram_and_fixed_places_are_free(read: Any) -> None:
    table = {"table": np.zeros((1000, 16), np.float32), "first": np.array([0])}
    model = read(
        node("Gather", ["table", "x"], ["a"]),
        node("Gather", ["a", "first"], ["y"], axis=1),
        inputs={"x": (1, 12)},
        weights=table,
        kinds={"x": TensorProto.INT64},
    )
    lookup = model.layers[0]
    assert isinstance(lookup, Lookup)
    assert (lookup.rows, lookup.width, lookup.lookups) == (1000, 16, 12)
    assert [o.treatment for o in model.operators] == ["priced", "free"]


def test_top_k_compares_as_often_as_places_need(read: Any) -> None:
    model = read(
        node("TopK", ["x", "k"], ["y", "where"]),
        inputs={"x": (5, 8)},
        weights={"k": np.array([3])},
    )
    assert passes(model) == [("add", 2 * 40, 40, 30)]


def test_norms_read_and_write_once(read: Any) -> None:
    scale = {"g": np.ones(8, np.float32)}
    shape = {"x": (5, 8)}
    model = read(node("LayerNormalization", ["x", "g"], ["y"]), inputs=shape, weights=scale)
    assert passes(model) == [("norm", 40, 40, 40)]


def test_no_operator_has_two_rules() -> None:
    groups = [set(SIMPLE), set(ACTIVATIONS), set(NORMS), set(REDUCTIONS)]
    assert len(set().union(*groups)) == sum(map(len, groups))
