"""The Explore page in its states: first visit, moved, pinned, unbuildable, rubbish, live."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cmn_core.cim.chip import price
from cmn_core.design import Design, parse_design
from cmn_core.whatif.edits import completed, with_block, with_knob, with_workload
from cmn_core.whatif.formats.link import pack_design, unpack_design
from pages.parts.design.draft import default_design
from tests.pages import looks


def cards(at: Any) -> dict[str, str]:
    """Words of each figure's card, by its name, without what was before."""
    [body] = [
        e.proto.body
        for e in at.get("html")
        if "cmn-cards" in e.proto.body and "<article" in e.proto.body
    ]
    found = re.findall(r'data-figure="(\w+)">(.*?)</article>', body, re.S)
    return {
        name: re.sub(r"<[^>]+>", " ", re.sub(r"<p>(as )?before.*?</p>", "", text))
        for name, text in found
    }


def specs(at: Any) -> dict[str, dict[str, Any]]:
    """Charts by what they draw."""
    found = [json.loads(chart.proto.spec) for chart in at.get("vega_lite_chart")]
    out = {}
    for one in found:
        text = json.dumps(one)
        kind = "place" if "this design" in text else "steps" if "Step of" in text else "blocks"
        out[kind] = one
    return out


def shown(at: Any) -> Design:
    token = at.query_params["design"]
    return unpack_design(token[0] if isinstance(token, list) else token)


def link(design: Design) -> str:
    return pack_design(completed(design))


def test_an_empty_machine_still_explores(searches: Any, page: Any) -> None:
    at = page("explore")
    assert not at.exception
    assert set(specs(at)) == {"blocks", "steps"}
    assert "No search is here yet" in at.info[0].value
    assert {"energy_uj", "latency_us", "area_mm2", "array_mb", "miou"} <= set(cards(at))
    assert shown(at).architecture == default_design().architecture


def test_a_slider_moves_figures_charts_and_the_address(searches: Any, page: Any) -> None:
    at = page("explore")
    before, address = cards(at), at.query_params["design"]
    first = specs(at)["blocks"]["layer"][0]["data"]["values"]
    at.slider(key="experts_2").set_value(5).run()
    assert not at.exception
    assert cards(at)["energy_uj"] != before["energy_uj"]
    assert cards(at)["miou"] != before["miou"]
    assert at.query_params["design"] != address
    assert shown(at).architecture.experts[2] == 5
    assert specs(at)["blocks"]["layer"][0]["data"]["values"] != first
    at.button(key="undo").click().run()
    assert cards(at)["energy_uj"] == before["energy_uj"]
    assert at.slider(key="experts_2").value == 2
    assert at.button(key="undo").disabled


def test_what_was_before_stands_beside(searches: Any, page: Any) -> None:
    at = page("explore")
    assert "before" not in looks.bodies(at)
    old = re.search(r"[\d,.]+", cards(at)["energy_uj"].partition("sim.")[2])
    at.slider(key="experts_2").set_value(5).run()
    assert old is not None
    assert f"before {old.group()}: +" in looks.bodies(at)


def test_what_bounds_it_and_what_helps_is_a_press_away(searches: Any, page: Any) -> None:
    at = page("explore")
    [said] = [m.value for m in at.markdown if m.value.startswith("**Latency")]
    assert re.fullmatch(
        r"\*\*Latency [\d,.]+ µs\*\*: [\w' ]+ takes? \d+ %, block \d alone \d+ %\."
        r" \*\*Energy [\d,.]+ µJ\*\*: [\w' ]+ takes? \d+ %, block \d alone \d+ %\.",
        said,
    )
    at.segmented_control(key="quantity").set_value("latency_us").run()
    before, first = shown(at), at.button(key="apply_0")
    told = [c.value for c in at.caption if re.match(r"Latency −.*likely", c.value)]
    assert len(told) == 3
    first.click().run()
    assert not at.exception
    assert shown(at) != before
    saved = re.match(r"Latency (−[\d.]+ %)", told[0])
    assert saved is not None
    assert f": {saved.group(1)}" in looks.bodies(at)  # on the card, beside what was before
    at.button(key="undo").click().run()
    assert shown(at) == before


