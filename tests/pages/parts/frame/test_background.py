"""What the server tidies up by itself."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cmn_core.runs.store import clock
from pages.parts.frame.background import tidy_up

ROOT = Path(__file__).resolve().parents[4]


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


def test_what_pages_need_is_there_before_the_first_visitor_and_nothing_heavier() -> None:
    script = (
        "import sys; from pages.parts.frame.background import ready; ready();"
        "print([m for m in ('scipy', 'pymoo', 'pyswarms', 'torch', 'onnx', 'vl_convert')"
        " if m in sys.modules], 'altair' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[] True", done.stderr[-500:]
