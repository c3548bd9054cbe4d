from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import pytest
import yaml

from cmn_core.errors import FieldError
from cmn_core.models.exchange.zigzag import read_zigzag, write_zigzag
from cmn_core.models.layers import Convolution, DynamicProduct, Elementwise, MatrixProduct, Model
from cmn_core.models.operations import work_of
from cmn_core.models.presets import load_preset

Build = Callable[..., Model]
LAYERS: list[dict[str, Any]] = [
    {"kind": "product", "name": "query: a", "k": 64, "n": 32, "vectors": 10, "count": 2},
    {
        "kind": "convolution",
        "name": "stem",
        "channels": 3,
        "outputs": 64,
        "kernel": [7, 7],
        "map": [112, 96],
        "stride": [2, 2],
    },
    {"kind": "convolution", "channels": 12, "outputs": 8, "kernel": [3], "map": [9], "groups": 4},
    {"kind": "dynamic_product", "m": 5, "k": 16, "n": 7, "batch": 3},
    {"kind": "attention", "tokens": 4, "kv_tokens": 6, "heads": 2, "width": 8},
    {"kind": "elementwise", "op": "norm", "elements": 100},
]


def macs(model: Model) -> int:
    works = work_of(model.layers)
    return sum(model.times(e) * w.macs for e, w in zip(model.layers, works, strict=True))


def test_a_workload_by_hand(build: Build) -> None:
    text, left_out = write_zigzag(build(*LAYERS[:2], weight_bits=4, activation_bits=6))
    assert left_out == []
    first, second, stem = yaml.safe_load(text)
    assert (first["name"], second["name"], stem["name"]) == ("query: a 1", "query: a 2", "stem")
    assert first["operator_type"] == "Gemm"
    assert dict(zip(first["loop_dims"], first["loop_sizes"], strict=True)) == {
        "B": 10,
        "C": 64,
        "K": 32,
    }
    assert stem["equation"] == "O[b][k][oy][ox]+=W[k][c][fy][fx]*I[b][c][iy][ix]"
    assert stem["dimension_relations"] == ["ix=2*ox+1*fx", "iy=2*oy+1*fy"]
    loops = dict(zip(stem["loop_dims"], stem["loop_sizes"], strict=True))
    assert loops == {"B": 1, "K": 64, "C": 3, "OY": 112, "OX": 96, "FY": 7, "FX": 7}
    assert stem["operand_precision"] == {"W": 4, "I": 6, "O": 10, "O_final": 6}
    assert [e["operand_source"] for e in (first, second, stem)] == [
        {"I": 0, "W": 0},
        {"I": 0, "W": 1},
        {"I": 1, "W": 2},
    ]


def test_loops_multiply_to_the_models_macs(build: Build) -> None:
    model = build(*LAYERS)
    text, left_out = write_zigzag(model)
    entries = yaml.safe_load(text)
    assert sum(prod(e["loop_sizes"]) for e in entries) == macs(model)
    assert left_out == [
        "3 layers of kind dynamic_product: written, but ZigZag holds one operand as weights",
        "1 layer of kind elementwise: it multiplies no matrices",
    ]


def test_a_loop_that_a_convolution_has_not_is_refused() -> None:
    """A third axis that is left out would make the network 5 times as small."""
    entry = {
        "id": 0,
        "operator_type": "Conv",
        "loop_dims": ["B", "K", "C", "OZ", "OY", "OX", "FY", "FX"],
        "loop_sizes": [1, 4, 3, 5, 6, 6, 3, 3],
    }
    with pytest.raises(
        FieldError, match=r"^\[0\]\.loop_dims: found .?OZ.?; those of a convolution"
    ):
        read_zigzag(yaml.safe_dump([entry]).encode(), "net.yaml")
    entry["loop_sizes"] = [1, 4, 3, 1, 6, 6, 3, 3]
    assert macs(read_zigzag(yaml.safe_dump([entry]).encode(), "net.yaml")) == 4 * 3 * 36 * 9


def test_what_was_written_is_read_back(build: Build) -> None:
    plain = build(*LAYERS[:3], {"kind": "ffn", "width": 8, "hidden": 16, "tokens": 5})
    again = read_zigzag(write_zigzag(plain)[0].encode(), "net.yaml")
    assert again.name == "net"
    assert macs(again) == macs(plain)
    assert [type(e) for e in again.layers] == [MatrixProduct] * 2 + [Convolution] * 2 + [
        MatrixProduct
    ] * 2
    stem = again.layers[2]
    assert isinstance(stem, Convolution)
    assert (stem.kernel, stem.map, stem.stride) == ((7, 7), (112, 96), (2, 2))


