"""A visitor's own table of accuracy: handed in on Models, fitted, picked on Search, shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cmn_core.architecture import SPACES
from cmn_core.runs.store.accuracy_tables import AccuracyTables, digest_of
from cmn_core.runs.store.keys import Visitor
from cmn_core.runs.workers import fitting
from cmn_core.runs.workers.job import work
from cmn_core.search.scenario import Scenario

ME = Visitor("visitor-of-these-tests")
TINY = {"population": 6, "generations": 2, "particles": 4, "iterations": 3}


def table(count: int = 60) -> bytes:
    space = SPACES["b0"]
    rows = np.random.default_rng(0).integers(space.lower, space.upper + 1, (count, 8))
    miou = 40.0 + 0.3 * np.log2(rows[:, :4] * rows[:, 4:]).sum(axis=1)
    lines = ["e1,e2,e3,e4,h1,h2,h3,h4,miou"]
    lines += [",".join(map(str, [*r, y])) for r, y in zip(rows.tolist(), miou, strict=True)]
    return "\n".join(lines).encode()


def texts(at: Any) -> str:
    kinds = ("markdown", "caption", "info", "warning", "error", "subheader")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(at, kind))


@pytest.fixture
def background(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often a fit was asked for; none is started, so that the test says when it is done."""
    asked: list[int] = []
    monkeypatch.setattr(fitting, "start", lambda home=None: asked.append(1) is None)
    return asked


@pytest.fixture
def fitted(searches: Any) -> Any:
    """The store with a table of mine that is ready; its digest."""
    digest = AccuracyTables().add(table(), "mine.csv", space="b0", owner=ME.owner)
    fitting.fit_waiting(AccuracyTables())
    return digest


def test_a_table_is_handed_in_and_the_page_follows_its_fit(
    searches: Any, page: Any, background: list[int]
) -> None:
    at = page("models")
    at.file_uploader(key="own_table_file").upload("mine.csv", table(), "text/csv").run()
    assert "Your tables for searches" not in texts(at)
    at.button(key="own_table_keep").click().run()
    assert not at.exception
    assert background
    assert "waits for its turn" in texts(at)
    assert "on Search" not in texts(at)
    fitting.fit_waiting(AccuracyTables())
    at.run()
    assert "60 networks of B0" in texts(at)
    assert "Kendall tau" in texts(at)
    at.button(key="own_table_search_0").click().run()
    assert not at.exception
    assert at.title[0].value == "Search"
    assert at.selectbox(key="form_table").value == "b0:" + digest_of(table())


def test_a_table_too_small_is_one_sentence(searches: Any, page: Any, background: list[int]) -> None:
    at = page("models")
    at.file_uploader(key="own_table_file").upload("few.csv", table(10), "text/csv").run()
    at.button(key="own_table_keep").click().run()
    assert not at.exception
    assert "found 10 different networks; at least 60" in at.error[0].value.replace("\\", "")
    assert not background


def test_a_table_that_was_refused_says_why(searches: Any, page: Any) -> None:
    digest = AccuracyTables().add(table(), "mine.csv", space="b0", owner=ME.owner)
    AccuracyTables().settle(digest, "b0", error="Kendall tau 0.10 between them; more would help")
    at = page("models")
    assert "No search can use it. Kendall tau 0.10" in texts(at).replace("\\", "")
    assert "form_table" not in {box.key for box in page("search").selectbox}
    at.button(key="own_table_forget_0").click().run()
    assert "mine" not in texts(at)


def test_the_form_queues_a_search_on_it_and_only_for_its_owner(
    fitted: str, searches: Any, page: Any
) -> None:
    at = page("search")
    at.selectbox(key="form_table").set_value("b0:" + fitted).run()
    assert "mean error" in texts(at)
    at.button(key="start").click().run()
    assert not at.exception
    [row] = searches.store.list_runs()
    assert row.scenario["accuracy_table"] == fitted
    other = _other_visitor("search")
    assert "form_table" not in {box.key for box in other.selectbox}
    other.session_state["form_table"] = "b0:" + fitted
    other.run()
    other.button(key="start").click().run()
    assert "accuracy_table" not in searches.store.list_runs()[0].scenario
    assert "Your tables" not in texts(_other_visitor("models"))


def test_pages_say_where_its_miou_comes_from(fitted: str, searches: Any, page: Any) -> None:
    run_id = _searched(searches, fitted)
    at = page("search", run=run_id)
    assert not at.exception
    words = texts(at).replace("\\", "")
    assert "mIoU predicted from 60 networks of an own table" in words
    assert "on networks left out mean error" in words
    assert "It cannot be compared with that of other searches" in words
    assert "The own table of accuracy is not in the link" in words
    explore = page("explore", run=run_id)
    assert "compare costs only" in texts(explore)
    assert "this is your newest run" not in texts(page("results")).lower()
    assert "own table" not in texts(page("results"))


def test_the_owner_duplicates_it_with_the_table_and_others_without(
    fitted: str, searches: Any, page: Any
) -> None:
    run_id = _searched(searches, fitted)
    at = page("search", run=run_id)
    at.button(key="duplicate").click().run()
    assert at.selectbox(key="form_table").value == "b0:" + fitted
    other = _other_visitor("search", run=run_id)
    other.button(key="duplicate").click().run()
    assert not other.exception
    assert "stays with whoever gave it" in texts(other)
    other.button(key="start").click().run()
    assert "accuracy_table" not in searches.store.list_runs()[0].scenario


def _searched(searches: Any, digest: str) -> str:
    scenario = Scenario.from_json({**TINY, "scenario": "energy", "accuracy_table": digest})
    run_id = str(searches.store.create(scenario.to_json(), visitor=ME))
    claim = searches.store.claim(run_id)
    with claim:
        list(work(searches.store, claim))
    return run_id


def _other_visitor(name: str, **query: str) -> AppTest:
    from pathlib import Path

    frame = Path(__file__).resolve().parents[4] / "pages" / "frame.py"
    at = AppTest.from_file(str(frame), default_timeout=30)
    for key, value in query.items():
        at.query_params[key] = value
    at.session_state["visitor_secret"] = "somebody-else-altogether"
    at.switch_page(f"{name}.py")
    return at.run()
