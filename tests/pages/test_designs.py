"""The Designs page: empty, filled, imported, refused."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from cmn_core.design import Design
from cmn_core.whatif.answer import answer
from cmn_core.whatif.edits import completed, used_only, with_block, with_knob, with_space
from cmn_core.whatif.formats.link import named, pack_design
from pages.parts.design.draft import default_design
from tests.pages.looks import words

ONE = used_only(completed(default_design()))
OTHER = named(used_only(with_block(completed(default_design()), 0, experts=5)), "wide <b>first</b>")


def tables(at: Any) -> str:
    bodies = [e.proto.body for e in at.get("html") if "<table" in e.proto.body]
    return " ".join(re.sub(r"<[^>]+>", " ", body) for body in bodies)


def pins(*designs: Design) -> str:
    return ".".join(map(pack_design, designs))


def test_nothing_is_pinned(searches: Any, page: Any) -> None:
    at = page("designs")
    assert not at.exception
    assert "Nothing is pinned yet" in at.info[0].value
    assert at.get("vega_lite_chart") == []
    at.selectbox(key="preset").set_value("Largest, RRAM").run()
    assert not at.exception
    assert not at.info
    assert len(at.get("vega_lite_chart")) == 1
    assert "pins" in at.query_params


def test_two_designs_are_compared(searches: Any, page: Any) -> None:
    at = page("designs", pins=pins(ONE, OTHER))
    assert not at.exception
    assert "<b>" not in words(at)  # a name is no markup
    assert r"wide \<b\>first\</b\>" in words(at)
    [chart] = at.get("vega_lite_chart")
    letters = {row["letter"] for row in json.loads(chart.proto.spec)["layer"][0]["data"]["values"]}
    assert letters == {"A", "B"}
    assert "B (reference)" in tables(at)
    assert "5 × 64 R" in tables(at)
    assert re.search(r"Arrays \(MB\).*%", tables(at), re.S)
    at.selectbox(key="basket_reference").set_value(0).run()
    assert "A (reference)" in tables(at)
    assert {b.proto.label for b in at.get("download_button")} >= {"JSON", "CSV", "JSON Schema"}
    at.toggle(key="twin_designs").set_value(True).run()
    assert len(at.dataframe) == 1


def test_designs_are_named_and_taken_out(searches: Any, page: Any) -> None:
    at = page("designs", pins=pins(ONE, OTHER))
    at.text_input(key="name_0").set_value("  my   *first* ").run()
    assert r"my \*first\*" in words(at)
    at.button(key="drop_1").click().run()
    assert not at.exception
    assert "A (reference)" in tables(at)
    at.button(key="empty").click().run()
    assert "Nothing is pinned yet" in at.info[0].value
    assert "pins" not in at.query_params


def test_a_full_basket_says_so(searches: Any, page: Any) -> None:
    many = [with_block(completed(default_design()), 3, hidden=100 + i) for i in range(6)]
    at = page("designs", pins=pins(*many))
    at.selectbox(key="preset").set_value("Smallest, RRAM").run()
    assert not at.exception
    assert "holds 6 designs" in at.warning[0].value


def test_an_old_design_that_cannot_be_built_has_no_figures(searches: Any, page: Any) -> None:
    wrong = with_knob(completed(default_design()), "rram", "active_rows", 999.0)
    at = page("designs", pins=pins(wrong, ONE))
    assert not at.exception
    assert "cannot be built with this version" in words(at)
    assert "B (reference)" in tables(at)
    alone = page("designs", pins=pins(wrong))
    assert not alone.exception
    assert alone.get("vega_lite_chart") == []


@pytest.mark.parametrize("wrong", ["rubbish", "..", "<script>", "a.b.c"])
def test_rubbish_in_the_address_is_one_sentence(searches: Any, page: Any, wrong: str) -> None:
    at = page("designs", pins=wrong)
    assert not at.exception
    assert len(at.warning) == (wrong != "..")
    assert "Nothing is pinned yet" in at.info[0].value


def test_a_file_is_shown_with_its_drift_before_it_is_taken(searches: Any, page: Any) -> None:
    document = answer(ONE).design.to_json()
    document["metrics"]["energy_uj"] *= 2.0
    at = page("designs")
    at.file_uploader(key="upload").upload("mine.json", json.dumps(document).encode()).run()
    assert not at.exception
    drift = at.dataframe[0].value.set_index("Figure")["Drift"].to_dict()
    assert drift["Energy (µJ)"] == "−50 %"
    assert drift["Area (mm²)"] == "0"
    at.button(key="take_mine.json_0").click().run()
    assert "mine" in words(at)
    assert len(at.get("vega_lite_chart")) == 1


def test_a_pasted_design_without_hardware_gets_some(searches: Any, page: Any) -> None:
    document = {k: v for k, v in ONE.to_json().items() if k != "hardware"}
    at = page("designs")
    at.text_area(key="pasted").set_value(json.dumps(document)).run()
    assert not at.exception
    assert "it was searched" in words(at)
    assert "states no metrics" in words(at)
    at.button(key="explore_pasted text_0").click().run()
    assert not at.exception
    assert at.title[0].value == "Explore"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "no JSON"),
        ("[]", "found 0 designs"),
        ('{"schema": "cmn.design/9"}', "cmn"),
        ('{"schema": "cmn.design/1", "spaec": "b0"}', "did you mean"),
        (json.dumps({**ONE.to_json(), "space": "<img src=x>"}), "space"),
    ],
)
def test_a_text_that_is_no_design_is_one_sentence(
    searches: Any, page: Any, text: str, reason: str
) -> None:
    at = page("designs")
    at.text_area(key="pasted").set_value(text).run()
    assert not at.exception
    assert len(at.error) == 1
    assert "pasted text was not read" in at.error[0].value
    assert reason in at.error[0].value.replace("\\", "")
    assert "<img" not in at.error[0].value.replace("\\<", "")


def test_a_macro_of_a_file_that_cannot_be_built_is_named(searches: Any, page: Any) -> None:
    wrong = with_knob(ONE, "rram", "adc_bits", 40.0)
    at = page("designs")
    at.text_area(key="pasted").set_value(json.dumps(wrong.to_json())).run()
    assert not at.exception
    assert "cannot be built" in at.error[0].value
    assert "adc_bits" in at.error[0].value.replace("\\", "")


@pytest.mark.slow
def test_a_network_that_is_not_here_is_one_sentence(searches: Any, page: Any) -> None:
    at = page("designs", pins=pins(with_space(completed(default_design()), "b2")))
    at.button(key="network_slice").click()
    at.run(timeout=120)
    assert not at.exception
    assert "no such network here" in at.error[0].value
    assert not any("safetensors" in b.label for b in at.get("download_button"))


@pytest.mark.slow
def test_sliced_weights_are_taken_away(searches: Any, page: Any) -> None:
    at = page("designs", pins=pins(ONE))
    at.button(key="network_slice").click()
    at.run(timeout=120)
    assert not at.exception and not at.error
    labels = [b.label for b in at.get("download_button")]
    assert any(label.startswith("Weights (safetensors), ") for label in labels)
    assert any(label.startswith("Graph (ONNX), ") for label in labels)
