"""The design at hand against the front of a search, finished, running or queued, and its limits."""

from __future__ import annotations

import json
import re
from typing import Any

from pages.parts.design.draft import default_design
from tests.pages.explored import cards, link, shown, specs, unfolded


def test_the_front_of_a_search_holds_the_design_and_its_limits(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="rram", max_area_mm2=0.001)
    at = page("explore", run=run_id, design=link(default_design()))
    assert not at.exception
    values = specs(at)["place"]["layer"][-1]["data"]["values"]
    assert [row["name"] for row in values] == ["this design"]
    assert re.search(r"✗ [\d,]+ times over: at most 0\.001 mm²", cards(at)["area_mm2"])
    assert at.selectbox(key="front_run").value == run_id
    at.segmented_control(key="place_cost").set_value("latency_us").run()
    assert specs(at)["place"]["layer"][-1]["encoding"]["x"]["field"] == "latency_us"


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
