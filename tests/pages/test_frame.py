"""Pages of an empty store, and of a disk that takes no more."""

from __future__ import annotations

from typing import Any

import pytest

from cmn_core.runs import disk
from pages.parts.common.cache import forget
from tests.pages.looks import charts


@pytest.mark.parametrize("name", ["start", "results", "hybrid"])
def test_empty_store_says_what_to_do(searches: Any, page: Any, name: str) -> None:
    at = page(name)
    assert not at.exception
    assert len(at.info) == 1
    assert charts(at) == []


@pytest.mark.parametrize("name", ["start", "explore", "search", "learn", "designs", "lesson"])
def test_every_page_says_that_the_disk_is_full_and_not_where(
    searches: Any, page: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "FULL_BYTES", 1e18)
    at = page(name)
    assert not at.exception
    assert [e.value for e in at.error if "disk is full" in e.value]
    assert not any(str(searches.store.home) in e.value for e in at.error)


def test_a_running_search_is_not_drawn_as_if_nothing_were_wrong(
    searches: Any, page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with searches.at_work(after=2, scenario="energy", memory="rram") as run_id:
        at = page("search", run=run_id)
        assert not [e for e in at.error if "disk" in e.value]
        monkeypatch.setattr(disk, "FULL_BYTES", 1e18)
        forget()
        at.run()
        assert [e.value for e in at.error if "searches stand still" in e.value]


def test_refusals_of_the_store_name_no_place(
    searches: Any, page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = searches.store.path
    for name in ("start", "search", "lesson"):
        place.write_bytes(b"no store at all" * 100)
        at = page(name)
        said = " ".join(e.value for e in [*at.error, *at.warning])
        assert not at.exception
        assert str(place.parent) not in said
        if name != "lesson":
            assert "the run store is damaged" in said
