"""Studies run again from their page: started, followed, shown beside the stored one, forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from cmn_core.runs.home import locks_dir
from cmn_core.runs.lock import FileLock
from cmn_core.studies.background.own_studies import LOCK, OwnStudies
from cmn_core.studies.background.study_queue import StudyQueue
from cmn_core.studies.result import Result, stored
from cmn_core.studies.study import study_of
from tests.pages.conftest import ME
from tests.pages.looks import charts, words
from tests.studies.background.asked import chosen

PAGES = {
    "hybrid": "hybrid",
    "discrepancy": "validation",
    "silicon": "validation",
    "noise": "noise",
    "compression": "compression",
    "scaling": "scaling",
}


@pytest.fixture
def studies(searches: Any) -> Iterator[OwnStudies]:
    """Their process is taken, so that what waits stays as it is."""
    home = searches.store.home
    lock = FileLock.take(locks_dir(home) / LOCK)
    assert lock is not None
    with lock:
        yield OwnStudies(searches.store.path)


def done(studies: OwnStudies, result: Result, **settings: Any) -> str:
    """A study of this visitor with that result."""
    mine = studies.add(result.name, chosen(result.name, **settings), visitor=ME)
    queue = StudyQueue(studies.path)
    taken = queue.take()
    assert taken is not None and taken.study_id == mine
    queue.settle(mine, "done", result=result)
    return mine


def quick(name: str) -> Result:
    """The quick form that ships beside the full one, as a result of its own."""
    found = stored(name)
    assert found is not None
    settings, rows = dict(found.quick_settings), found.quick_rows
    summary = study_of(name).summary(settings, rows)
    return replace(found, quick=True, settings=settings, rows=rows, summary=summary)


def keys(at: Any, kind: str) -> set[str]:
    return {str(element.key) for element in at.get(kind)}


def test_start_queues_what_the_fields_say(studies: OwnStudies, page: Any) -> None:
    at = page("hybrid")
    at.number_input(key="own_hybrid_generations").set_value(2)
    at.multiselect(key="own_hybrid_goals").set_value(["latency"])
    at.number_input(key="own_hybrid_seed").set_value(5)
    button = next(b for b in at.button if b.label == "Run it in the background")
    button.click().run()
    assert not at.exception
    [row] = studies.of(ME.owner)
    assert (row.name, row.seed, row.state) == ("hybrid", 5, "waiting")
    assert row.chosen == chosen("hybrid", generations=2, goals=["latency"])
    assert "Your own runs" in [s.value for s in at.subheader]
    at = page("hybrid")  # a reload
    at.button(key=f"own_study_cancel_{row.study_id}").click().run()
    assert [r.state for r in studies.of(ME.owner)] == ["cancelled"]
    at.button(key=f"own_study_forget_{row.study_id}").click().run()
    assert studies.of(ME.owner) == []
    assert not at.exception


def test_fields_can_begin_as_the_stored_study(studies: OwnStudies, page: Any) -> None:
    at = page("compression")
    assert at.number_input(key="own_compression_images").value == 4
    at.button(key="own_compression_begin_As stored").click().run()
    assert not at.exception
    assert at.number_input(key="own_compression_images").value == 400  # all of them
    assert at.number_input(key="own_compression_epochs").value == 30
    assert studies.of(ME.owner) == []


def test_what_cannot_be_is_one_sentence(studies: OwnStudies, page: Any) -> None:
    at = page("noise")
    at.text_input(key="own_noise_levels").set_value("0.05, much")
    next(b for b in at.button if b.label == "Run it in the background").click().run()
    assert not at.exception
    assert "levels" in at.error[0].value
    assert studies.of(ME.owner) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_ones_own_run_beside_the_stored_one(
    studies: OwnStudies, page: Any, name: str
) -> None:
    mine = done(studies, quick(name))
    at = page(PAGES[name])
    assert not at.exception
    drawn = len(charts(at))
    at.button(key=f"own_study_show_{mine}").click().run()
    assert not at.exception
    assert at.selectbox(key=f"study_shown_{name}").value == mine
    assert "Your own run" in words(at)
    assert len(charts(at)) == drawn
    table = next(f.value for f in at.dataframe if "Mine" in f.value.columns)
    assert len(table) > 3
    at.selectbox(key=f"study_shown_{name}").set_value("stored").run()
    assert not at.exception
    assert "Your own run." not in words(at)


def test_a_level_that_the_own_run_has_not_moves_to_one_it_has(
    studies: OwnStudies, page: Any
) -> None:
    mine = done(studies, quick("noise"))
    at = page("noise")
    at.select_slider(key="noise_level").set_value(0.2).run()
    at.segmented_control(key="noise_kind").set_value("early").run()
    at.button(key=f"own_study_show_{mine}").click().run()
    assert not at.exception
    assert at.select_slider(key="noise_level").value in quick("noise").settings["levels"] + [0.0]


def test_a_study_of_somebody_else_is_not_there(studies: OwnStudies, page: Any) -> None:
    mine = done(studies, quick("scaling"))
    other = page("scaling")
    other.session_state["visitor_secret"] = "somebody-else-altogether"
    other.run()
    assert f"own_study_show_{mine}" not in keys(other, "button")
    assert "study_shown_scaling" not in keys(other, "selectbox")


def test_a_failed_one_says_why(studies: OwnStudies, page: Any) -> None:
    mine = studies.add("scaling", chosen("scaling"), visitor=ME)
    queue = StudyQueue(studies.path)
    queue.take()
    queue.settle(mine, "failed", error="torch: not installed; the extra brings it")
    at = page("scaling")
    assert "torch: not installed" in at.warning[-1].value.replace("\\", "")
