"""A right ONNX file, and hostile ones."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def network(*more: Any, **changes: Any) -> bytes:
    """A small network: a convolution, a product, arithmetic on sizes."""
    nodes = [
        helper.make_node("Conv", ["x", "kernel"], ["c"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("Reshape", ["r", "shape"], ["f"]),
        helper.make_node("Gemm", ["f", "weights"], ["y"]),
        *more,
    ]
    constants = {
        "kernel": np.ones((4, 3, 3, 3), np.float32),
        "shape": np.array([1, -1]),
        "weights": np.ones((256, 10), np.float32),
    } | changes
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(v), n) for n, v in constants.items()],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    return helper.make_model(graph, opset_imports=opsets).SerializeToString()


@cache
def hostile_networks() -> list[bytes]:
    """Cycles, files of others, shapes that no memory holds, graphs in graphs, foreign operators."""
    made = helper.make_node
    found = [
        network(made("Relu", ["z"], ["z"])),
        network(made("Own", ["y"], ["z"], domain="own")),
        network(made("Loop", ["", "", "y"], ["z"])),
        network(made("Expand", ["y", "huge"], ["z"]), huge=np.array([2**40, 2**40])),
        network(made("ConstantOfShape", ["huge"], ["z"]), huge=np.array([2**33])),
        network(
            made("Range", ["a", "b", "c"], ["z"]), a=np.array(0), b=np.array(2**62), c=np.array(1)
        ),
        network(made("Tile", ["shape", "huge"], ["z"]), huge=np.array([2**60])),
        network(made("Pad", ["y", "huge"], ["z"]), huge=np.array([2**61, 0, 2**61, 0])),
        network(made("Resize", ["x", "", "s"], ["z"]), s=np.array([1, 1, 1e30, 1e30], np.float32)),
    ]
    model = onnx.ModelProto.FromString(network())
    weights = model.graph.initializer[0]
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="../../../../etc/passwd")
    found.append(model.SerializeToString())
    model.graph.initializer[0].dims[:] = [2**62, 2**62, 3, 3]
    found.append(model.SerializeToString())
    inner = b""
    for _ in range(3000):
        for tag in (b"\x32", b"\x2a", b"\x0a", b"\x3a"):
            inner = tag + _length(len(inner)) + inner if len(inner) < 10_000 else inner
    found.append(inner)
    found.append(b"\x3a" + _length(2**62) + b"x")
    return found


def _length(size: int) -> bytes:
    """A number as protobuf writes it."""
    out = bytearray()
    while size > 0x7F:
        out.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([*out, size])
