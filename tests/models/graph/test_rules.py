from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import defs, helper

from cmn_core.errors import FieldError
from cmn_core.models.graph.rules import FREE, PRICED
from cmn_core.models.graph.tensors import CURES

node = helper.make_node
# Operators of ONNX that are priced by their branch, known before, or refused as they stand.
KNOWN = {"If", "Constant", "ConstantOfShape", "EyeLike", "Range"}


def test_no_operator_of_onnx_has_two_treatments() -> None:
    assert not set(FREE) & set(PRICED)
    assert not (set(FREE) | set(PRICED)) & set(CURES)
    operators = {s.name for s in defs.get_all_schemas() if s.domain == ""}
    assert set(FREE) | set(PRICED) | set(CURES) <= operators | {"Scatter", "Upsample"}


@pytest.mark.parametrize("kind", ["Det", "MaxRoiPool", "DFT", "StringConcat"])
def test_what_has_no_rule_is_refused_by_name(read: Any, kind: str) -> None:
    shapes = {"MaxRoiPool": ((1, 2, 8, 8), (3, 5)), "DFT": ((1, 8, 1),), "Det": ((2, 2),)}
    given = shapes.get(kind, ((2,), (2,)))
    settings = {"pooled_shape": [2, 2]} if kind == "MaxRoiPool" else {}
    names = ["x", "z"][: len(given)]
    with pytest.raises(FieldError, match=rf"^node 'odd' \({kind}\): ") as caught:
        read(
            node(kind, names, ["y"], name="odd", **settings),
            inputs=dict(zip(names, given, strict=True)),
            opset=20,
        )
    assert caught.value.allowed


@pytest.mark.parametrize("kind", sorted(CURES))
def test_what_cannot_be_priced_names_its_cure(read: Any, kind: str) -> None:
    with pytest.raises(FieldError, match=rf"^node 'odd' \({kind}\): .*; .+"):
        read(node(kind, ["x"], ["y"], name="odd"), inputs={"x": (2, 3)})


def test_views_are_free_and_say_who_pays(read: Any) -> None:
    model = read(
        node("Reshape", ["x", "shape"], ["a"]),
        node("Transpose", ["a"], ["b"], perm=[1, 0]),
        node("Relu", ["b"], ["y"]),
        inputs={"x": (2, 6)},
        weights={"shape": np.array([-1, 4])},
    )
    first, second, third = model.operators
    assert first.treatment == second.treatment == "free" and third.treatment == "priced"
    assert "whoever reads it pays" in first.why
