"""A search that begins with a design of one's own: on its way in, at work, and when it is done."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest

from cmn_core.design import parse_design
from cmn_core.search.scenario import Scenario
from cmn_core.whatif.formats.link import pack_design, unpack_design
from pages.parts.search.form_link import setup_query

BARE = {
    "schema": "cmn.design/1",
    "space": "b0",
    "architecture": {"experts": [2, 3, 4, 5], "hidden": [64, 128, 256, 512]},
}
NAMED = {**BARE, "provenance": {"name": "my <b>own</b>"}}


def texts(at: Any) -> str:
    kinds = ("markdown", "caption", "info", "warning", "error")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(at, kind))


def test_explore_sends_its_design_and_the_queued_search_begins_with_it(
    searches: Any, page: Any
) -> None:
    at = page("explore", design=pack_design(parse_design(NAMED)))
    at.session_state["open_search"] = True  # what is folded away is not drawn
    at.run().button(key="search_energy").click().run()
    at.switch_page("search.py").run()  # where the button led; a test's next run would not know
    assert not at.exception
    assert "your design is the start" in texts(at)
    assert "Begins with" in texts(at)
    assert r"my \<b\>own\</b\>" in texts(at)
    floor = at.number_input(key="form_min_miou").value
    at.button(key="start").click().run()
    assert not at.exception
    [row] = searches.store.list_runs()
    start = row.scenario["start"]
    assert start["architecture"] == BARE["architecture"]
    assert start["hardware"]["memory"] == "rram"
    assert start["hardware"]["replicas"] == [1, 1, 1, 1]
    assert start["provenance"] == {"name": "my <b>own</b>"}
    assert floor == row.scenario["min_miou"]
    assert "Begins with" in texts(at)


def test_a_start_on_the_wrong_memory_is_one_sentence_and_can_leave_its_chip(
    searches: Any, page: Any
) -> None:
    at = page("explore", design=pack_design(parse_design(BARE)))
    at.session_state["open_search"] = True  # what is folded away is not drawn
    at.run().button(key="search_energy").click().run()
    at.switch_page("search.py").run()  # where the button led; a test's next run would not know
    at.segmented_control(key="form_memory").set_value("sram").run()
    at.button(key="start").click().run()
    assert "start.hardware.memory: found rram; the search is on sram alone" in at.error[0].value
    at.button(key="begin_bare").click().run()
    at.button(key="start").click().run()
    assert not at.exception
    [row] = searches.store.list_runs()
    assert "hardware" not in row.scenario["start"]


def test_begin_without_it_is_a_search_like_any_other(searches: Any, page: Any) -> None:
    at = page("explore", design=pack_design(parse_design(BARE)))
    at.session_state["open_search"] = True
    at.run().button(key="search_performance").click().run()
    at.switch_page("search.py").run()  # where the button led; a test's next run would not know
    at.button(key="begin_without").click().run()
    assert "Begins with" not in texts(at)
    at.button(key="start").click().run()
    [row] = searches.store.list_runs()
    assert "start" not in row.scenario


def test_the_page_says_where_a_run_began_and_how_far_it_came(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="sram", start=NAMED)
    at = page("search", run=run_id)
    assert not at.exception
    words = texts(at)
    assert "Began with **my" in words
    told = searches.store.result(run_id)["start"]
    percent = 100.0 * told["difference"]["energy_rel"]
    sign = "−" if percent < 0 else "+"
    assert f"energy {sign}{abs(percent):.1f} % (sim.)" in words
    assert "points (pred.)" in words
    [link] = [e.proto for e in at.get("page_link") if e.proto.label == "Explore the start"]
    begun = unpack_design(parse_qs(link.query_string)["design"][0])
    assert begun.architecture == parse_design(BARE).architecture
    assert begun.hardware is not None


def test_a_run_without_a_best_design_has_nothing_to_compare(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="sram", start=BARE, max_area_mm2=0.01)
    at = page("search", run=run_id)
    assert not at.exception
    assert "Nothing within the limits was found yet" in texts(at)


def test_duplicate_and_link_carry_the_start(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="sram", start=NAMED)
    at = page("search", run=run_id)
    query = setup_query(Scenario.from_json(searches.store.get(run_id).scenario))
    at.button(key="duplicate").click().run()
    at.button(key="start").click().run()
    copy, first = searches.store.list_runs()
    assert copy.scenario == first.scenario
    linked = page("search", **query)
    assert not linked.exception
    assert "Begins with" in texts(linked)
    assert "start" not in linked.query_params
    linked.button(key="start").click().run()
    assert searches.store.list_runs()[0].scenario["start"] == first.scenario["start"]


@pytest.mark.parametrize("token", ["rubbish", "a" * 5000, "axxxx", "../..", "<script>"])
def test_an_address_with_a_start_that_is_none_is_one_sentence(
    searches: Any, page: Any, token: str
) -> None:
    at = page("search", scenario="energy", memory="rram", start=token)
    assert not at.exception
    [warning] = at.warning
    assert "no search that can be set up" in warning.value
    assert "start" not in at.query_params
