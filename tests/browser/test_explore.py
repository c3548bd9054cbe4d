"""Explore and Designs as visitors use them, in a real browser."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from cmn_core.architecture import Architecture
from cmn_core.charts.base.palette import DARK, LIGHT
from cmn_core.design import Design, Hardware, parse_design
from cmn_core.runs.home import store_path
from cmn_core.runs.store.store import Store
from cmn_core.search.scenario import Scenario
from cmn_core.whatif.edits import completed, with_block
from cmn_core.whatif.formats.link import named, pack_design
from tests.browser.walk import turn_to

pytestmark = pytest.mark.browser

SMALL = Architecture((2, 3, 2, 1), (60, 120, 300, 500))
MINE = named(completed(Design(SMALL, hardware=Hardware(("sram",) * 4))), "From a link")
SIDEWAYS = """() => {
    const main = document.querySelector('[data-testid="stMain"]');
    const root = document.documentElement;
    return Math.max(root.scrollWidth - root.clientWidth, main.scrollWidth - main.clientWidth);
}"""


def opened(page: Any, address: str, title: str) -> None:
    page.goto(address)
    page.get_by_role("heading", level=1, name=title).wait_for()


def value(page: Any, figure: str) -> str:
    return str(page.locator(f'[data-figure="{figure}"] .value').inner_text())


def holds(slider: Any, wanted: str) -> None:
    """Wait until the slider shows that value."""
    deadline = time.monotonic() + 60
    while slider.input_value() != wanted:
        assert time.monotonic() < deadline, f"it shows {slider.input_value()}"
        time.sleep(0.05)


def changed(page: Any, figure: str, before: str) -> str:
    """The figure once it differs from what it was."""
    script = f"""before => {{
        const found = document.querySelector('[data-figure="{figure}"] .value');
        return found && found.innerText !== before;
    }}"""
    page.wait_for_function(script, arg=before)
    return value(page, figure)


def test_a_moved_slider_moves_figures_and_back_undoes_it(server: Any, visitor: Any) -> None:
    page = visitor()
    opened(page, f"{server.address}/explore?design={pack_design(MINE)}", "Explore")
    experts = page.get_by_role("slider", name="Experts").nth(2)
    assert experts.input_value() == "2"
    energy, address = value(page, "energy_uj"), page.url
    experts.focus()
    page.keyboard.press("ArrowRight")
    more = changed(page, "energy_uj", energy)
    page.wait_for_function("address => location.href !== address", arg=address)
    page.go_back()
    assert changed(page, "energy_uj", more) == energy
    holds(experts, "2")
    experts.focus()
    page.keyboard.press("ArrowRight")
    assert changed(page, "energy_uj", energy) == more
    page.get_by_role("button", name="Undo").click()
    assert changed(page, "energy_uj", more) == energy
    holds(experts, "2")


def test_a_link_holds_the_design_and_pins_survive_a_reload(cold_server: Any, visitor: Any) -> None:
    page = visitor()
    opened(page, f"{cold_server.address}/explore?design={pack_design(MINE)}", "Explore")
    assert page.get_by_role("slider", name="Hidden size").nth(3).input_value() == "500"
    page.get_by_role("button", name="Pin", exact=True).click()
    page.get_by_text("same as A").first.wait_for()
    page.wait_for_url(re.compile(r"[?&]pins="))
    page.reload()
    page.get_by_text("same as A").first.wait_for()
    turn_to(page, "Explore", "Designs")
    page.get_by_role("heading", level=1, name="Designs").wait_for()
    page.get_by_text("From a link").first.wait_for()
    page.get_by_role("table", name="Differences of the designs").wait_for()
    page.wait_for_url(re.compile(r"/designs\?.*pins="))
    assert page.get_by_test_id("stException").count() == 0


def test_a_downloaded_design_is_brought_in_again(server: Any, visitor: Any, tmp_path: Path) -> None:
    page = visitor()
    opened(page, f"{server.address}/explore?design={pack_design(MINE)}", "Explore")
    page.get_by_role("button", name="Share").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as JSON").click()
    path = tmp_path / "design.json"
    download.value.save_as(path)
    saved = parse_design(json.loads(path.read_text(encoding="utf-8")))
    assert saved.architecture == MINE.architecture
    other = visitor(width=390, scheme="dark")
    opened(other, f"{server.address}/designs", "Designs")
    other.locator("input[type=file]").set_input_files(path)
    other.get_by_role("button", name="Pin", exact=True).click()
    other.get_by_role("table", name="Differences of the designs").wait_for()
    other.get_by_text("From a link").first.wait_for()
    broken = tmp_path / "broken.json"
    broken.write_text('{"schema": "cmn.design/1", "spaec": "b0"}', encoding="utf-8")
    other.locator("input[type=file]").set_input_files(broken)
    other.get_by_text("broken.json was not read").wait_for()
    assert other.evaluate(SIDEWAYS) <= 0


def test_rubbish_links_on_a_phone(server: Any, visitor: Any) -> None:
    page = visitor(width=390)
    for rubbish in ("%3Cscript%3Ealert(1)%3C/script%3E", "a" + "A" * 3000):
        opened(page, f"{server.address}/explore?design={rubbish}&pins={rubbish}", "Explore")
        page.get_by_text("holds no design that can be read").wait_for()
        page.locator('[data-figure="energy_uj"]').wait_for()
        assert page.get_by_test_id("stException").count() == 0
        assert page.evaluate(SIDEWAYS) <= 0


def test_a_design_by_hand_stands_against_a_search_at_work(server: Any, visitor: Any) -> None:
    store = Store(store_path(server.home))
    effort = {"population": 12, "generations": 1000, "particles": 6, "iterations": 6}
    run_id = store.create(Scenario(goal="energy", memory="sram", **effort).to_json())
    page = visitor()
    opened(page, f"{server.address}/search", "Search")  # which calls for a worker
    design = pack_design(with_block(MINE, 0, experts=4))
    opened(page, f"{server.address}/explore?run={run_id}&design={design}", "Explore")
    marks = page.get_by_text(re.compile(r"^from generation [1-9]"))
    marks.wait_for(timeout=150_000)
    first = int(str(marks.inner_text()).split()[-1])
    page.get_by_role("slider", name="Experts").nth(0).focus()
    energy = value(page, "energy_uj")
    page.keyboard.press("ArrowLeft")
    changed(page, "energy_uj", energy)
    script = "first => [...document.querySelectorAll('p')].some(p => {"
    script += (
        "const m = p.innerText.match(/^from generation (\\d+)$/); return m && +m[1] > first })"
    )
    page.wait_for_function(script, arg=first, timeout=150_000)
    page.locator('[data-testid="stVegaLiteChart"] svg').nth(1).wait_for()
    store.request(run_id, "cancel")


def test_a_class_link_brings_its_limits_to_explore(server: Any, visitor: Any) -> None:
    lesson = "class=Physics+7b&code=0123456789abcdef&scenario=energy&memory=sram&max_area_mm2=5"
    page = visitor(width=390)
    opened(page, f"{server.address}/lesson?{lesson}", "Class Physics 7b")
    page.get_by_role("link", name="Change a design by hand").click()
    page.get_by_role("heading", level=1, name="Explore").wait_for()
    page.get_by_text(re.compile(r"This design breaks a limit of the class: .*Area")).wait_for()
    page.locator('[data-figure="area_mm2"]').get_by_text("over: at most 5").wait_for()
    assert page.evaluate(SIDEWAYS) <= 0
    page.get_by_role("link", name="Hand in").click()
    page.get_by_role("heading", level=1, name="Class Physics 7b").wait_for()
    page.reload()
    name = "Hand in my design of Explore"
    page.get_by_role("button", name=name, disabled=False).wait_for()
    assert page.get_by_test_id("stException").count() == 0


def test_a_mark_of_the_front_becomes_the_design_at_hand(server: Any, visitor: Any) -> None:
    page = visitor()
    opened(page, f"{server.address}/explore?design={pack_design(MINE)}", "Explore")
    marks = page.locator('.st-key-chart_place svg.marks path[aria-label*="front"]')
    marks.first.wait_for()
    energy = value(page, "energy_uj")
    marks.nth(marks.count() // 2).click(force=True)
    page.get_by_role("button", name="Explore it").click()
    assert changed(page, "energy_uj", energy) != energy
    other = value(page, "energy_uj")
    page.get_by_role("button", name="Undo").click()
    assert changed(page, "energy_uj", other) == energy


def test_charts_follow_a_theme_that_is_switched_while_they_stand(server: Any, visitor: Any) -> None:
    page = visitor()
    opened(page, f"{server.address}/explore?design={pack_design(MINE)}", "Explore")
    page.locator(".cmn-scale").last.scroll_into_view_if_needed()  # charts come as they are seen
    page.locator('[data-testid="stVegaLiteChart"] svg.marks').first.wait_for()
    inks = """() => [...document.querySelectorAll('[data-testid="stVegaLiteChart"] svg text')]
        .map((text) => text.getAttribute('fill'))"""
    assert LIGHT.muted in page.evaluate(inks)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"({inks})().includes('{DARK.muted}')")
    fills = page.locator(".cmn-part").evaluate_all(
        "(parts) => parts.map((part) => getComputedStyle(part).backgroundColor)"
    )
    red, green, blue = (int(DARK.sram[i : i + 2], 16) for i in (1, 3, 5))
    assert f"rgb({red}, {green}, {blue})" in fills


def test_the_best_change_is_a_press_away_and_figures_stay_on_the_screen(
    server: Any, visitor: Any
) -> None:
    page = visitor()
    opened(page, f"{server.address}/explore?design={pack_design(MINE)}", "Explore")
    energy = value(page, "energy_uj")
    page.locator(".st-key-apply_0 button").first.click()
    less = changed(page, "energy_uj", energy)
    page.locator('[data-figure="energy_uj"]').get_by_text(f"before {energy}").wait_for()
    page.locator(".cmn-die .cmn-was").wait_for()
    page.locator(".st-key-replicas_3 input").scroll_into_view_if_needed()
    card = page.locator('[data-figure="energy_uj"]').bounding_box()
    assert card is not None and 0 <= card["y"] < 200
    page.get_by_role("button", name="Undo").click()
    assert changed(page, "energy_uj", less) == energy
