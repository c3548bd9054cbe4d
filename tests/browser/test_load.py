"""The load benchmark in its small form: that it runs and measures, not how fast this machine is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(400)
def test_five_sessions_watch_a_search_and_a_slider_moves() -> None:
    script = ROOT / "benchmarks" / "ui_load.py"
    options = ["--sessions", "5", "--seconds", "10", "--queued", "3", "--loads", "1"]
    done = subprocess.run(
        [sys.executable, str(script), *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=380,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = {line[:38].strip(): line[38:] for line in done.stdout.splitlines()}
    for what in (
        "slider to new figures, Chromium",
        "slider to new figures, server",
        "gap between updates (p95)",
        "health check (longest)",
        "cold load, all viewers (longest)",
        "start to first page",
    ):
        assert re.search(r"\d+(\.\d+)? m?s", lines[what]), done.stdout
    assert "3 searches queued" in done.stdout
