"""Models with a file of one's own: ONNX, JSON, tables, technologies, and refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from cmn_core.models.file import parse_model
from pages.parts.models.answers import MOST_LAYERS, read_own, text_of
from pages.parts.models.form import OWN
from tests.pages.looks import bodies, charts, words

TINY = {
    "schema": "cmn.model/1",
    "name": "tiny",
    "layers": [
        {"kind": "product", "name": "first", "k": 64, "n": 64, "vectors": 10},
        {"kind": "ffn", "name": "experts", "width": 64, "hidden": 96, "tokens": 10, "experts": 2},
    ],
}
TECHNOLOGY = b"""schema = "cmn.technology/1"
base = "rram"
title = "Mine, 40 nm"
[constants]
read_v = { value = 0.15, unit = "V", source = "lot 7" }
"""
TABLE = b"e1,e2,e3,e4,h1,h2,h3,h4,miou\n1,1,1,1,16,16,16,16,12.5\n2,2,2,2,64,128,320,512,15.0\n"


@pytest.mark.parametrize("how", ["file", "pasted"])
def test_a_model_of_ones_own(searches: Any, page: Any, how: str) -> None:
    at = page("models", model=OWN)
    if how == "file":
        raw = json.dumps(TINY).encode()
        at.file_uploader(key="model_file").upload("tiny.json", raw, "application/json").run()
    else:
        at.text_area(key="model_text").set_value(json.dumps(TINY)).run()
    assert not at.exception
    assert "All weights fit into one chip" in words(at)
    assert len(charts(at)) == 4
    at.text_area(key="model_text").set_value("{").run()
    assert "no JSON" in at.error[0].value.replace("\\", "")
    assert "the last model that was read" in at.error[0].value
    assert len(charts(at)) == 4  # the last one that could be read


def test_a_model_without_a_product_is_shown(searches: Any, page: Any) -> None:
    layers = [{"kind": "buffer", "elements": 1000}]
    at = page("models", model=OWN)
    at.text_area(key="model_text").set_value(json.dumps({**TINY, "layers": layers})).run()
    assert not at.exception and not at.error
    assert "no products" in bodies(at)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"layers": []}, "layers: found"),
        ({"layers": [{"kind": "prodct"}]}, "product"),
        ({"extra": 1}, "extra: unknown key"),
        ({"layers": TINY["layers"] * MOST_LAYERS}, "the command line any number"),
    ],
)
def test_a_file_that_does_not_fit_is_one_sentence(
    searches: Any, page: Any, change: dict[str, Any], said: str
) -> None:
    at = page("models", model=OWN)
    at.text_area(key="model_text").set_value(json.dumps({**TINY, **change})).run()
    assert not at.exception
    assert said in at.error[0].value.replace("\\", "")
    assert "No model yet" in at.info[0].value


def test_onnx_is_priced_and_asks_for_its_sizes(searches: Any, page: Any) -> None:
    weights = numpy_helper.from_array(np.zeros((64, 32), np.float32), "w")
    node = helper.make_node("MatMul", ["x", "w"], ["y"], name="first")
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["tokens", 64])
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([node], "net", [given], [made], [weights])
    raw = helper.make_model(graph).SerializeToString()
    at = page("models", model=OWN)
    at.file_uploader(key="model_file").upload("net.onnx", raw, "application/octet-stream").run()
    (error,) = at.error
    assert "dimension 'tokens' has no size" in error.value
    at.text_input(key="model_dims").set_value("tokens=10").run()
    assert not at.exception and not at.error
    assert "One inference: input x 10 x 64" in words(at).replace("\\", "")
    names = [row["name"] for row in charts(at)[0]["layer"][0]["data"]["values"]]
    assert names == ["RRAM", "SRAM"] == at.selectbox(key="weights").options  # it has no FFN
    at.toggle(key="twin_operators").set_value(True).run()
    table = at.dataframe[-1].value
    assert table.iloc[0].tolist() == ["MatMul", 1, "priced", 10 * 64 * 32, "weights lie in arrays"]


def test_sizes_of_one_file_are_not_asked_of_the_next(searches: Any, page: Any) -> None:
    at = page("models", model=OWN)
    for tokens, size in (("tokens", "tokens=10"), (10, "")):
        given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [tokens, 64])
        made = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
        weights = numpy_helper.from_array(np.zeros((64, 32), np.float32), "w")
        node = helper.make_node("MatMul", ["x", "w"], ["y"], name="first")
        raw = helper.make_model(
            helper.make_graph([node], "net", [given], [made], [weights])
        ).SerializeToString()
        at.file_uploader(key="model_file").upload(f"{tokens}.onnx", raw, "application/x").run()
        if size:
            at.text_input(key="model_dims").set_value(size).run()
        assert not at.exception and not at.error
        assert f"{tokens}  ·  **2,048** weights" in words(at)


def test_a_technology_of_ones_own_changes_rram_alone(searches: Any, page: Any) -> None:
    at = page("models", model="vit-moe-b0")
    before = charts(at)[0]["layer"][0]["data"]["values"]
    files = at.file_uploader(key="technologies")
    files.upload("mine.toml", TECHNOLOGY, "application/toml").run()
    assert not at.exception
    after = charts(at)[0]["layer"][0]["data"]["values"]
    changed = [a["name"] for a, b in zip(after, before, strict=True) if a["value"] != b["value"]]
    assert changed == ["RRAM", "FFNs on RRAM", "FFNs on SRAM"]
    assert "Mine, 40 nm" in words(at).replace("\\", "")


@pytest.mark.parametrize("raw", [b"nonsense", b"\xff", TECHNOLOGY.replace(b'"V"', b'"mV"')])
def test_a_wrong_technology_is_one_sentence(searches: Any, page: Any, raw: bytes) -> None:
    at = page("models", model="vit-moe-b0")
    at.file_uploader(key="technologies").upload("mine.toml", raw, "application/toml").run()
    assert not at.exception
    assert "is not used" in at.error[0].value
    assert len(charts(at)) == 4


def test_names_of_a_strangers_file_are_shown_as_text(searches: Any, page: Any) -> None:
    hostile = "<img src=x onerror=alert(1)> **bold** [x](http://e.x)"
    model = {**TINY, "name": hostile, "source": hostile, "phase": hostile}
    at = page("models", model=OWN)
    at.text_area(key="model_text").set_value(json.dumps(model)).run()
    assert not at.exception
    shown = [c.value for c in at.caption if "onerror" in c.value]
    shown += [m.value for m in at.markdown if "onerror" in m.value]
    assert len(shown) == 4  # the source as a line, and all of it at a press
    assert all("<img" not in text.replace("\\<", "") for text in shown)
    assert "onerror" not in bodies(at)


def test_what_is_kept_of_a_file_is_the_file(tmp_path: Path) -> None:
    text = read_own(json.dumps(TINY), "pasted text")
    assert parse_model(json.loads(text)) == parse_model(TINY)
    assert text == text_of(parse_model(TINY))


def test_a_table_of_ones_own_is_priced_on_every_memory(searches: Any, page: Any) -> None:
    at = page("models", model=OWN)
    assert "No table yet" in words(at)
    at.file_uploader(key="own_table_file").upload("mine.csv", TABLE, "text/csv").run()
    assert not at.exception
    [picture] = charts(at)
    found = {row["memory"] for row in picture["layer"][1]["data"]["values"]}
    assert found == {"RRAM", "SRAM", "Hybrid"}
    assert list(at.dataframe[0].value["mIoU (%)"]) == [12.5, 15.0]
    at.button(key="own_table_explore").click().run()
    assert not at.exception
    assert at.title[0].value == "Explore"
    assert at.slider(key="hidden_2").value == 320


@pytest.mark.parametrize("raw", [b"", b"\xff", b"a,b\n1,2\n", TABLE.replace(b"12.5", b"-1")])
def test_a_wrong_table_is_one_sentence(searches: Any, page: Any, raw: bytes) -> None:
    at = page("models", model=OWN)
    at.file_uploader(key="own_table_file").upload("mine.csv", raw, "text/csv").run()
    assert not at.exception
    assert len(at.error) == 1 and "was not read" in at.error[0].value
    assert charts(at) == []
