"""Start: the picture, the ways in, presets, the state of the server, class links."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from cmn_core.classroom.lesson import read_lesson
from cmn_core.runs.store.examples import export_example, load_examples
from cmn_core.runs.store.keys import Visitor
from tests.pages.looks import words


@pytest.fixture
def shipped(searches: Any, examples: Path) -> dict[str, Any]:
    """One example of each memory."""
    found = {}
    for memory in ("rram", "sram"):
        run_id = searches.search(scenario="energy", memory=memory)
        found[memory] = export_example(searches.store, run_id)
        (examples / f"energy_{memory}.json").write_text(json.dumps(found[memory]))
    searches.store.path.unlink()
    return found


def test_one_picture_holds_the_fronts_of_every_memory(shipped: Any, page: Any) -> None:
    at = page("start")
    assert not at.exception
    trade, network = [chart.proto.spec for chart in at.get("vega_lite_chart")]
    kinds = {row["kind"] for row in json.loads(trade)["layer"][1]["data"]["values"]}
    assert kinds == {"rram", "sram"}
    assert "Block 4" in network
    before = " ".join(m.value for m in at.markdown[:1])
    assert len(before.split()) <= 60


def test_a_click_on_a_mark_opens_that_design_in_explore(shipped: Any, page: Any) -> None:
    at = page("start")
    marks = json.loads(at.get("vega_lite_chart")[0].proto.spec)["layer"][1]["data"]["values"]
    mark = next(row for row in marks if row["kind"] == "sram")
    at.session_state["chart_trade"] = {"selection": {"pick": [{"kind": "sram", "at": mark["at"]}]}}
    at.run()
    assert not at.exception
    wanted = shipped["sram"]["run"]["front"][int(mark["at"])]["architecture"]
    assert list(at.session_state["draft"].architecture.hidden) == wanted["hidden"]


@pytest.mark.parametrize(("goal", "memory"), [("latency", "sram"), ("performance", "hybrid")])
def test_a_preset_opens_a_search_with_everything_set(
    searches: Any, page: Any, goal: str, memory: str
) -> None:
    at = page("start")
    links = [dict(parse_qsl(link.proto.query_string)) for link in at.get("page_link")]
    [query] = [q for q in links if (q.get("scenario"), q.get("memory")) == (goal, memory)]
    assert "one press on Start begins it" in "".join(c.value for c in at.caption)
    at = page("search", **query)
    assert not at.exception
    assert at.session_state["form_goal"] == goal
    assert at.session_state["form_memory"] == memory
    assert at.number_input(key="form_seed").value == 0
    assert "Press **Start search**" in at.info[0].value
    assert searches.store.list_runs() == []


def test_somebody_elses_search_does_not_replace_the_picture(
    shipped: Any, searches: Any, page: Any
) -> None:
    hidden = shipped["rram"]["run"]["best"]["architecture"]["hidden"][3]
    searches.search(scenario="energy", memory="rram", seed=5, visitor=None)
    searches.search(scenario="energy", memory="rram", seed=6, visitor=Visitor("s" * 22))
    at = page("start")
    assert f"hidden {hidden} of 1024" in at.get("vega_lite_chart")[1].proto.spec
    own = searches.search(scenario="energy", memory="rram", seed=7)
    hidden = searches.store.result(own)["best"]["architecture"]["hidden"][3]
    assert f"hidden {hidden} of 1024" in page("start").get("vega_lite_chart")[1].proto.spec


def test_the_state_of_the_server_is_told(searches: Any, page: Any) -> None:
    with searches.at_work(after=1, scenario="energy", memory="rram"):
        searches.queue(scenario="latency", memory="sram")
        at = page("start")
        badges = "".join(m.value for m in at.markdown)
        assert "1 running" in badges and "1 queued" in badges and "workers ready" in badges
        links = [link.proto.label for link in at.get("page_link")]
        assert any("running, generation 1 of 4" in label for label in links)


def test_a_class_link_is_made_and_can_be_read_again(searches: Any, page: Any) -> None:
    at = page("start")
    at.text_input(key="class_name").set_value("Physics 7b")
    at.number_input(key="class_max_area_mm2").set_value(150.0)
    at.button(key="class_make").click().run()
    assert not at.exception
    pupils, teachers = (dict(parse_qsl(code.value.split("?")[1])) for code in at.code)
    key = teachers.pop("key")
    lesson = read_lesson(pupils)
    assert pupils == teachers
    assert lesson.opened_by(key)
    assert (lesson.name, lesson.scenario.max_area_mm2) == ("Physics 7b", 150.0)
    assert all(re.search(r"/lesson\?", code.value) for code in at.code)


def test_a_class_without_a_name_is_refused_in_a_sentence(searches: Any, page: Any) -> None:
    at = page("start")
    at.button(key="class_make").click().run()
    assert "No link was made" in at.error[0].value
    assert len(at.code) == 0


@pytest.mark.parametrize(
    ("limit", "value", "why"),
    [
        ("min_miou", 90.0, "which no network reaches"),
        ("max_energy_uj", 0.5, "the smallest network needs"),
    ],
)
def test_a_class_is_not_given_a_limit_that_nobody_can_meet(
    searches: Any, page: Any, limit: str, value: float, why: str
) -> None:
    at = page("start")
    at.text_input(key="class_name").set_value("7b")
    at.number_input(key=f"class_{limit}").set_value(value)
    at.button(key="class_make").click().run()
    assert not at.exception
    assert why in at.error[0].value
    assert len(at.code) == 0


def test_a_class_link_says_what_its_limits_mean(searches: Any, page: Any) -> None:
    at = page("start")
    at.text_input(key="class_name").set_value("7b")
    at.number_input(key="class_max_energy_uj").set_value(9000.0)
    at.button(key="class_make").click().run()
    assert not at.exception
    said = "".join(caption.value for caption in at.caption)
    assert "The largest network reaches" in said
    assert "of at most 9,000 µJ" in said


def test_start_shows_the_shipped_example(searches: Any, examples: Path, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="rram")
    example = export_example(searches.store, run_id)
    (examples / "energy_rram.json").write_text(json.dumps(example))
    (examples / "broken.json").write_text("{")
    assert [e["run"]["run_id"] for e in load_examples(examples)] == [run_id]
    searches.store.path.unlink()
    at = page("start")
    assert not at.exception
    front, network = [chart.proto.spec for chart in at.get("vega_lite_chart")]
    assert "Energy of an image" in front
    captions = " ".join(caption.value for caption in at.caption).replace("\\", "")
    assert example["run"]["best"]["provenance"]["miou_source"] in captions  # to its end
    hidden = example["run"]["best"]["architecture"]["hidden"]
    assert f"hidden {hidden[3]} of 1024" in network
    assert "example that ships with the project" in at.caption[-1].value
    assert "again by cmn replay" in at.caption[-1].value
    at = page("search", run="example:energy_rram")
    assert not at.exception
    assert "shipped example" in "".join(m.value for m in at.markdown)


def test_a_class_link_comes_as_a_picture_for_phones(searches: Any, page: Any) -> None:
    at = page("start")
    at.text_input(key="class_name").set_value("7b")
    at.button(key="class_make").click().run()
    assert not at.exception
    assert not at.error
    assert len(at.get("image")) == 1


def test_whoever_started_nothing_is_not_told_that_nobody_did(
    searches: Any, page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CMN_SHARED", "1")
    searches.queue(visitor=Visitor("somebody else"), scenario="energy", memory="rram")
    at = page("start")
    said = [caption.value for caption in at.caption]
    assert "You have started no search here yet." in said
    assert any("1 queued" in badge.value for badge in at.markdown)


def test_the_more_frugal_memory_stands_there_with_its_probability(shipped: Any, page: Any) -> None:
    said = words(page("start"))
    assert re.search(r"needs less energy\*\* with probability (0\.\d\d|over 0\.99): ", said)