def plan(at: Any) -> str:
    """The floor plan's HTML."""
    [body] = [e.proto.body for e in at.get("html") if 'class="cmn-die"' in e.proto.body]
    return str(body)


def test_the_chip_stands_below_its_network_and_follows_the_knobs(searches: Any, page: Any) -> None:
    mixed = with_block(completed(default_design()), 1, memory="sram")
    at = page("explore", design=pack_design(mixed))
    first = plan(at)
    assert re.findall(r'class="cmn-block".*?<b>(.*?)</b>', first) == ["1 R", "2 S", "3 R", "4 R"]
    assert "block 2 on SRAM" in first
    assert "cmn-was" not in first
    assert "Fill: share of the energy" in first
    whole = float(re.findall(r"Floor plan of ([\d.]+) mm²", first)[0])
    areas = [float(a) for a in re.findall(r'title="Block [^"]*: ([\d.]+) mm²', first)]
    assert sum(areas) == pytest.approx(whole, rel=0.02)  # of rounded figures
    at.segmented_control(key="quantity").set_value("latency_us").run()
    assert "Fill: share of the time" in plan(at)
    at.slider(key="experts_3").set_value(5).run()
    assert not at.exception
    assert "block 4 5 × " in plan(at)
    assert float(re.findall(r"Floor plan of ([\d.]+) mm²", plan(at))[0]) > whole
    assert "cmn-was" in plan(at)


def test_all_blocks_are_changed_but_locked_ones(searches: Any, page: Any) -> None:
    at = page("explore")
    at.toggle(key="lock_1").set_value(True).run()
    at.button(key="all_more_experts").click().run()
    at.button(key="all_sram").click().run()
    assert [at.slider(key=f"experts_{b}").value for b in range(4)] == [3, 2, 3, 3]
    design = shown(at)
    assert design.hardware is not None
    assert design.hardware.memory == ("sram", "rram", "sram", "sram")
    at.button(key="reset").click().run()
    assert shown(at).architecture.experts == (2, 2, 2, 2)


def unfolded(at: Any, *names: str) -> Any:
    """What is folded away is not drawn, so that a moved slider has less to redraw."""
    for name in names:
        at.session_state[name] = True
    return at.run()


def open_macros(at: Any) -> Any:
    return unfolded(at, "macros")


def test_folded_macros_are_not_drawn(searches: Any, page: Any) -> None:
    at = page("explore")
    assert not [s for s in at.select_slider if str(s.key).startswith("knob_")]
    assert [s for s in open_macros(at).select_slider if str(s.key).startswith("knob_")]


def test_hardware_and_workload_count(searches: Any, page: Any) -> None:
    at = unfolded(page("explore"), "macros", "workload")
    energy = cards(at)["energy_uj"]
    at.select_slider(key="knob_rram_adc_bits").set_value(5.0).run()
    assert cards(at)["energy_uj"] != energy
    assert at.select_slider(key="knob_sram_rows").disabled  # no block is on it
    at.selectbox(key="workload_image").set_value((480, 640)).run()
    assert "no estimate" in cards(at)["miou"]
    at.selectbox(key="workload_image").set_value((120, 160)).run()
    dense = cards(at)["miou"]
    at.selectbox(key="workload_top_k").set_value(1).run()
    assert not at.exception
    assert shown(at).workload.top_k == 1
    assert cards(at)["miou"] != dense
    at.selectbox(key="workload_space").set_value("b1").run()
    assert not at.exception
    assert (shown(at).space, shown(at).workload.image) == ("b1", (120, 160))


