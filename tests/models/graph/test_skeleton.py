from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from cmn_core.errors import FieldError
from cmn_core.models.graph.read import read_onnx
from cmn_core.models.graph.skeleton import KEPT_BYTES, MAX_DEPTH, bare, read_bare

node = helper.make_node


def network(make: Any) -> Any:
    constant = numpy_helper.from_array(np.zeros(KEPT_BYTES, np.float32), "c")
    return make(
        node("Constant", [], ["c"], value=constant, doc_string="x" * 1000),
        node("MatMul", ["x", "w"], ["h"]),
        node("Reshape", ["h", "s"], ["y"]),
        inputs={"x": (2, 256)},
        weights={"w": np.ones((256, 128), np.float32), "s": np.array([-1])},
    )


def test_only_large_tensors_and_texts_are_left_out(make: Any) -> None:
    whole = network(make)
    left = onnx.ModelProto.FromString(bare(whole.SerializeToString(), "x"))
    assert left.graph.initializer[0].raw_data == b""
    assert left.graph.node[0].attribute[0].t.raw_data == b""
    for tensor in (whole.graph.initializer[0], whole.graph.node[0].attribute[0].t):
        tensor.ClearField("raw_data")
    whole.graph.node[0].ClearField("doc_string")
    assert left == whole


def test_a_file_of_two_gigabytes_takes_little_memory(make: Any, tmp_path: Path) -> None:
    """A sparse file on the disk, whose 2 GB of weights are never read."""
    whole, size = network(make), 2_000_000_000
    head = whole.SerializeToString()
    weights = b"".join(
        [b"\x08\x80\xca\xb5\xee\x01", b"\x10\x01", b"\x42\x01v", b"\x4a" + _varint(size)]
    )
    tensor = b"\x2a" + _varint(len(weights) + size) + weights
    graph = b"\x3a" + _varint(len(tensor) + size) + tensor
    path = tmp_path / "large.onnx"
    with path.open("wb") as file:
        file.write(head + graph)  # messages of the same field are merged
        file.truncate(len(head) + len(graph) + size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert read_onnx(path).operators[1].macs == 2 * 256 * 128
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB
    os.truncate(path, 4_000_000_001)
    with pytest.raises(FieldError, match="4,000,000,001 bytes; at most 4,000,000,000 are read"):
        read_bare(path)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def test_every_truncation_is_refused_or_shorter(make: Any) -> None:
    raw = network(make).SerializeToString()
    for end in [*range(1, 200), *range(200, len(raw), 4099)]:
        assert taken(raw[:end]) in (
            True,
            "x: no ONNX file, or part of one; a whole ONNX file is expected",
        )


def taken(raw: bytes) -> bool | str:
    try:
        return len(bare(raw, "x")) <= len(raw)
    except FieldError as error:
        return str(error)


def test_graphs_in_each_other_end_somewhere() -> None:
    inner = b""
    for _ in range(MAX_DEPTH):
        for tag in (b"\x32", b"\x2a", b"\x0a"):  # graph in attribute in node in graph
            inner = tag + _varint(len(inner)) + inner
    with pytest.raises(FieldError, match="in each other"):
        bare(b"\x3a" + _varint(len(inner)) + inner, "x")


def test_no_file_and_an_empty_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FieldError, match="No such file"):
        read_bare(tmp_path / "none.onnx")
    (tmp_path / "empty.onnx").touch()
    with pytest.raises(FieldError, match="an empty file"):
        read_bare(tmp_path / "empty.onnx")