def test_a_preset_of_experts_is_written(build: Build) -> None:
    model = load_preset("vit-moe-b0")
    entries = yaml.safe_load(write_zigzag(model)[0])
    matrices = sum(prod(e["loop_sizes"]) for e in entries)
    router = sum(
        model.times(e) * w.weight_macs
        for e, w in zip(model.layers, work_of(model.layers), strict=True)
        if e.kind == "ffn"
    )
    assert matrices == macs(model) - router


OTHERS = """
- id: 0 # a comment
  operator_type: Conv
  equation: O[b][k][oy][ox]+=W[k][c][fy][fx]*I[b][c][iy][ix]
  dimension_relations: [ix=2*ox+1*fx, iy=2*oy+1*fy]
  loop_dims: [B, K, C, OY, OX, FY, FX]
  loop_sizes: [1, 64, 3, 112, 112, 7, 7]
  operand_precision: {W: 4, I: 6, O: 16, O_final: 8}
  operand_source: {I: 0, W: 0}
- id: 1
  operator_type: Pooling
  equation: O[b][g][oy][ox]+=W[fx][fy]*I[b][g][iy][ix]
  loop_dims: [B, G, OY, OX, FX, FY]
  loop_sizes: [1, 64, 56, 56, 3, 3]
  operand_precision: {W: 0, I: 6}
- id: 2
  operator_type: Gemm
  equation: O[d0][d1] += I[d0][d2] * W[d2][d1]
  loop_dims: [D0, D1, D2]
  loop_sizes: [10, 20, 30]
- id: 3
  operator_type: MatMul
  equation: O[h][m][n]+=I[h][m][k]*W[h][k][n]
  loop_dims: [H, M, N, K]
  loop_sizes: [2, 3, 4, 5]
  operand_source: {I: 1, W: 2}
"""


def test_a_file_of_others_is_read() -> None:
    model = read_zigzag(OTHERS.encode(), "theirs.yaml")
    assert (model.weight_bits, model.activation_bits) == (4, 6)
    assert model.note is None, "0 bits are no weights, and no other precision"
    conv, pool, gemm, dynamic = model.layers
    assert isinstance(conv, Convolution) and conv.stride == (2, 2)
    assert isinstance(pool, Elementwise) and pool.elements == 64 * 56 * 56 * 9
    assert isinstance(gemm, MatrixProduct) and (gemm.k, gemm.n, gemm.vectors) == (30, 20, 10)
    assert isinstance(dynamic, DynamicProduct)
    assert (dynamic.batch, dynamic.m, dynamic.k, dynamic.n) == (2, 3, 5, 4)


def test_layers_of_another_precision_are_told() -> None:
    finer = OTHERS.replace(
        "loop_sizes: [10, 20, 30]", "loop_sizes: [10, 20, 30]\n  operand_precision: {W: 8, I: 6}"
    )
    model = read_zigzag(finer.encode(), "theirs.yaml")
    assert model.weight_bits == 8
    assert model.note == "layers differ in precision; all are priced at 8 and 6 bits"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1", "net.yaml: no list of layers"),
        ("[1]", "[0]: found 1; a layer's keys"),
        ("[", "net.yaml: no YAML"),
        ("- &a {b: *a}", "net.yaml: an anchor or alias"),
        ("- !!python/object:os.system {}", "net.yaml: no YAML"),
        ("- {operator_type: Softmax}", '[0].operator_type: found "Softmax"; known are'),
        ("- {operator_type: Gemm, loop_dims: [B], loop_sizes: []}", "[0].loop_sizes: not one"),
        ("- {operator_type: Gemm, loop_dims: [B], loop_sizes: [0]}", "[0].loop_sizes: found 0"),
        ("- {operator_type: Gemm, loop_dims: [B], loop_sizes: [1]}", "[0].equation: found null"),
        (
            "- {operator_type: Add, loop_dims: [B], loop_sizes: [1], operand_precision: {W: 99}}",
            "[0].operand_precision.W: found 99",
        ),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    with pytest.raises(FieldError) as caught:
        read_zigzag(text.encode(), "net.yaml")
    assert str(caught.value).startswith(said)


def test_a_list_without_products_is_not_written(build: Build) -> None:
    with pytest.raises(FieldError, match="no layer that multiplies"):
        write_zigzag(build(LAYERS[-1]))