def test_conditions_count_and_a_node_without_rram_is_explained(searches: Any, page: Any) -> None:
    at = page("explore")
    assert "workload_image" not in [b.key for b in at.selectbox]  # folded away
    usual = cards(at)
    assert any(e.label == "Conditions: back to back, 25 °C, 28 nm" for e in at.expander)
    at.selectbox(key="workload_images_per_second").set_value(0.1).run()
    at.selectbox(key="workload_temperature_c").set_value(85.0).run()
    at.selectbox(key="workload_node_nm").set_value(65.0).run()
    assert not at.exception
    assert shown(at).workload.images_per_second == 0.1
    assert shown(at).workload.temperature_c == 85.0
    assert any(e.label == "Conditions: one in 10 s, 85 °C, 65 nm" for e in at.expander)
    moved = shown(at).hardware
    assert moved is not None and moved.macros["rram"]["vdd_v"] == 1.0
    [words] = [c.value for c in at.caption if "Supplies moved with the node" in c.value]
    assert "RRAM 0.9 V becomes 1 V" in words
    assert cards(at)["energy_uj"] != usual["energy_uj"]
    at.selectbox(key="workload_images_per_second").set_value(10_000.0).run()
    assert not [c for c in at.caption if "Supplies moved" in c.value]  # told once
    assert "below: at least 10,000 images per second" in cards(at)["latency_us"]
    at.selectbox(key="workload_images_per_second").set_value(0.0).run()
    assert shown(at).workload.images_per_second is None
    at.selectbox(key="workload_node_nm").set_value(7.0).run()
    assert "RRAM is known from 12 to 130 nm" in at.error[0].value
    assert not at.exception
    at.button(key="all_sram").click().run()
    assert not at.error and not at.exception


def test_what_cannot_be_built_is_explained_and_the_last_figures_are_grey(
    searches: Any, page: Any
) -> None:
    at = open_macros(page("explore"))
    at.select_slider(key="knob_rram_active_rows").set_value(128.0).run()
    energy = cards(at)["energy_uj"]
    at.select_slider(key="knob_rram_rows").set_value(64.0).run()
    assert not at.exception
    assert "RRAM, rows summed per read" in at.error[0].value
    assert "Greyed below" in at.error[0].value
    assert any("Cannot be built: found 128" in e.value for e in at.error[1:])
    assert cards(at)["energy_uj"] == energy
    assert any("cmn-stale" in e.proto.body for e in at.get("html") if "<article" in e.proto.body)
    assert at.button(key="pin").disabled and at.button(key="apply_0").disabled
    at.select_slider(key="knob_rram_active_rows").set_value(64.0).run()
    assert not at.error
    assert cards(at)["energy_uj"] != energy


def test_a_link_to_what_cannot_be_built_has_controls_and_no_figures(
    searches: Any, page: Any
) -> None:
    wrong = with_knob(completed(default_design()), "rram", "active_rows", 512.0)
    at = page("explore", design=pack_design(wrong))
    assert not at.exception
    assert "cannot be built" in at.error[0].value
    assert specs(at) == {}
    assert "mend the knob" in at.info[0].value
    at.select_slider(key="knob_rram_active_rows").set_value(64.0).run()
    assert not at.error
    assert specs(at)


@pytest.mark.parametrize("wrong", ["rubbish", "<script>alert(1)</script>", "a", "aePk", "x" * 9000])
def test_rubbish_in_the_address_is_one_sentence(searches: Any, page: Any, wrong: str) -> None:
    at = page("explore", design=wrong, pins=f"{wrong}.{wrong}", run="' OR 1=1")
    assert not at.exception
    assert len(at.warning) == 3
    assert "holds no design that can be read" in at.warning[0].value
    assert "pins" not in at.query_params
    assert cards(at)
    at.run()
    assert not at.warning


def test_a_design_outside_the_space_is_refused_by_name(searches: Any, page: Any) -> None:
    wrong = with_block(completed(default_design()), 3, hidden=5000)
    at = page("explore", design=pack_design(wrong))
    assert not at.exception
    assert "architecture.hidden" in at.warning[0].value


def test_a_pinned_design_stands_beside(searches: Any, page: Any) -> None:
    at = page("explore")
    at.button(key="pin").click().run()
    assert "same as A" in cards(at)["energy_uj"]
    assert at.selectbox(key="basket_reference").value == 0
    at.slider(key="experts_0").set_value(5).run()
    assert "against A" in cards(at)["array_mb"]
    assert "pins" in at.query_params


