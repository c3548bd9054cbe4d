"""A search at work on its page: queued, paused, cancelled, interrupted, redrawn."""

from __future__ import annotations

from typing import Any

import pytest

from pages.parts.runs import run_view as store
from pages.parts.runs.run_view import EARLY, find_run, watched
from pages.parts.search.live import FIRST_S, _interval
from tests.pages.looks import texts


def test_a_pause_is_followed_closely(searches: Any) -> None:
    """Until it is paused the page looks more often, and past what everybody shares for a second."""
    with searches.at_work(after=EARLY, generations=6) as run_id:
        assert _interval(find_run(run_id)) > 1.0
        searches.store.request(run_id, "pause")
        assert _interval(find_run(run_id)) == FIRST_S
        assert watched(run_id) is not watched(run_id)


def test_a_queued_run_knows_its_place(searches: Any, page: Any) -> None:
    searches.queue(scenario="energy", memory="rram")
    second = searches.queue(scenario="energy", memory="sram")
    at = page("search", run=second)
    assert "Place 2 of 2 in the queue" in texts(at)


def test_pause_keeps_a_queued_run_and_resume_takes_it_up(searches: Any, page: Any) -> None:
    run_id = searches.queue(scenario="energy", memory="rram")
    at = page("search", run=run_id)
    at.button(key="pause").click().run()
    assert searches.store.get(run_id).state == "paused"
    at.run()
    at.button(key="resume").click().run()
    assert searches.store.get(run_id).state == "queued"


def test_cancel_and_resume_set_the_wish(searches: Any, page: Any) -> None:
    run_id = searches.queue(scenario="energy", memory="rram")
    at = page("search", run=run_id)
    at.button(key="cancel").click().run()
    assert searches.store.get(run_id).state == "cancelled"
    at.run()
    at.button(key="resume").click().run()
    assert searches.store.get(run_id).state == "queued"


def test_an_interrupted_run_is_stale_and_can_be_resumed(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="rram", stop_after=2)
    assert searches.store.get(run_id).state == "interrupted"
    at = page("search", run=run_id)
    assert not at.exception
    assert "as of generation 2" in texts(at)
    assert at.button(key="resume").label == "Resume"


def test_a_search_at_work_looks_the_same_for_a_second_unless_something_is_asked(
    searches: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with searches.at_work(after=EARLY, generations=6) as run_id:
        seen = watched(run_id)
        assert seen is not None and (seen.state, seen.generation) == ("running", EARLY)
        assert watched(run_id) is seen
        assert find_run(run_id) is not seen  # a whole page reads the store
        searches.store.request(run_id, "pause")
        assert find_run(run_id).wish == "pause"  # type: ignore[union-attr]
        assert watched(run_id).wish == "pause"  # type: ignore[union-attr]
        monkeypatch.setattr(store._GLANCES, "_seconds", 0.0)
        assert watched(run_id) is not watched(run_id)
    assert watched(run_id).state == "interrupted"  # type: ignore[union-attr]


def test_the_first_generations_are_never_held_back(searches: Any) -> None:
    with searches.at_work(after=EARLY - 1, generations=6) as run_id:
        assert watched(run_id) is not watched(run_id)
