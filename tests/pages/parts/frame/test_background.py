"""What the server tidies up by itself."""

from __future__ import annotations

import logging
import time
from typing import Any

import pytest

from cmn_core.runs.store import clock
from pages.parts.frame.background import tidy_up


def test_a_clock_that_jumped_stops_retention_by_age_and_nothing_else(
    searches: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ids = [searches.search(scenario="energy", memory="sram", seed=seed) for seed in range(3)]
    later = time.time() + 3652 * clock.DAY_S
    monkeypatch.setattr(time, "time", lambda: later)
    monkeypatch.setenv("CMN_KEEP_DAYS", "1")
    own = logging.getLogger("cmn_core.app")  # what it writes may go no further than its parent
    own.addHandler(caplog.handler)
    try:
        tidy_up()
    finally:
        own.removeHandler(caplog.handler)
    assert "clock" in caplog.text and "nothing is deleted by age" in caplog.text
    assert len(searches.store.list_runs()) == 3
    monkeypatch.setenv("CMN_KEEP_RUNS", "2")
    tidy_up()
    assert {row.run_id for row in searches.store.list_runs()} == set(ids[1:])


def test_without_limits_nothing_goes(searches: Any) -> None:
    searches.search(scenario="energy", memory="sram")
    tidy_up()
    assert len(searches.store.list_runs()) == 1