def test_the_front_of_a_search_holds_the_design_and_its_limits(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="rram", max_area_mm2=0.001)
    at = page("explore", run=run_id, design=link(default_design()))
    assert not at.exception
    values = specs(at)["place"]["layer"][-1]["data"]["values"]
    assert [row["name"] for row in values] == ["this design"]
    assert "over: at most 0.001 mm²" in cards(at)["area_mm2"]
    assert at.selectbox(key="front_run").value == run_id
    at.segmented_control(key="place_cost").set_value("latency_us").run()
    assert specs(at)["place"]["layer"][-1]["encoding"]["x"]["field"] == "latency_us"


def test_a_running_search_is_followed(searches: Any, page: Any) -> None:
    with searches.at_work(after=2, scenario="energy", memory="rram"):
        at = page("explore", design=link(default_design()))
        assert not at.exception
        assert "from generation 2" in [c.value for c in at.caption]
        assert "place" in specs(at)


def test_a_queued_search_shows_what_will_come(searches: Any, page: Any) -> None:
    run_id = searches.queue(scenario="energy", memory="rram")
    at = page("explore", run=run_id)
    assert not at.exception
    assert any("its front appears here" in c.value for c in at.caption)


def test_numbers_stand_below_the_charts_on_request(searches: Any, page: Any) -> None:
    searches.search(scenario="energy", memory="rram")
    at = page("explore")
    at.toggle(key="twin_explore").set_value(True).run()
    assert not at.exception
    assert len(at.dataframe) == 3


def test_hardware_is_found_and_can_be_taken_back(searches: Any, page: Any) -> None:
    at = page("explore")
    before = shown(unfolded(at, "open_hardware"))
    at.radio(key="hardware_objective").set_value("energy").run()
    at.button(key="find_hardware").click().run()
    assert not at.exception
    assert shown(at).architecture == before.architecture
    assert shown(at) != before
    at.button(key="undo").click().run()
    assert shown(at) == before


def test_search_from_here_fills_the_form(searches: Any, page: Any) -> None:
    at = page("explore", design=link(default_design()))
    miou = float(cards(at)["miou"].split()[3])
    unfolded(at, "open_search").button(key="search_energy").click().run()
    assert not at.exception
    assert at.title[0].value == "Search"
    assert at.segmented_control(key="form_goal").value == "energy"
    assert at.segmented_control(key="form_memory").value == "rram"
    assert at.number_input(key="form_min_miou").value == pytest.approx(miou, abs=0.01)


def test_presets_hold_the_papers_designs(searches: Any, page: Any) -> None:
    at = page("explore")
    at.selectbox(key="preset").set_value("Table B1: latency, RRAM").run()
    assert not at.exception
    assert shown(at).architecture.hidden == (97, 99, 258, 671)
    assert at.selectbox(key="preset").value is None
    at.selectbox(key="preset").set_value("Smallest, SRAM").run()
    assert shown(at).architecture.experts == (1, 1, 1, 1)
    at.button(key="undo").click().run()
    assert shown(at).architecture.hidden == (97, 99, 258, 671)


def test_a_store_that_cannot_be_read_costs_only_the_front(searches: Any, page: Any) -> None:
    Path(searches.store.path).write_bytes(b"no database at all" * 100)
    at = page("explore")
    assert not at.exception
    assert any("cannot be read" in w.value for w in at.warning)
    assert cards(at)


def test_the_download_is_a_design_with_its_figures(searches: Any, page: Any) -> None:
    at = unfolded(page("explore"), "open_share")
    [button] = [b for b in at.get("download_button") if b.proto.label == "Download as JSON"]
    assert button is not None
    assert parse_design(shown(at).to_json()) == shown(at)


