from __future__ import annotations

from typing import Any

import numpy as np
from onnx import helper

from cmn_core.models.layers import Buffer

node = helper.make_node


def held(model: Any) -> int:
    (buffer,) = [e for e in model.layers if isinstance(e, Buffer)]
    return buffer.elements


def test_maps_wait_until_their_last_reader(read: Any) -> None:
    """x (10) waits for the sum while a and b (20 each) pass: 50 together where b is made."""
    wide = np.zeros((10, 20), np.float32)
    model = read(
        node("MatMul", ["x", "up"], ["a"]),
        node("MatMul", ["a", "same"], ["b"]),
        node("MatMul", ["b", "down"], ["c"]),
        node("Add", ["x", "c"], ["y"]),
        inputs={"x": (1, 10)},
        weights={"up": wide, "same": np.zeros((20, 20), np.float32), "down": wide.T.copy()},
    )
    assert held(model) == 10 + 20 + 20


def test_views_and_passes_of_a_stream_hold_nothing_more(read: Any) -> None:
    model = read(
        node("MatMul", ["x", "w"], ["a"]),
        node("Relu", ["a"], ["b"]),
        node("Transpose", ["b"], ["y"], perm=[1, 0]),
        inputs={"x": (1, 10)},
        weights={"w": np.zeros((10, 20), np.float32)},
    )
    assert held(model) == 10 + 20
