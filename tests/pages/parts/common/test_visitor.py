"""Two visitors of a shared server: one watches, the other steers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cmn_core.classroom.lesson import Lesson, code_of
from cmn_core.runs.store.keys import Visitor
from cmn_core.search.scenario import Scenario
from pages.parts.common.visitor import _elsewhere, _literal, _network
from pages.parts.frame import background as service
from tests.pages.looks import place_of

ROOT = Path(__file__).resolve().parents[4]
KEY = "a-key-that-only-the-teacher-has"


@pytest.fixture(autouse=True)
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CMN_SHARED", "1")


@pytest.fixture
def page() -> Callable[..., AppTest]:
    """Each page opened is another visitor's."""
    numbers = count()

    def open_page(name: str, **query: str) -> AppTest:
        at = AppTest.from_file(str(ROOT / "pages" / "frame.py"), default_timeout=90)
        at.session_state["visitor_secret"] = f"visitor-{next(numbers)}".ljust(22, "v")
        for key, value in query.items():
            at.query_params[key] = value
        at.switch_page(place_of(name))
        return at.run()

    return open_page


def keys(at: Any) -> set[str]:
    return {button.key for button in at.button}


def test_another_visitor_watches_and_cannot_steer(searches: Any, page: Any) -> None:
    mine = page("search")
    mine.button(key="start").click().run()
    [row] = searches.store.list_runs()
    assert {"pause", "cancel"} <= keys(mine)
    other = page("search", run=row.run_id)
    assert not other.exception
    assert not {"pause", "cancel"} & keys(other)
    assert any("whoever started it steers it" in c.value for c in other.caption)
    mine.button(key="cancel").click().run()
    assert searches.store.get(row.run_id).state == "cancelled"
    other.run()
    assert "resume" not in keys(other)


def test_a_forged_click_is_refused_with_a_sentence(searches: Any, page: Any) -> None:
    """The button is drawn by the owner's right and pressed after it was lost: the store decides."""
    at = page("search")
    at.button(key="start").click().run()
    [row] = searches.store.list_runs()
    at.session_state["visitor_secret"] = "s" * 22
    at.button(key="cancel").click().run()
    assert searches.store.get(row.run_id).state == "queued"
    assert any("no key of this run was shown" in e.value for e in at.error)


def test_a_link_with_the_key_steers_and_loses_it_from_the_address(searches: Any, page: Any) -> None:
    mine = page("search")
    mine.button(key="start").click().run()
    [row] = searches.store.list_runs()
    key = Visitor(mine.session_state["visitor_secret"]).key(row.run_id)
    phone = page("search", run=row.run_id, key=key)
    assert not phone.exception
    assert "key" not in phone.query_params
    phone.button(key="cancel").click().run()
    assert searches.store.get(row.run_id).state == "cancelled"


def test_lists_name_ones_own_runs_only(searches: Any, page: Any) -> None:
    searches.queue(scenario="energy", memory="sram", label="somebody else's")
    at = page("search")
    assert not at.exception
    at.button(key="start").click().run()
    [box] = [box for box in at.selectbox if box.key == "history"]
    assert len(box.options) == 1, "one's own, and no example in this test"
    assert "somebody" not in box.options[0]


