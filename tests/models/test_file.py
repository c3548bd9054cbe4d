from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cmn_core.errors import FieldError
from cmn_core.models.chip import Chip, uniform, with_macros
from cmn_core.models.file import model_schema, parse_model, read_model
from cmn_core.models.layers import SCHEMA
from cmn_core.models.pricing import price_model

ROOT = Path(__file__).resolve().parents[2]
CONVOLUTION = {"kind": "convolution", "channels": 6, "outputs": 8, "kernel": [3], "map": [9]}
PRODUCT = {"kind": "product", "k": 300, "n": 20, "vectors": 7}
ATTENTION = {"kind": "attention", "tokens": 4, "kv_tokens": 4, "heads": 2, "width": 8}
FFN = {"kind": "ffn", "width": 8, "hidden": 16, "tokens": 10, "experts": 4, "top_k": 2}


def whole(*layers: Any, **head: Any) -> dict[str, Any]:
    return {"schema": SCHEMA, "name": "test", "layers": list(layers or [PRODUCT]), **head}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([], "model: found []; a JSON object is expected"),
        ({**whole(), "schema": "cmn.model/2"}, 'schema: found "cmn.model/2"; this version'),
        ({"schema": SCHEMA, "name": "x"}, "layers: missing"),
        (whole(layer=[]), "layer: unknown key; did you mean 'layers'?"),
        (whole(layers=[]), "layers: found []; at least 1 entries"),
        (whole({**PRODUCT, "vector": 3}), "layers[0].vector: unknown key; did you mean 'vectors'?"),
        (whole(PRODUCT, {"kind": "fnn"}), "layers[1].kind: found \"fnn\"; did you mean 'ffn'?"),
        (whole({"k": 3}), "layers[0].kind: missing; allowed are product, convolution, dyn"),
        (whole(7), "layers[0]: found 7; an object is expected"),
        (whole({**PRODUCT, "k": True}), "layers[0].k: found true; a whole number"),
        (whole({**PRODUCT, "k": 2.5}), "layers[0].k: found 2.5; a whole number"),
        (whole({**PRODUCT, "k": 3.0}), "layers[0].k: found 3.0; a whole number"),
        (whole({**PRODUCT, "k": "3"}), 'layers[0].k: found "3"; a whole number'),
        (whole({**PRODUCT, "k": 0}), "layers[0].k: found 0; at least 1"),
        (whole({**PRODUCT, "k": 10**9}), "layers[0].k: found 1000000000; at most 10000000"),
        (whole({**PRODUCT, "k": None}), "layers[0].k: found null; a whole number"),
        (whole({"kind": "product", "k": 1, "n": 2}), "layers[0].vectors: missing"),
        (whole(name="\ud800"), "model: found a text with half a character"),
        (whole(weight_bits=17), "weight_bits: found 17; at most 16"),
        (whole({**CONVOLUTION, "groups": 4}), "layers[0].channels: found 6 for 4 groups; as many"),
        (whole({**CONVOLUTION, "groups": 3}), "layers[0].outputs: found 8 for 3 groups; as many"),
        (whole({**CONVOLUTION, "map": [9, 9]}), "layers[0].map: found 2 numbers; one for each"),
        (
            whole({**CONVOLUTION, "kernel": [1] * 4}),
            "layers[0].kernel: found [1, 1, 1, 1]; at most 3",
        ),
        (whole({**FFN, "gated": 1}), "layers[0].gated: found 1; true or false"),
        (whole({**FFN, "top_k": 5}), "layers[0].top_k: found 5; at most 4"),
        (whole({**FFN, "shared_hidden": 4}), "layers[0].shared_hidden: given; it belongs"),
        (whole({**FFN, "histogram": [10, 10]}), "layers[0].histogram: found 2 values"),
        (whole({**FFN, "histogram": [11, 9, 0, 0]}), "layers[0].histogram: found 11 tokens"),
        (whole({**FFN, "histogram": [5, 5, 5, 4]}), "layers[0].histogram: found a sum of 19"),
        (whole({**FFN, "histogram": [5, 5, 5, -5]}), "layers[0].histogram[3]: found -5"),
        (whole({**ATTENTION, "heads": 3}), "layers[0].heads: found 3 heads"),
        (whole({**ATTENTION, "causal": True, "kv_tokens": 2}), "layers[0].kv_tokens: found 2"),
        (whole(repeat={"modell": 3}), "repeat.modell: no layer is of that block; did you mean"),
        (whole(repeat={"model": 0}), "repeat.model: found 0; at least 1"),
        (whole(published={"parameter": 3}), "published.parameter: unknown key; did you mean"),
        (whole({"kind": "elementwise", "op": "gelu", "elements": 3}), "layers[0].op: found"),
    ],
)
def test_what_is_wrong_is_named_in_one_sentence(data: object, said: str) -> None:
    with pytest.raises(FieldError) as caught:
        parse_model(data)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_are_finite(tmp_path: Path, number: str) -> None:
    path = tmp_path / "m.json"
    path.write_text(json.dumps(whole()).replace("300", number))
    with pytest.raises(FieldError, match="finite"):
        read_model(path)


@pytest.mark.parametrize("depth", [150, 400, 5000])
def test_deep_nesting_is_refused(depth: int) -> None:
    nested: Any = 1
    for _ in range(depth):
        nested = [nested]
    with pytest.raises(FieldError):
        parse_model(whole({**PRODUCT, "k": nested}))


def test_order_of_keys_changes_nothing() -> None:
    rng = np.random.default_rng(0)

    def shuffled(table: dict[str, Any]) -> dict[str, Any]:
        return {key: table[key] for key in rng.permutation(list(table)).tolist()}

    layers = [PRODUCT, ATTENTION, {**FFN, "gated": True, "shared": 1}]
    chip = with_macros(Chip(uniform("sram")))
    first = price_model(parse_model(whole(*layers, repeat={"model": 2})), chip)
    for _ in range(5):
        data = shuffled(whole(*(shuffled(layer) for layer in layers), repeat={"model": 2}))
        again = price_model(parse_model(data), chip)
        assert float(again.energy_pj) == float(first.energy_pj)
        assert float(again.latency_ns) == float(first.latency_ns)


def test_the_shipped_schema_is_the_one_the_code_writes() -> None:
    shipped = (ROOT / "assets" / "model.schema.json").read_text(encoding="utf-8")
    assert shipped == json.dumps(model_schema(), indent=2) + "\n", "run: make schema"
