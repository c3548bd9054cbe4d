from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from cmn_core.models.graph.read import parse_onnx
from cmn_core.models.layers import Model

Shape = Sequence[int | str | None]
Make = Callable[..., ModelProto]
Read = Callable[..., Model]


@pytest.fixture
def make() -> Make:
    """A file of these nodes; arrays are constants, shapes are inputs."""

    def made(
        *nodes: NodeProto,
        inputs: Mapping[str, Shape],
        weights: Mapping[str, Any] | None = None,
        outputs: Sequence[str] = ("y",),
        opset: int = 17,
        kinds: Mapping[str, int] | None = None,
        functions: Sequence[Any] = (),
    ) -> ModelProto:
        kind = dict.fromkeys(inputs, TensorProto.FLOAT) | dict(kinds or {})
        graph = helper.make_graph(
            list(nodes),
            "test",
            [helper.make_tensor_value_info(n, kind[n], list(s)) for n, s in inputs.items()],
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in outputs],
            [numpy_helper.from_array(np.asarray(v), n) for n, v in (weights or {}).items()],
        )
        opsets = [helper.make_opsetid("", opset)]
        opsets += [helper.make_opsetid(f.domain, 1) for f in functions]
        return helper.make_model(graph, opset_imports=opsets, functions=list(functions))

    return made


@pytest.fixture
def read(make: Make) -> Read:
    """The model of such a file."""

    def found(*nodes: NodeProto, dims: Mapping[str, int] | None = None, **parts: Any) -> Model:
        return parse_onnx(make(*nodes, **parts).SerializeToString(), "test.onnx", dims)

    return found
