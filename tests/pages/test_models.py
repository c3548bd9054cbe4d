"""The Models page in its states: presets, own files, own technologies, refusals, stale."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from cmn_core.charts.base.units import figures
from cmn_core.design import Workload
from cmn_core.models.chip import Chip, uniform, with_macros
from cmn_core.models.file import parse_model
from cmn_core.models.presets import load_preset, preset_names
from cmn_core.models.report import assess
from pages.parts.models.answers import PLACEMENTS, presets
from pages.parts.models.form import OWN
from tests.pages.looks import bodies, charts, words
from tests.pages.parts.models.test_form import TINY


def test_a_preset_is_priced_on_every_placement(searches: Any, page: Any) -> None:
    at = page("models", model="vit-moe-b0", weights="SRAM", by_layer="Latency")
    assert not at.exception
    answer = assess(load_preset("vit-moe-b0"), with_macros(Chip(uniform("sram"))))
    assert f"{answer['capacity']['chips']['count']} chips" in words(at)
    assert f"{figures(answer['array_mb'])} MB" in bodies(at)
    *places, layers = charts(at)
    assert len(places) == 3
    for picture in places:
        names = [row["name"] for row in picture["layer"][0]["data"]["values"]]
        assert names == [placement.name for placement in PLACEMENTS.values()]
    causes = {row["cause"] for row in layers["layer"][0]["data"]["values"]}
    assert causes <= {"SRAM", "Digital unit"}
    assert all(chart.proto.alt for chart in at.get("vega_lite_chart"))
    at.toggle(key="twin_placements").set_value(True).run()
    assert "Leakage of idle experts" in bodies(at)
    at.toggle(key="twin_layers").set_value(True).run()
    assert len(at.dataframe[0].value) == len(answer["layers"])
    assert {b.label for b in at.get("download_button")} >= {"Answer (JSON)", "Model (JSON)"}


def test_conditions_of_a_model(searches: Any, page: Any) -> None:
    usual = page("models", model="vit-moe-b0", weights="SRAM")
    rate, node = "one in 10 s", "65 nm"
    at = page("models", model="vit-moe-b0", weights="SRAM", images_per_second=rate, node_nm=node)
    assert not at.exception
    conditions = Workload(images_per_second=0.1, node_nm=65.0)
    chip = with_macros(Chip(uniform("sram"), conditions=conditions))
    answer = assess(load_preset("vit-moe-b0"), chip)
    assert f"{figures(answer['array_mb'])} MB" in bodies(at)
    assert bodies(at) != bodies(usual)
    assert answer["waiting_uj"] > 0.0
    at.selectbox(key="images_per_second").set_value(10_000.0).run()
    assert "Too slow: " in words(at)
    at.selectbox(key="node_nm").set_value(7.0).run()
    assert "RRAM is left out." in words(at) + "".join(w.value for w in at.warning)


def test_published_parameters_stand_beside_ours(searches: Any, page: Any) -> None:
    text = words(page("models", model="mixtral-8x7b-decode"))
    assert "**46.7 G** weights" in text
    assert "Explore cannot open it" in text  # nor any model but those of the searched spaces
    assert "Explore cannot" not in words(page("models", model="vit-moe-b1"))
    assert "published: 46.7 G, 12.9 G per token" in text
    assert re.search(r"worn out after \*\*\d+ inferences", text)


def test_every_preset_comes_back_from_the_model_that_is_downloaded() -> None:
    assert list(presets()) == preset_names()
    for name, text in presets().items():
        assert parse_model(json.loads(text)) == load_preset(name)


def test_searched_macros_are_no_worse(searches: Any, page: Any) -> None:
    found = {}
    for macro in ("Default", "Least energy"):
        at = page("models", model="v-moe-b-16", weights="SRAM", macro=macro)
        assert not at.exception
        rows = charts(at)[0]["layer"][0]["data"]["values"]
        unit = {"µJ": 1.0, "mJ": 1e3}[
            re.findall(r"µJ|mJ", json.dumps(charts(at)[0], ensure_ascii=False))[0]
        ]
        found[macro] = unit * next(row["value"] for row in rows if row["name"] == "SRAM")
    assert found["Least energy"] < found["Default"]


def test_without_a_model_the_page_says_what_to_do(searches: Any, page: Any) -> None:
    at = page("models", model=OWN)
    assert not at.exception
    assert "No model yet" in at.info[0].value
    assert charts(at) == []


def test_a_file_of_ones_own_shares_the_chip_within_limits(searches: Any, page: Any) -> None:
    at = page("models", model=OWN)
    at.text_area(key="model_text").set_value(json.dumps(TINY)).run()
    other = json.dumps({**TINY, "name": "other"}).encode()
    at.file_uploader(key="sought_files").upload("other.json", other, "application/json")
    at.multiselect(key="sought_others").set_value(["vit-moe-b0"])
    at.number_input(key="sought_max_latency_us").set_value(250.0)
    at.number_input(key="sought_max_sigma_rel").set_value(5.0)
    at.text_input(key="sought_weights").set_value("3, 1, 2")
    at.button(key="sought").click().run()
    assert not at.exception and not at.error
    [row] = searches.store.list_runs()
    asked = row.scenario
    assert asked["models"][::2] == ["tiny", "other"] and asked["weights"] == [3.0, 1.0, 2.0]
    assert asked["max_latency_us"] == 250.0 and asked["max_array_mb"] is None
    assert asked["max_sigma_rel"] == pytest.approx(0.05)


def test_hardware_is_searched_in_the_background(searches: Any, page: Any) -> None:
    at = page("models", model=OWN, node_nm="22 nm")
    at.text_area(key="model_text").set_value(json.dumps(TINY)).run()
    at.selectbox(key="sought_objective").set_value("edap")
    at.selectbox(key="sought_memory").set_value("sram")
    at.selectbox(key="sought_images_per_second_0").set_value(100.0)
    at.multiselect(key="sought_others").set_value(["vit-moe-b0"])
    at.text_input(key="sought_weights").set_value("3, 1")
    at.button(key="sought").click().run()
    assert not at.exception and not at.error
    [row] = searches.store.list_runs()
    assert (row.kind, row.state, row.goal, row.memory) == ("chip", "queued", "edap", "sram")
    asked = row.scenario
    assert asked["models"] == ["tiny", json.loads(presets()["vit-moe-b0"])["name"]]
    assert (asked["weights"], asked["max_area_mm2"]) == ([3.0, 1.0], 200.0)
    assert asked["conditions"]["images_per_second"] == 100.0
    assert asked["conditions"]["node_nm"] == 22.0
    assert [network["name"] for network in searches.store.networks(row.run_id)] == asked["models"]
    labels = [link.proto.label for link in at.get("page_link")]
    assert any("tiny" in label and "Queued" in label for label in labels)
    at = page("hardware")
    assert at.title[0].value == "Hardware" and "first step appears here" in words(at)


@pytest.mark.parametrize(
    ("weights", "node", "said"),
    [
        ("1, 2", "28 nm", "found 2 for 1 networks"),
        ("often", "28 nm", "numbers with commas between"),
        ("", "7 nm", "found 7 beside RRAM"),
    ],
)
def test_hardware_that_cannot_be_searched_for_is_one_sentence(
    searches: Any, page: Any, weights: str, node: str, said: str
) -> None:
    at = page("models", model=OWN, weights="SRAM", node_nm=node)
    at.text_area(key="model_text").set_value(json.dumps(TINY)).run()
    at.text_input(key="sought_weights").set_value(weights)
    at.button(key="sought").click().run()
    assert not at.exception
    [found] = [e.value for e in at.error if "No hardware can be searched" in e.value]
    assert said in found and searches.store.list_runs() == []


def test_files_for_other_simulators_say_what_they_leave_out(searches: Any, page: Any) -> None:
    at = page("models", model="vit-moe-b0")
    at.toggle(key="twin_exchange").set_value(True).run()
    assert not at.exception
    labels = {b.label for b in at.get("download_button")}
    assert {"ZigZag workload", "NeuroSim network"} <= labels
    assert "NeuroSim has no product of two activations" in words(at)


def test_a_chip_that_cannot_be_built_leaves_the_last_one_greyed(searches: Any, page: Any) -> None:
    at = page("models", model="vit-moe-b0")
    before = charts(at)
    at.number_input(key="capacity").set_value(0.001).run()
    assert not at.exception
    assert "one array alone" in at.error[0].value.replace("\\", "")
    assert "Greyed below" in at.error[0].value
    assert charts(at) == before
    at = page("models", model="vit-moe-b0", capacity="0.001")
    assert len(at.error) == 1
    assert charts(at) == []


def test_analog_sram_stands_for_sram(searches: Any, page: Any) -> None:
    at = page("models", model="vit-moe-b0", sram="Analog", weights="SRAM")
    assert not at.exception
    assert not at.error
    assert "analog" in words(at).lower()


def test_wrong_values_in_the_address_are_left_out(searches: Any, page: Any) -> None:
    at = page("models", model="<script>", weights="pcm", capacity="-3", copies="x", macro="worst")
    assert not at.exception
    assert at.selectbox(key="model").value == "m3vit-s"
    assert at.selectbox(key="weights").value == "rram"
    assert at.number_input(key="capacity").value == 10.0


def test_presets_have_names_and_an_address_may_say_the_slug(searches: Any, page: Any) -> None:
    at = page("models", model="v-moe-b-16")
    assert at.selectbox(key="model").value == "v-moe-b-16"
    assert "V-MoE-B/16, 32 experts, every 2" in at.selectbox(key="model").options
    at.selectbox(key="model").set_value("mixtral-8x7b-decode").run()
    assert "46.7 G" in words(at)


def test_wide_intervals_and_large_chips_are_explained(searches: Any, page: Any) -> None:
    text = words(page("models", model="vit-moe-b0", weights="RRAM", capacity="1000000"))
    assert "The 90 % interval of" in text
    large = words(page("models", model="mixtral-8x7b-decode", capacity="1000000"))
    assert "larger than one die can be" in large


def test_an_address_with_an_unknown_model_names_those_that_ship(searches: Any, page: Any) -> None:
    at = page("models", model="mixtrall")
    assert not at.exception
    [told] = [w.value for w in at.warning]
    assert "vit-moe-b0" in told and "model" not in at.query_params
