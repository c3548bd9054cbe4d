from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from cmn_core.errors import FieldError
from cmn_core.models.graph.read import parse_onnx, read_onnx

node = helper.make_node


def zeros(*shape: int) -> Any:
    return np.zeros(shape, np.float32)


def refused(read: Any, said: str, *nodes: Any, **parts: Any) -> None:
    with pytest.raises(FieldError) as caught:
        read(*nodes, **{"inputs": {"x": (2, 8)}, **parts})
    assert str(caught.value).startswith(said), str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_exporters_arithmetic_on_sizes_is_followed(read: Any) -> None:
    """Shape, Gather, Div, Unsqueeze, Concat, Reshape: as torch writes for x.view."""
    model = read(
        node("Shape", ["x"], ["s"]),
        node("Gather", ["s", "one"], ["n"]),
        node("Div", ["n", "two"], ["half"]),
        node("Unsqueeze", ["half", "axes"], ["h"]),
        node("Concat", ["minus", "h"], ["shape"], axis=0),
        node("Reshape", ["x", "shape"], ["r"]),
        node("MatMul", ["r", "w"], ["y"]),
        inputs={"x": (6, 8)},
        weights={
            "one": np.array(1),
            "two": np.array(2),
            "axes": np.array([0]),
            "minus": np.array([-1]),
            "w": zeros(4, 5),
        },
    )
    assert model.operators[-1].macs == 12 * 20
    assert {o.treatment for o in model.operators[:-1]} == {"free"}


def test_a_branch_with_a_known_condition_is_taken(read: Any) -> None:
    def branch(kind: str) -> Any:
        out = helper.make_tensor_value_info(f"{kind}_y", TensorProto.FLOAT, None)
        return helper.make_graph([node(kind, ["x"], [f"{kind}_y"])], kind, [], [out])

    model = read(
        node("If", ["yes"], ["y"], then_branch=branch("Relu"), else_branch=branch("Tanh")),
        inputs={"x": (2, 8)},
        weights={"yes": np.array(True)},
    )
    assert [o.type for o in model.operators] == ["Relu", "Identity"]
    choice = node("If", ["c"], ["y"], then_branch=branch("Relu"), else_branch=branch("Tanh"))
    given = {"inputs": {"x": (2, 8), "c": ()}, "kinds": {"c": TensorProto.BOOL}}
    refused(read, "node 'If 1' (If): what it does depends on the data; ", choice, **given)


def test_dynamic_dimensions_ask_for_their_size(read: Any) -> None:
    relu = node("Relu", ["x"], ["y"])
    shape = {"inputs": {"x": ("batch", 8)}}
    cure = "a size for it, such as batch=1, is expected (--dim of a command)"
    refused(read, f"input 'x': dimension 'batch' has no size; {cure}", relu, **shape)
    assert read(relu, dims={"batch": 3}, **shape).phase == "input x 3 x 8"
    three = {"inputs": {"x": ("batch", 3, "h", "h")}}
    every = "dimensions 'batch', 'h' have no size; a size for each, such as batch=1, h=1, is"
    refused(read, f"input 'x': {every}", relu, **three)
    wrong = {"dims": {"batsch": 1, "batch": 1}, **shape}
    refused(read, "dim: found 'batsch'; did you mean 'batch'? ", relu, **wrong)
    nameless = {"inputs": {"x": (None, 8)}}
    refused(read, "input 'x': dimension 'x.0' has no size", relu, **nameless)
    assert read(relu, dims={"x.0": 2}, **nameless).phase == "input x 2 x 8"
    refused(read, "dim: found 'x.1'; it is fixed to 8", relu, dims={"x.0": 2, "x.1": 3}, **nameless)


def test_what_is_wrong_with_a_graph_is_named_by_node(read: Any) -> None:
    refused(read, "node 'a' (Relu): nothing before it makes its input 'b'",
            node("Relu", ["b"], ["a"], name="a"), node("Relu", ["a"], ["b"]))  # fmt: skip
    refused(read, "node 'a' (Relu): 'x' is made twice", node("Relu", ["x"], ["x"], name="a"))
    refused(
        read, "node 'o' (Odd): an operator that ONNX has not", node("Odd", ["x"], ["y"], name="o")
    )
    refused(read, "node 'o' (Gemm): an operator of 'ai.own' that ONNX has not",
            node("Gemm", ["x"], ["y"], name="o", domain="ai.own"))  # fmt: skip
    refused(read, "node 'm' (MatMul): its sizes do not fit",
            node("MatMul", ["x", "w"], ["y"], name="m"), weights={"w": zeros(7, 3)})  # fmt: skip
    refused(read, "node 'n' (NonZero): the size of 'y' depends on the data",
            node("NonZero", ["x"], ["y"], name="n"))  # fmt: skip
    refused(read, "output 'y': nothing makes it", node("Relu", ["x"], ["z"]))


def test_huge_shapes_are_refused(read: Any) -> None:
    relu = node("Relu", ["x"], ["y"])
    refused(
        read, "input 'x': found 9999999999 x 9999999999; ", relu, inputs={"x": (9999999999,) * 2}
    )
    expand = node("Expand", ["x", "s"], ["y"], name="e")
    huge = {
        "s": np.array([2**31, 2**31, 2**31]),
    }
    refused(read, "node 'e' (Expand)", expand, weights=huge, inputs={"x": (1,)})


def test_weights_outside_the_file_are_never_opened(make: Any, tmp_path: Path) -> None:
    """Priced by their shapes; the file that they name does not exist."""
    model = make(
        node("MatMul", ["x", "w"], ["y"]), inputs={"x": (3, 8)}, weights={"w": zeros(8, 4)}
    )
    weight = model.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="../../../etc/passwd")
    path = tmp_path / "net.onnx"
    path.write_bytes(model.SerializeToString())
    assert read_onnx(path).operators[0].macs == 96
    shape = make(
        node("Reshape", ["x", "s"], ["y"]), inputs={"x": (3, 8)}, weights={"s": np.array([24])}
    )
    shape.graph.initializer[0].ClearField("raw_data")
    shape.graph.initializer[0].data_location = TensorProto.EXTERNAL
    with pytest.raises(FieldError, match=r"node 'Reshape 1' \(Reshape\): the size of 'y'"):
        parse_onnx(shape.SerializeToString(), "x.onnx")


@pytest.mark.parametrize("opset", [0, 999])
def test_versions_that_nobody_knows_are_refused(make: Any, opset: int) -> None:
    model = make(node("Relu", ["x"], ["y"]), inputs={"x": (2,)}, opset=opset)
    with pytest.raises(FieldError, match=r"x\.onnx: (operator set|no graph)"):
        parse_onnx(model.SerializeToString(), "x.onnx")
