"""A store with real searches in it, small ones, for the pages to show."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from cmn_core.runs.home import prepare
from cmn_core.runs.lock import FileLock
from cmn_core.runs.store.keys import Visitor
from cmn_core.runs.store.record import outcome
from cmn_core.runs.store.store import Store
from cmn_core.runs.workers.launch import slot_paths
from cmn_core.search.codesign import codesign
from cmn_core.search.generation import Generation
from cmn_core.search.scenario import PAPER, Scenario
from pages.parts.common.cache import forget
from tests.pages.looks import place_of

ROOT = Path(__file__).resolve().parents[2]
ME = Visitor("visitor-of-these-tests")  # who opens the pages, and queues unless another is named
# Few of them, under the conditions of the paper, which Results shows.
TINY = {**PAPER, "population": 6, "generations": 4, "particles": 4, "iterations": 3}


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """Streamlit puts the page in place of __main__ and leaves it there; a process that another
    test spawns later would then run that page."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@dataclass(frozen=True)
class Estimate:
    miou: Any
    low: Any
    high: Any


class Formula:
    """An accuracy that grows with the size of every block, so that searches need no weights."""

    source = (
        "predicted by a formula of the tests, which is neither measured nor trained on anything;"
        " its name is long, as those of real sources are"
    )

    def __call__(self, experts: Any, hidden: Any, /) -> Estimate:
        full = 5.0 * np.array([128.0, 256.0, 640.0, 1024.0])
        share = np.asarray(experts) * np.asarray(hidden) / full
        miou = 10.0 + 4.0 * np.sqrt(share).sum(axis=-1) / 4.0
        return Estimate(miou, miou - 0.5, miou + 0.5)


# Of each search, by its scenario as JSON: the generations found, and what goes on with it.
_FOUND: dict[str, tuple[list[Generation], Iterator[Generation]]] = {}


def generations(scenario: Scenario) -> Iterator[Generation]:
    """Those of a search, which many tests show and the first of them makes."""
    key = json.dumps(scenario.to_json(), sort_keys=True)
    if key not in _FOUND:
        _FOUND[key] = ([], codesign(scenario, accuracy=Formula()))
    found, more = _FOUND[key]
    yield from found
    for generation in more:
        found.append(generation)
        yield generation


class Searches:
    """A store and the ways to put runs into it."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def queue(
        self,
        *,
        label: str | None = None,
        batch: str | None = None,
        visitor: Visitor | None = ME,
        **wanted: Any,
    ) -> str:
        scenario = Scenario.from_json({**TINY, **wanted})
        return self.store.create(scenario.to_json(), label=label, batch=batch, visitor=visitor)

    def search(self, *, stop_after: int | None = None, **wanted: Any) -> str:
        """A run that was really worked on; stop_after leaves it interrupted there."""
        run_id = self.queue(**wanted)
        claim = self.store.claim(run_id)
        assert claim is not None
        with claim:
            last = self._append(run_id, stop_after)
            if stop_after is None:
                result = outcome(self.store.get(run_id), self.store.history(run_id), last)
                self.store.finish(run_id, result, state="done")
        return run_id

    def _append(self, run_id: str, stop_after: int | None) -> Generation:
        for generation in generations(Scenario.from_json(self.store.get(run_id).scenario)):
            self.store.append(run_id, generation, seconds=0.1)
            if generation.index == stop_after:
                break
        return generation

    @contextmanager
    def at_work(self, *, after: int, batch: str | None = None, **wanted: Any) -> Iterator[str]:
        """A run that somebody works on, with that many generations stored."""
        run_id = self.queue(batch=batch, **wanted)
        claim = self.store.claim(run_id)
        assert claim is not None
        with claim:
            self._append(run_id, after)
            yield run_id


@pytest.fixture
def searches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Searches]:
    """An empty store. Its worker slots are taken, so that queued runs stay as they are."""
    home = prepare(tmp_path / "home")
    monkeypatch.setenv("CMN_HOME", str(home))
    monkeypatch.setattr("cmn_core.runs.store.examples.EXAMPLES", tmp_path / "examples")
    st.cache_data.clear()
    st.cache_resource.clear()
    forget()
    slots = [FileLock.take(path) for path in slot_paths(home)]
    yield Searches(Store())
    for slot in slots:
        assert slot is not None
        slot.release()
    st.cache_data.clear()
    st.cache_resource.clear()
    forget()


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """The folder that stands for assets/examples."""
    folder = tmp_path / "examples"
    folder.mkdir()
    return folder


def open_page(name: str, **query: str) -> AppTest:
    """A page inside the frame, as a visitor with that address sees it."""
    at = AppTest.from_file(str(ROOT / "pages" / "frame.py"), default_timeout=30)
    for key, value in query.items():
        at.query_params[key] = value
    at.session_state["visitor_secret"] = ME.secret  # pages/parts/common/visitor.py
    at.switch_page(place_of(name))
    return at.run()


@pytest.fixture
def page() -> Any:
    return open_page
