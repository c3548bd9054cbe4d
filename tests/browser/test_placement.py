"""A memory by expert in a real browser: asked for in the form, repeated by its command."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cmn_core.runs.home import store_path
from cmn_core.runs.store.store import Store
from tests.browser.walk import SLOW_MS, heading, sideways

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]


def test_by_expert_is_chosen_found_and_repeated_by_its_command(
    server: Any, visitor: Any, tmp_path: Path
) -> None:
    page = visitor()
    page.goto(f"{server.address}/search")
    heading(page, "Search")
    page.get_by_text("Not by expert: a chip of one memory has nothing to choose.").wait_for()
    page.get_by_role("radio", name="Hybrid").click()
    page.get_by_text("Not by expert: under dense routing no expert is ever idle.").wait_for()
    page.get_by_role("combobox", name=re.compile("Routing")).click()
    page.get_by_role("option", name="top 1 of the experts").click()
    page.get_by_text("Not by expert").wait_for(state="detached")
    page.get_by_role("radio", name="each expert").click()
    effort = (("Population", 4), ("Generations", 2), ("Particles", 4), ("Iterations", 4))
    for label, value in effort:
        page.get_by_label(label, exact=True).fill(str(value))
    page.get_by_label("Least mIoU (%)", exact=True).fill("10")
    page.get_by_role("button", name="Start search").click()
    page.wait_for_url(re.compile(r"[?&]run="))
    page.get_by_text("Energy on both memories by expert, seed 0", exact=True).first.wait_for()
    page.get_by_text("done", exact=True).first.wait_for(timeout=SLOW_MS)
    run_id = str(page.url).split("run=")[1].split("&")[0]

    page.get_by_text("The same search again").click()
    shown = page.get_by_test_id("stCode").filter(has_text="python -m cmn_core search")
    shown.wait_for()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    shown.hover()
    shown.get_by_role("button", name="Copy to clipboard").click()
    command = str(page.evaluate("navigator.clipboard.readText()"))
    assert "--placement expert" in command and "--routing 1" in command
    _, *words = shlex.split(command)
    done = subprocess.run(
        [sys.executable, *words, "--json"],
        cwd=ROOT,
        env={**os.environ, "CMN_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=150,
        check=True,
    )
    again, first = json.loads(done.stdout), Store(store_path(server.home)).result(run_id)
    assert first is not None and first["feasible"]
    assert all(again[name] == first[name] for name in ("settings", "limits", "best", "front"))

    narrow = visitor(width=390, scheme="dark")
    narrow.goto(f"{server.address}/search?run={run_id}")
    narrow.get_by_text("Energy on both memories by expert, seed 0", exact=True).first.wait_for()
    assert sideways(narrow) <= 0
