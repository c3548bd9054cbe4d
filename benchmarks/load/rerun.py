"""What a page costs the server, without a browser and without a server: processor time of its run.

Run: python benchmarks/load/rerun.py [--moves N] [--page NAME]

A slider of Explore is moved N times on an empty store; then every page named in PAGES is opened
twice in a process of its own, as the first visitor after a start and as the second. Times are those
of the thread that runs the page, so that a busy machine changes them little (caches, clock).
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.testing.v1 import AppTest

from cmn_core.runs.home import prepare
from pages.parts.frame.background import ready

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("start", "explore", "results", "validation")
SETTLE = 4  # moves that are not counted


def timed() -> list[float]:
    """Seconds of processor of every run of a page from now on."""
    seconds: list[float] = []
    plain: Any = ScriptRunner._run_script

    def run(self: ScriptRunner, *asked: Any, **more: Any) -> None:
        begun = time.thread_time()
        try:
            plain(self, *asked, **more)
        finally:
            seconds.append(time.thread_time() - begun)

    ScriptRunner._run_script = run  # type: ignore[method-assign]
    return seconds


def opened(page: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "pages" / "frame.py"), default_timeout=300)
    at.session_state["visitor_secret"] = "x" * 22
    at.switch_page(f"{page}.py")
    at.run()
    assert not at.exception, at.exception
    return at


def slider(moves: int) -> str:
    """Two sliders at once, each time to a design that was not seen before."""
    ready()
    seconds, at = timed(), opened("explore")
    for move in range(moves + SETTLE):
        at.slider(key="experts_2").set_value((3, 4, 5, 1)[move % 4])
        at.slider(key="hidden_1").set_value(60 + move)
        at.run()
        assert not at.exception, at.exception
    found = [1e3 * s for s in seconds[-moves:]]
    elements = sum(1 for _ in at.main)
    return (
        f"moved slider: median {statistics.median(found):.1f} ms, least {min(found):.1f} ms,"
        f" {elements} elements"
    )


def cold(page: str) -> str:
    """Start of the server, first and second visitor of a page."""
    begun = time.process_time()
    ready()
    start, seconds = time.process_time() - begun, timed()
    opened(page)
    opened(page)
    first, second = seconds[0], seconds[-1]
    return f"{page}: start {start:.2f} s, first {first:.2f} s, second {second:.2f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description="What pages cost the server.")
    parser.add_argument("--moves", type=int, default=20)
    parser.add_argument("--page", help="open that page alone, in this process")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["CMN_HOME"] = home
        prepare(Path(home))
        if given.page:
            print(cold(given.page))
            return
        print(slider(given.moves))
        for page in PAGES:
            command = [sys.executable, __file__, "--page", page]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            print(done.stdout.strip())


if __name__ == "__main__":
    main()
