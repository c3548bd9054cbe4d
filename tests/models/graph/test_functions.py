from __future__ import annotations

from typing import Any

import pytest
from onnx import helper

from cmn_core.errors import FieldError

node = helper.make_node


def test_functions_of_the_file_are_written_out(read: Any) -> None:
    opsets = [helper.make_opsetid("", 17)]
    twice = [node("Relu", ["a"], ["t"]), node("Relu", ["t"], ["b"])]
    function = helper.make_function("own", "Twice", ["a"], ["b"], twice, opsets)
    call = node("Twice", ["x"], ["y"], domain="own")
    model = read(call, inputs={"x": (2, 8)}, functions=[function])
    assert [o.type for o in model.operators] == ["Relu", "Relu"]


def test_functions_that_call_themselves_are_refused(read: Any) -> None:
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    inner = [node("Again", ["a"], ["b"], domain="own")]
    function = helper.make_function("own", "Again", ["a"], ["b"], inner, opsets)
    call = node("Again", ["x"], ["y"], domain="own")
    with pytest.raises(FieldError, match=r"^test\.onnx: function 'Again' calls itself"):
        read(call, inputs={"x": (2, 8)}, functions=[function])


def test_a_few_functions_do_not_become_millions_of_nodes(read: Any) -> None:
    """Each calls the one before twenty times: 20^5 nodes in 100 lines."""
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    functions = []
    for level in range(5):
        inner = ("Relu", "") if level == 0 else (f"F{level - 1}", "own")
        names = ["a", *[f"t{i}" for i in range(19)], "b"]
        body = [node(inner[0], [names[i]], [names[i + 1]], domain=inner[1]) for i in range(20)]
        functions.append(helper.make_function("own", f"F{level}", ["a"], ["b"], body, opsets))
    call = node("F4", ["x"], ["y"], domain="own")
    with pytest.raises(FieldError, match=r"^test\.onnx: more than 50,000 nodes"):
        read(call, inputs={"x": (2, 8)}, functions=functions)
