from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import helper

from cmn_core.errors import FieldError
from cmn_core.models.chip import Chip, uniform, with_macros
from cmn_core.models.file import parse_model
from cmn_core.models.graph.read import read_onnx
from cmn_core.models.layers import Model
from cmn_core.models.pricing import price_model
from cmn_core.models.report import assess

node = helper.make_node


def zeros(*shape: int) -> Any:
    return np.zeros(shape, np.float32)


def residual(read: Any, **more: Any) -> Model:
    model: Model = read(
        node("MatMul", ["x", "q"], ["a"], name="/block/query"),
        node("MatMul", ["x", "k"], ["b"], name="/block/key"),
        node("Mul", ["a", "b"], ["c"]),
        node("MatMul", ["c", "o"], ["d"], name="/block/out"),
        node("Add", ["d", "x"], ["y"]),
        inputs={"x": ("batch", 6, 32)},
        weights={name: zeros(32, 32) for name in "qko"},
        dims={"batch": 1},
        **more,
    )
    return model


def test_a_network_costs_what_its_hand_written_layers_cost(read: Any) -> None:
    ours = residual(read)
    theirs = parse_model(
        {
            "schema": "cmn.model/1",
            "name": "by hand",
            "layers": [
                {"kind": "product", "k": 32, "n": 32, "vectors": 6, "branch": "q"},
                {"kind": "product", "k": 32, "n": 32, "vectors": 6, "branch": "k"},
                {"kind": "product", "k": 32, "n": 32, "vectors": 6},
                {"kind": "elementwise", "op": "add", "elements": 192, "count": 2},
                {"kind": "buffer", "elements": 4 * 192},
            ],
        }
    )
    chip = with_macros(Chip(uniform("sram")))
    a, b = price_model(ours, chip), price_model(theirs, chip)
    for name in ("energy_pj", "latency_ns", "area_um2", "array_mb", "leakage_pj"):
        assert float(getattr(a, name)) == pytest.approx(float(getattr(b, name)), rel=1e-12), name


def test_the_answer_names_every_node(read: Any) -> None:
    model = residual(read)
    answer = assess(model, with_macros(Chip(uniform("rram"))))
    rows = answer["operators"]
    assert [row["name"] for row in rows][:2] == ["/block/query", "/block/key"]
    assert sum(row["macs"] for row in rows) == answer["macs"] == 3 * 6 * 1024
    assert set(rows[0]) == {"name", "type", "treatment", "why", "macs"}


def test_a_model_goes_through_its_file_and_back(read: Any) -> None:
    model = residual(read)
    text = model.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    assert parse_model(text) == model


def test_weights_that_see_as_many_positions_are_a_stage(read: Any) -> None:
    """Two convolutions, one of a quarter of the positions, and a gate of one position between."""
    model = read(
        node("Conv", ["x", "a"], ["h"], pads=[1] * 4),
        node("GlobalAveragePool", ["h"], ["m"]),
        node("Conv", ["m", "g"], ["s"]),
        node("Mul", ["h", "s"], ["i"]),
        node("Conv", ["i", "a"], ["j"], pads=[1] * 4),
        node("Conv", ["j", "a"], ["y"], pads=[1] * 4, strides=[2, 2]),
        inputs={"x": (1, 4, 8, 8)},
        weights={"a": zeros(4, 4, 3, 3), "g": zeros(4, 4, 1, 1)},
    )
    blocks = [e.block for e in model.layers if e.placed]
    assert blocks == ["stage 1", "stage 1", "stage 1", "stage 2"]


def test_a_reduction_that_returns_begins_no_stage(read: Any) -> None:
    model = read(
        node("MatMul", ["x", "w"], ["q"]),
        node("Gather", ["x", "some"], ["r"], axis=1),
        node("MatMul", ["r", "w"], ["k"]),
        node("MatMul", ["q", "w"], ["y"]),
        inputs={"x": (1, 16, 16)},
        weights={"w": zeros(16, 16), "some": np.arange(4)},
        outputs=("y", "k"),
    )
    assert {e.block for e in model.layers if e.placed} == {"stage 1"}


def test_a_file_is_read_from_its_path(make: Any, tmp_path: Any) -> None:
    path = tmp_path / "small net.onnx"
    graph = make(
        node("MatMul", ["x", "w"], ["y"]), inputs={"x": (3, 8)}, weights={"w": zeros(8, 4)}
    )
    path.write_bytes(graph.SerializeToString())
    model = read_onnx(path)
    assert model.name == "small net"
    assert model.phase == "input x 3 x 8"
    assert model.note == (
        "Weights are in floating point and priced at 8 bits; activations are in floating point and"
        " priced at 8 bits"
    )


def test_numbers_beyond_a_model_file_are_refused_by_node(read: Any) -> None:
    with pytest.raises(FieldError, match=r"^node 'big' \(MatMul\): vectors is 20000000; "):
        read(
            node("MatMul", ["x", "w"], ["y"], name="big"),
            inputs={"x": (20_000_000, 2)},
            weights={"w": zeros(2, 2)},
        )
