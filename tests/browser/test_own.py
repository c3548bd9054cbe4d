"""A search from one's own design, and one on one's own table of accuracy, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.design import parse_design
from cmn_core.runs.home import store_path
from cmn_core.runs.store.store import Store
from cmn_core.whatif.formats.link import pack_design

pytestmark = pytest.mark.browser

SLOW_MS = 150_000
DESIGN = {
    "schema": "cmn.design/1",
    "space": "b0",
    "architecture": {"experts": [2, 3, 4, 5], "hidden": [64, 128, 256, 512]},
    "provenance": {"name": "Mine"},
}


def heading(page: Any, name: str) -> None:
    page.get_by_role("heading", level=1, name=name).wait_for()


def little_effort(page: Any) -> None:
    effort = (("Population", 12), ("Generations", 2), ("Particles", 6), ("Iterations", 6))
    for label, value in effort:
        page.get_by_label(label, exact=True).fill(str(value))


def begin(page: Any) -> str:
    page.get_by_role("button", name="Start search").click()
    page.wait_for_url(re.compile(r"[?&]run="))
    return str(page.url).split("run=")[1].split("&")[0]


def table(path: Path, count: int) -> Path:
    space = SPACES["b0"]
    rows = np.random.default_rng(0).integers(space.lower, space.upper + 1, (count, 8))
    miou = 40.0 + 0.3 * np.log2(rows[:, :4] * rows[:, 4:]).sum(axis=1)
    lines = ["e1,e2,e3,e4,h1,h2,h3,h4,miou"]
    lines += [",".join(map(str, [*r, y])) for r, y in zip(rows.tolist(), miou, strict=True)]
    path.write_text("\n".join(lines))
    return path


def test_a_search_begins_with_the_design_at_hand(server: Any, visitor: Any) -> None:
    page = visitor()
    page.goto(f"{server.address}/explore?design={pack_design(parse_design(DESIGN))}")
    heading(page, "Explore")
    page.get_by_role("button", name="Search from here").click()
    page.get_by_role("button", name="Less energy at this mIoU").click()
    heading(page, "Search")
    page.get_by_text("Begins with").wait_for()
    little_effort(page)
    run_id = begin(page)
    page.get_by_text(re.compile("The best found against it: energy −")).wait_for(timeout=SLOW_MS)
    page.reload()
    page.get_by_text("Began with").wait_for()
    assert Store(store_path(server.home)).get(run_id).scenario["start"]["hardware"]
    page.get_by_role("link", name="Explore the start").click()
    heading(page, "Explore")
    page.wait_for_url(re.compile(r"[?&]design=a"))


def test_a_search_stands_on_ones_own_table(server: Any, visitor: Any, tmp_path: Path) -> None:
    page = visitor()
    page.goto(f"{server.address}/models")
    heading(page, "Models")
    upload = page.locator('input[type="file"][accept$=".csv"]:not([multiple])')
    upload.set_input_files(table(tmp_path / "mine.csv", 80))
    page.get_by_role("button", name="Use it for searches").click()
    page.get_by_text(re.compile(r"80 networks of B0, mIoU .* Kendall tau")).wait_for(
        timeout=SLOW_MS
    )
    page.get_by_role("button", name="Search with it").click()
    heading(page, "Search")
    little_effort(page)
    run_id = begin(page)
    told = page.get_by_text(re.compile("mIoU predicted from 80 networks of an own table"))
    told.first.wait_for(timeout=SLOW_MS)  # once more in the line on sources, when it is there
    assert Store(store_path(server.home)).get(run_id).scenario["accuracy_table"]
    other = visitor()
    other.goto(f"{server.address}/models")
    heading(other, "Models")
    other.get_by_text("No table yet").wait_for()
    assert other.get_by_text("Your tables for searches").count() == 0