def test_the_teachers_key_stops_any(
    searches: Any, page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CMN_TEACHER_KEY", KEY)
    run_id = searches.queue(scenario="energy", memory="sram")
    at = page("search", run=run_id, key=KEY)
    assert not at.exception
    at.button(key="cancel").click().run()
    assert searches.store.get(run_id).state == "cancelled"
    assert "resume" not in keys(at), "to stop is not to start"


def test_the_key_of_a_class_stops_its_runs(searches: Any, page: Any) -> None:
    lesson = Lesson("8b", code_of(KEY), Scenario(goal="energy", memory="sram"))
    pupil = page("lesson", **lesson.query)
    assert not pupil.exception
    pupil.switch_page("search.py").run()
    pupil.button(key="start").click().run()
    [row] = searches.store.list_runs()
    assert row.class_code == lesson.code
    teacher = page("lesson", **lesson.query, key=KEY)
    teacher.query_params.clear()
    teacher.switch_page("search.py").run()
    teacher.query_params["run"] = row.run_id
    teacher.run()
    teacher.button(key="cancel").click().run()
    assert searches.store.get(row.run_id).state == "cancelled"


def test_a_visitor_who_asks_for_too_much_is_told(
    searches: Any, page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CMN_MAX_RUNS", "5")
    at = page("search")
    at.button(key="queue_six").click().run()
    assert "5 at a time are allowed" in at.error[0].value
    assert searches.store.list_runs() == []


def test_addresses_of_this_machine() -> None:
    assert not any(map(_elsewhere, ("127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1")))
    assert all(map(_elsewhere, ("10.0.0.1", "::ffff:192.0.2.7", "2001:db8::1", "unix:", "")))


def test_names_that_nobody_else_can_give_to_this_machine() -> None:
    """A page of evil.example whose name is made to point here must not steer what is ours."""
    assert all(map(_literal, ("localhost", "localhost:8501", "127.0.0.1:8501", "[::1]:8501")))
    assert not any(map(_literal, ("evil.example:8501", "localhost.evil.example", "", "[::1")))


def test_a_server_with_login_shows_nothing_before(
    searches: Any, page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    searches.search(scenario="energy", memory="sram")
    monkeypatch.setenv("CMN_LOGIN", "1")
    at = page("search")
    assert not at.exception
    assert keys(at) == {"log_in"}
    assert "Search" not in [title.value for title in at.title]
    at.user = {"is_logged_in": True, "sub": "7"}
    at.run()
    assert not at.exception
    assert "start" in keys(at)


def test_two_people_who_log_in_with_one_browser_steer_their_own_runs(
    searches: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CMN_LOGIN", "1")

    def opened(person: str, **query: str) -> AppTest:
        at = AppTest.from_file(str(ROOT / "pages" / "frame.py"), default_timeout=90)
        at.session_state["visitor_secret"] = "the-cookie-of-one-browser"[:22]
        at.user = {"is_logged_in": True, "iss": "https://login", "sub": person, "name": "A *B*"}
        for key, value in query.items():
            at.query_params[key] = value
        at.switch_page("search.py")
        return at.run()

    ada = opened("1")
    ada.button(key="start").click().run()
    [row] = searches.store.list_runs()
    assert {"cancel", "log_out"} <= keys(ada)
    assert any("Logged in as A \\*B\\*." in caption.value for caption in ada.caption)
    assert "cancel" not in keys(opened("2", run=row.run_id))
    assert "cancel" in keys(opened("1", run=row.run_id))


def test_a_shared_server_takes_its_visitors_runs_up_again(
    searches: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor("v" * 22)
    settings = Scenario(goal="energy", memory="sram").to_json()
    own = searches.store.create(settings, visitor=visitor)
    by_hand = searches.store.create(settings)
    for run_id in (own, by_hand):
        claim = searches.store.claim(run_id)
        claim.lock.release()
    monkeypatch.delenv("CMN_SHARED")
    service._resume()
    assert searches.store.get(own).state == "interrupted"
    monkeypatch.setenv("CMN_SHARED", "1")
    service._resume()
    assert searches.store.get(own).state == "queued"
    assert searches.store.get(by_hand).state == "interrupted"


def test_an_address_stands_for_what_one_person_can_have() -> None:
    assert _network("203.0.113.7") == _network("::ffff:203.0.113.7") == "203.0.113.7/32"
    assert _network("203.0.113.8") != _network("203.0.113.7")
    assert _network("2001:db8:1:2:3::4") == _network("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert _network("2001:db8:1:3::4") != _network("2001:db8:1:2::4")
    assert {_network(a) for a in (None, "127.0.0.1", "::1", "unix:", "")} == {None}