def test_limits_of_ones_own_move_the_marks_and_the_lines(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="rram")
    at = page("explore", run=run_id)
    assert "✓ at least" in cards(at)["miou"]
    unfolded(at, "limits").number_input(key="limit_min_miou").set_value(90.0).run()
    assert not at.exception
    assert "below: at least 90 %" in cards(at)["miou"]
    assert "at least 90.0 %" in json.dumps(specs(at)["place"])
    at.number_input(key="limit_min_miou").set_value(0.0).run()
    assert "at least" not in cards(at)["miou"]
    assert "at least" not in json.dumps(specs(at)["place"])
    at.number_input(key="limit_max_energy_uj").set_value(1.0).run()
    assert "over: at most 1 µJ" in cards(at)["energy_uj"]
    at.session_state["limits"] = False
    assert "over: at most 1 µJ" in cards(at.run())["energy_uj"]  # folded away, they still hold
    unfolded(at, "limits")
    assert at.number_input(key="limit_max_energy_uj").value == 1.0
    assert "over: at most 1 µJ" in cards(at)["energy_uj"]


def test_every_knob_says_what_one_step_of_it_does(searches: Any, page: Any) -> None:
    at = open_macros(page("explore", design=link(default_design())))
    lines = [c.value for c in at.caption if re.match(r"Energy (at|on|with) ", c.value)]
    assert sum(re.fullmatch(r"Energy at 1: .*; at 3: .*mIoU\.", line) is not None for line in lines)
    # experts, hidden size, memory with copies of four blocks, and every knob of the RRAM macro
    knobs = [s for s in at.select_slider if str(s.key).startswith("knob_rram")]
    assert len(lines) == 12 + len(knobs)
    at.segmented_control(key="quantity").set_value("area_mm2").run()
    assert not [c for c in at.caption if re.match(r"Energy (at|on|with) ", c.value)]
    assert [c for c in at.caption if re.match(r"Area on SRAM: .*\. Area with 2 copies: ", c.value)]


def test_a_mark_of_the_front_can_be_explored_and_pinned(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="rram")
    at = page("explore", run=run_id, design=link(default_design()))
    assert not any(b.key == "explore_mark" for b in at.button)
    at.session_state["chart_place"] = {"selection": {"pick": [{"number": 1}]}}
    at.run()
    assert not at.exception
    front = searches.store.result(run_id)["front"][0]
    at.button(key="explore_mark").click().run()
    assert shown(at).architecture.hidden == tuple(front["architecture"]["hidden"])
    at.session_state["chart_place"] = {"selection": {"pick": [{"number": 10_000}]}}
    at.run()
    assert not at.exception


def test_anothers_run_is_no_default_front(searches: Any, page: Any, monkeypatch: Any) -> None:
    searches.search(scenario="energy", memory="rram")
    monkeypatch.setattr("pages.parts.runs.run_view.mine", lambda run: False)
    monkeypatch.setattr("pages.parts.explore.design_on_front.mine", lambda run: False)
    at = page("explore", design=link(default_design()))
    assert not at.exception
    assert "No search is here yet" in at.info[0].value


@pytest.fixture
def priced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many designs each call of the simulator priced, in order."""
    counts: list[int] = []

    def counted(*asked: Any, experts: Any, **more: Any) -> Any:
        counts.append(len(np.atleast_2d(experts)))
        return price(*asked, experts=experts, **more)

    for place in ("cim.evaluation", "whatif.batch_pricing", "search.inner.grid"):
        monkeypatch.setattr(f"cmn_core.{place}.price", counted)
    return counts


def test_a_redraw_prices_the_design_once_and_its_steps_as_one_batch(
    searches: Any, page: Any, priced: list[int]
) -> None:
    at = page("explore")
    priced.clear()
    at.slider(key="experts_2").set_value(5).run()
    design, *steps = priced
    assert design == 1  # all on RRAM: one call
    assert len(steps) == 2  # each memory once: a block may change it
    assert steps[0] == steps[1] > 20
    priced.clear()
    at.run()
    assert priced == []


def test_under_top_k_a_design_is_priced_once(searches: Any, page: Any, priced: list[int]) -> None:
    page("explore", design=link(with_workload(completed(default_design()), top_k=1)))
    assert priced[0] == 1
    assert len(priced) == 3
