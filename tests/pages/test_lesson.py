"""Class: a link's lesson, handing in, the board, the teacher's tools."""

from __future__ import annotations

from typing import Any

import pytest

from cmn_core.classroom.board import Board
from cmn_core.classroom.lesson import code_of, read_lesson
from cmn_core.whatif.edits import with_knob
from cmn_core.whatif.formats.link import unpack_design

KEY = "the-teachers-key"
QUERY = {
    "class": "Physics *7b*",
    "code": code_of(KEY),
    "scenario": "energy",
    "memory": "sram",
    "seed": "2",
    "min_miou": "10.0",
}
LESSON = read_lesson(QUERY)


@pytest.fixture
def board(searches: Any) -> Board:
    return Board(searches.store.path)


def tables(at: Any) -> str:
    return "".join(h.proto.body for h in at.get("html") if "<table" in h.proto.body)


def shown_address(at: Any) -> dict[str, str]:
    """What a reload would open: AppTest holds a parameter as text, or as a list of one."""
    found = {name: [v] if isinstance(v, str) else v for name, v in at.query_params.items()}
    return {name: values[0] for name, values in found.items()}


def test_without_a_link_the_page_says_where_links_come_from(board: Board, page: Any) -> None:
    at = page("lesson")
    assert not at.exception
    assert "No lesson is open" in at.info[0].value


@pytest.mark.parametrize(
    "change", [{"memory": "pcm"}, {"code": "x"}, {"min_miou": "nan"}, {"min_moiu": "1"}]
)
def test_a_wrong_link_is_answered_with_a_sentence(
    board: Board, page: Any, change: dict[str, str]
) -> None:
    at = page("lesson", **{**QUERY, **change})
    assert not at.exception
    assert "no class link" in at.warning[0].value
    assert not dict(at.query_params)


def test_the_lesson_is_told_and_an_empty_board_too(board: Board, page: Any) -> None:
    at = page("lesson", **QUERY)
    assert not at.exception
    assert at.title[0].value == r"Class Physics \*7b\*"
    text = " ".join(m.value for m in at.markdown)
    assert "**Energy** on **SRAM**." in text and "mIoU at least 10 %" in text
    own = LESSON.seed_of(at.session_state["visitor_secret"])
    assert f"a seed of your own, {own}" in text.replace("\\", "")
    assert "Nobody has handed in" in at.info[0].value
    assert at.button(key="hand_in_draft").disabled and at.button(key="hand_in_run").disabled


def test_a_design_is_handed_in_and_only_a_better_one_replaces_it(board: Board, page: Any) -> None:
    at = page("lesson", **QUERY)
    at.session_state["draft"] = LESSON.first
    at.text_input(key="nickname").set_value("<b>Ada</b>").run()
    at.button(key="hand_in_draft").click().run()
    assert not at.exception
    assert "On the board" in at.success[0].value
    assert "&lt;b&gt;Ada" in tables(at) and "<b>" not in tables(at)
    at.button(key="hand_in_draft").click().run()
    assert "on the board already" in at.info[0].value
    at.session_state["draft"] = with_knob(LESSON.first, "sram", "vdd_v", 1.0)
    at.run()
    at.button(key="hand_in_draft").click().run()
    assert "a better design" in at.info[0].value
    at.session_state["draft"] = with_knob(LESSON.first, "sram", "vdd_v", 0.7)
    at.run()
    at.button(key="hand_in_draft").click().run()
    assert "On the board" in at.success[0].value
    assert len(board.entries(LESSON)) == 1


def test_a_design_that_breaks_a_limit_says_which(board: Board, page: Any) -> None:
    at = page("lesson", **{**QUERY, "max_area_mm2": "5.0"})
    at.session_state["draft"] = LESSON.first
    at.text_input(key="nickname").set_value("Ada").run()
    at.button(key="hand_in_draft").click().run()
    assert "over the limit of 5" in at.error[0].value.replace("\\", "")
    assert "<table" not in tables(at)


def test_the_best_of_a_search_can_be_handed_in(searches: Any, board: Board, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="sram")
    at = page("lesson", **QUERY)
    at.session_state["chosen_run"] = run_id
    at.text_input(key="nickname").set_value("Cleo").run()
    at.button(key="hand_in_run").click().run()
    assert not at.exception and not at.error
    assert "On the board" in at.success[0].value
    best = searches.store.result(run_id)["best"]["metrics"]["energy_uj"]
    assert board.entries(LESSON)[0].value == pytest.approx(best, rel=1e-9)


def test_the_search_is_opened_with_the_lessons_limits(board: Board, page: Any) -> None:
    at = page("lesson", **QUERY)
    at.button(key="lesson_search").click().run()
    assert not at.exception
    assert at.title[0].value == "Search"
    assert at.session_state["form_memory"] == "sram"
    assert at.number_input(key="form_min_miou").value == 10.0
    assert at.number_input(key="form_seed").value == LESSON.seed_of(
        at.session_state["visitor_secret"]
    )


