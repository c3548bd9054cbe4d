"""What visitors do, in a real browser, with a real search in the background."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest

from cmn_core.design import parse_design
from cmn_core.runs.home import store_path
from cmn_core.runs.store.store import Store
from tests.browser.walk import (
    SLOW_MS,
    heading,
    settled,
    shown_generation,
    sideways,
    start_search,
    turn_to,
)

pytestmark = pytest.mark.browser

PAGES = ("", "explore", "search", "results", "hybrid", "learn", "lesson", "designs")
GROUPS = ("Explore", "Search and results", "The paper", "Learn")


def test_cold_deep_link_opens_the_page_inside_its_frame(cold_server: Any, visitor: Any) -> None:
    page = visitor()
    page.goto(f"{cold_server.address}/results")
    heading(page, "Results")
    groups = page.get_by_test_id("stTopNavSection").all_inner_texts()
    assert [text.strip() for text in groups] == list(GROUPS)
    assert "Results" in page.title()
    assert page.get_by_text("Page not found").count() == 0


def test_a_search_is_found_again_watched_cancelled_and_downloaded(
    server: Any, visitor: Any, tmp_path: Path
) -> None:
    page = visitor()
    run_id = start_search(page, server.address, generations=1000)
    store = Store(store_path(server.home))
    while not (row := store.get(run_id)).generation:
        assert row.state in ("queued", "running"), row.error
        time.sleep(0.02)
    stored = time.monotonic()
    shown_generation(page, 1)
    assert time.monotonic() - stored < 5  # under 1 s on an idle machine; this one may be busy
    page.locator('[data-testid="stVegaLiteChart"] svg').first.wait_for()

    page.reload()
    seen = shown_generation(page, 1)
    assert run_id in page.url

    turn_to(page, "Search and results", "Hybrid")
    heading(page, "Hybrid")
    turn_to(page, "Search and results", "Search")
    heading(page, "Search")
    shown_generation(page, seen)
    page.wait_for_url(re.compile(run_id))

    other = visitor()
    other.goto(f"{server.address}/search?run={run_id}")
    shown_generation(other, seen + 1)
    other.close()

    page.get_by_role("button", name="Cancel, keep the best").click()
    page.get_by_text("cancelled, best kept").wait_for(timeout=SLOW_MS)
    assert store.get(run_id).state == "cancelled"
    best = store.result(run_id)["best"]

    with page.expect_download() as download:
        page.get_by_role("button", name="Download this design (JSON)").click()
    path = tmp_path / "design.json"
    download.value.save_as(path)
    saved = json.loads(path.read_text())
    assert saved == best
    assert parse_design(saved).hardware.complete

    page.get_by_role("button", name="Resume").click()
    shown_generation(page, store.get(run_id).generation + 1)
    page.get_by_role("button", name="Cancel, keep the best").click()
    page.get_by_text("cancelled, best kept").wait_for(timeout=SLOW_MS)


def test_a_search_outlives_the_server(cold_server: Any, visitor: Any) -> None:
    page = visitor()
    run_id = start_search(page, cold_server.address, generations=1000)
    seen = shown_generation(page, 1)
    cold_server.stop()
    store = Store(store_path(cold_server.home))
    before = store.get(run_id).generation
    deadline = time.monotonic() + 60
    while store.get(run_id).generation <= before:
        assert time.monotonic() < deadline, "the search stopped with the server"
        time.sleep(0.2)
    cold_server.start()
    page.goto(f"{cold_server.address}/search?run={run_id}")
    assert shown_generation(page, seen + 1) > seen
    store.request(run_id, "cancel")


def small_search(page: Any, address: str) -> str:
    """A search that is done within seconds; its id."""
    run_id = start_search(page, address, generations=4)
    page.get_by_text("done", exact=True).first.wait_for(timeout=SLOW_MS)
    return run_id


def test_pause_lays_a_search_down_and_resume_takes_it_up(server: Any, visitor: Any) -> None:
    page = visitor()
    run_id = start_search(page, server.address, generations=1000)
    shown_generation(page, 1)
    page.get_by_role("button", name="Pause").click()
    page.get_by_text("paused", exact=True).first.wait_for(timeout=SLOW_MS)
    store = Store(store_path(server.home))
    before = store.get(run_id)
    assert before.state == "paused"
    page.reload()
    page.get_by_role("button", name="Resume").click()
    shown_generation(page, before.generation + 1)
    page.get_by_role("button", name="Cancel, keep the best").click()
    page.get_by_text("cancelled, best kept").wait_for(timeout=SLOW_MS)


def test_a_preset_is_filled_in_and_starts_with_one_press(server: Any, visitor: Any) -> None:
    page = visitor()
    page.goto(server.address)
    heading(page, "CMN Explorer")
    page.get_by_test_id("stPageLink").get_by_role("link", name="SRAM").nth(1).click()
    heading(page, "Search")
    page.get_by_text("Filled in from the link").wait_for()
    assert "scenario=" not in page.url
    for label in ("Population", "Generations", "Particles", "Iterations"):
        page.get_by_label(label, exact=True).fill("4")
    page.get_by_role("button", name="Start search").press("Enter")  # from the keyboard
    page.wait_for_url(re.compile(r"[?&]run="))
    run_id = str(page.url).split("run=")[1].split("&")[0]
    row = Store(store_path(server.home)).get(run_id)
    assert (row.goal, row.memory, row.scenario["population"]) == ("energy", "sram", 4)


def test_a_mark_is_picked_pinned_downloaded_and_imported_again(
    server: Any, visitor: Any, tmp_path: Path
) -> None:
    page = visitor()
    page.goto(f"{server.address}/search?run=example:energy_rram")
    heading(page, "Search")
    marks = page.locator('[data-testid="stVegaLiteChart"]').first.locator(".mark-symbol path")
    marks.first.wait_for()
    marks.nth(marks.count() // 2).click(force=True)  # another mark may lie over its middle
    page.get_by_text(re.compile(r"Design \d+ of the front")).first.wait_for()
    page.get_by_role("button", name="Pin", exact=True).click()
    page.get_by_role("link", name="1 pinned").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download this design (JSON)").click()
    path = tmp_path / "design.json"
    download.value.save_as(path)
    wanted = parse_design(json.loads(path.read_text())).architecture
    turn_to(page, "Explore", "Designs")
    heading(page, "Designs")
    page.locator("input[type=file]").first.set_input_files(path)
    hidden = " ".join(map(str, wanted.hidden))
    page.get_by_text(re.compile(hidden)).first.wait_for()
    assert page.get_by_test_id("stException").count() == 0


def test_nobody_sees_another_visitors_search_unasked(server: Any, visitor: Any) -> None:
    mine, other = visitor(), visitor()
    run_id = small_search(mine, server.address)
    other.goto(f"{server.address}/search")
    heading(other, "Search")
    other.get_by_text("an example that ships with the project").first.wait_for()
    mine.goto(f"{server.address}/search")
    mine.get_by_text("This is your newest run").wait_for()
    other.goto(f"{server.address}/search?run={run_id}")
    other.get_by_text("Energy on RRAM, seed 0", exact=True).first.wait_for()
    shown_generation(other, 4)


def test_two_runs_laid_over_each_other_outlive_a_reload(server: Any, visitor: Any) -> None:
    page = visitor(scheme="dark")
    page.goto(f"{server.address}/search?run=example:energy_rram&with=example:energy_sram")
    heading(page, "Search")
    page.get_by_text("2, crosses: Energy on SRAM").wait_for()
    page.reload()
    page.get_by_text("2, crosses: Energy on SRAM").wait_for()
    assert "with=" in page.url
    assert sideways(page) <= 0


def test_limits_move_from_the_keyboard_after_the_search(server: Any, visitor: Any) -> None:
    page = visitor(width=390)
    page.goto(f"{server.address}/results?batch=example")
    heading(page, "Results")
    page.get_by_text(re.compile(r"All \d+ designs")).wait_for()
    slider = page.get_by_role("slider", name="Most energy (µJ)")
    slider.focus()
    for _ in range(20):
        slider.press("ArrowLeft")
    page.get_by_text(re.compile(r"^\d+ of \d+ designs")).wait_for()
    assert sideways(page) <= 0


def test_six_searches_are_queued_with_one_button(server: Any, visitor: Any) -> None:
    page = visitor()
    page.goto(f"{server.address}/search")
    heading(page, "Search")
    for label in ("Population", "Generations", "Particles", "Iterations"):
        page.get_by_label(label, exact=True).fill("4")
    page.get_by_role("button", name="Queue all six of Table B1").click()
    page.get_by_text("6 searches are queued").wait_for()
    rows = Store(store_path(server.home)).list_runs()[:6]
    assert len({(row.goal, row.memory) for row in rows}) == 6
    deadline = time.monotonic() + 150
    while any(row.state != "done" for row in Store(store_path(server.home)).list_runs()[:6]):
        assert time.monotonic() < deadline, "the queue does not move"
        time.sleep(0.3)
    page.goto(f"{server.address}/results")
    page.get_by_role("table", name="Table B1: experts and hidden size").wait_for()


@pytest.mark.parametrize("wrong", ["rubbish", "%3Cscript%3Ealert(1)%3C/script%3E", "'%20OR%201=1"])
def test_a_wrong_address_is_answered_with_a_sentence(server: Any, visitor: Any, wrong: str) -> None:
    page = visitor()
    page.goto(f"{server.address}/search?run={wrong}")
    heading(page, "Search")
    page.get_by_text("names a run that is not on this machine").wait_for()
    assert page.get_by_test_id("stException").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_never_scrolls_sideways(server: Any, visitor: Any, scheme: str) -> None:
    page = visitor(width=390, scheme=scheme)
    for name in PAGES:
        page.goto(f"{server.address}/{name}")
        page.get_by_role("heading", level=1).first.wait_for()
        settled(page)
        assert sideways(page) <= 0, name
    back = page.get_by_test_id("stApp").evaluate("e => getComputedStyle(e).backgroundColor")
    assert back == {"light": "rgb(255, 255, 255)", "dark": "rgb(23, 22, 20)"}[scheme]


def test_no_request_leaves_the_machine(server: Any, visitor: Any) -> None:
    page = visitor()
    hosts: set[str] = set()
    problems: list[str] = []
    page.on("request", lambda request: hosts.add(urlparse(request.url).hostname or ""))
    page.on("websocket", lambda socket: hosts.add(urlparse(socket.url).hostname or ""))
    page.on("pageerror", lambda error: problems.append(str(error)))
    for name in PAGES:
        page.goto(f"{server.address}/{name}")
        page.get_by_role("heading", level=1).first.wait_for()
        settled(page)
    assert hosts <= {"127.0.0.1", ""}  # "" is a blob or data address inside the page
    assert problems == []


def test_one_press_of_back_takes_one_page_back(server: Any, visitor: Any) -> None:
    """Though pages write what they show into their address."""
    page = visitor()
    page.goto(server.address)
    page.wait_for_function("() => window.cmnHistory")  # the frame is drawn
    turn_to(page, "Explore", "Explore")
    heading(page, "Explore")
    page.wait_for_url(re.compile(r"/explore\?design="))
    turn_to(page, "Explore", "Models")
    heading(page, "Models")
    page.wait_for_url(re.compile(r"/models$"))
    page.go_back()
    heading(page, "Explore")
    settled(page)
    page.go_back()
    heading(page, "CMN Explorer")
    assert urlparse(page.url).query == ""