def test_only_the_teachers_link_clears_the_board(board: Board, page: Any) -> None:
    for name in ("Ada", "Blaise"):
        board.submit(LESSON, name, LESSON.first)
    at = page("lesson", **QUERY, key="guess")
    assert not any(b.key == "board_clear" for b in at.button)
    at = page("lesson", **QUERY, key=KEY)
    assert not at.exception
    assert "key" not in at.query_params  # a projector shows the address
    at.selectbox(key="board_name").set_value("Ada").run()
    at.button(key="board_remove").click().run()
    assert [e.nickname for e in board.entries(LESSON)] == ["Blaise"]
    at.button(key="board_clear").click().run()
    assert board.entries(LESSON) == []


def test_limits_that_nobody_can_meet_are_told(board: Board, page: Any) -> None:
    at = page("lesson", **{**QUERY, "max_latency_us": "0.001"})
    assert not at.exception
    assert "No network keeps the limit on latency" in at.warning[0].value
    assert not page("lesson", **QUERY).warning


def test_explore_shows_what_the_class_asks_for(board: Board, page: Any) -> None:
    at = page("lesson", **{**QUERY, "max_area_mm2": "5.0"})
    at.session_state["draft"] = at.session_state["draft_start"] = LESSON.first
    at.switch_page("explore.py").run()
    assert not at.exception
    text = " ".join(m.value for m in at.markdown)
    assert r"**Class Physics \*7b\***: energy on SRAM." in text and "area at most 5 mm²" in text
    assert "✗ This design breaks a limit of the class: Area" in text
    assert any("over: at most 5 mm²" in e.proto.body for e in at.get("html"))
    at.button(key="all_rram").click().run()
    assert "This design is not on SRAM" in " ".join(m.value for m in at.markdown)


def test_a_link_that_was_mailed_opens_the_lesson(board: Board, page: Any) -> None:
    at = page("lesson", **QUERY, utm_source="mail", fbclid="abc")
    assert not at.warning
    assert at.title[0].value == r"Class Physics \*7b\*"


def test_a_search_survives_a_reload(searches: Any, board: Board, page: Any) -> None:
    searches.search(scenario="energy", memory="rram")
    done = searches.search(scenario="energy", memory="sram")
    at = page("lesson", **QUERY)  # a new session of the same browser: nothing is chosen
    assert not at.button(key="hand_in_run").disabled
    at.text_input(key="nickname").set_value("Cleo").run()
    at.button(key="hand_in_run").click().run()
    assert "On the board" in at.success[0].value
    best = searches.store.result(done)["best"]["metrics"]["energy_uj"]
    assert board.entries(LESSON)[0].value == pytest.approx(best, rel=1e-9)
    again = page("lesson", **QUERY)
    assert again.text_input(key="nickname").value == "Cleo", "so does the name"


def test_a_moved_design_survives_a_reload(board: Board, page: Any) -> None:
    moved = with_knob(LESSON.first, "sram", "vdd_v", 0.7)
    at = page("lesson", **QUERY)
    at.session_state["draft"] = moved
    at.run()
    address = shown_address(at)
    again = page("lesson", **address)  # a reload: the same address, a new session
    assert not again.exception and not again.warning
    again.text_input(key="nickname").set_value("Dora").run()
    again.button(key="hand_in_draft").click().run()
    assert "On the board" in again.success[0].value
    entry = board.entries(LESSON)[0]
    assert unpack_design(entry.token).hardware.macros["sram"]["vdd_v"] == 0.7
    assert again.text_input(key="nickname").value == "Dora"


def test_a_class_survives_a_reload_of_explore(board: Board, page: Any) -> None:
    moved = with_knob(LESSON.first, "sram", "vdd_v", 0.7)
    at = page("lesson", **QUERY)
    at.session_state["draft"] = at.session_state["draft_start"] = moved
    at.switch_page("explore.py").run()
    address = shown_address(at)
    again = page("explore", **address)
    assert not again.exception
    assert again.session_state["lesson"] == LESSON
    assert again.session_state["draft"].hardware.macros["sram"]["vdd_v"] == 0.7
    text = " ".join(m.value for m in again.markdown)
    assert r"**Class Physics \*7b\***" in text


def test_a_damaged_design_in_a_class_link_is_told(board: Board, page: Any) -> None:
    at = page("lesson", **QUERY, design="a!")
    assert not at.exception
    assert "no design that can be read" in at.warning[0].value
    assert at.button(key="hand_in_draft").disabled and "design" not in at.query_params


def test_of_two_searches_one_is_picked(searches: Any, board: Board, page: Any) -> None:
    first = searches.search(scenario="energy", memory="sram", seed=1)
    searches.search(scenario="energy", memory="sram", seed=2)
    at = page("lesson", **QUERY)
    at.selectbox(key="hand_in_search").set_value(first).run()
    at.text_input(key="nickname").set_value("Cleo").run()
    at.button(key="hand_in_run").click().run()
    assert not at.exception
    best = searches.store.result(first)["best"]["metrics"]["energy_uj"]
    assert board.entries(LESSON)[0].value == pytest.approx(best, rel=1e-9)


def test_equal_designs_stand_on_one_place(board: Board, page: Any) -> None:
    for name in ("Ada", "Blaise"):
        board.submit(LESSON, name, LESSON.first)
    assert tables(page("lesson", **QUERY)).count("<tr><td>1</td>") == 2
