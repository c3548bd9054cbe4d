"""How a visitor walks through the pages: the menu, a search that is started, a page at rest."""

from __future__ import annotations

import re
import time
from typing import Any

# The worker runs at the lowest priority: on a busy machine a generation may take long.
SLOW_MS = 150_000


def heading(page: Any, name: str) -> None:
    page.get_by_role("heading", level=1, name=name).wait_for()


def start_search(page: Any, address: str, *, generations: int) -> str:
    """Start a search with little effort per generation; its id as the address bar shows it."""
    page.goto(f"{address}/search")
    heading(page, "Search")
    effort = (("Population", 12), ("Generations", generations), ("Particles", 6), ("Iterations", 6))
    for label, value in effort:
        page.get_by_label(label, exact=True).fill(str(value))
    page.get_by_role("button", name="Start search").click()
    page.wait_for_url(re.compile(r"[?&]run="))
    # Until the page is redrawn, the run that it showed before stands on it too.
    script = "of => { const shown = [...document.querySelectorAll('p')].map(p => p.innerText)"
    script += ".filter(text => /^Generation \\d+ of \\d+$/.test(text));"
    script += " return shown.length === 1 && shown[0].endsWith(of) }"
    page.wait_for_function(script, arg=f" of {generations}", timeout=60_000)
    return str(page.url).split("run=")[1].split("&")[0]


def shown_generation(page: Any, least: int) -> int:
    """Wait until the page shows at least that generation; the one it shows."""
    text = page.get_by_text(re.compile(r"^Generation \d+ of \d+$"))
    deadline = time.monotonic() + 120
    while True:
        text.wait_for()
        number = int(str(text.inner_text()).split()[1])
        if number >= least:
            return number
        assert time.monotonic() < deadline, f"still at generation {number}"
        time.sleep(0.1)


def settled(page: Any) -> None:
    """Wait until the page is drawn to its end, its charts too, and asks for nothing more."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    script = "() => [...document.querySelectorAll('[data-testid=\"stVegaLiteChart\"]')]"
    page.wait_for_function(f"{script}.every(chart => chart.querySelector('svg'))")
    page.wait_for_load_state("networkidle")


def sideways(page: Any) -> int:
    """Pixels by which the page is wider than the window."""
    script = """() => {
        const main = document.querySelector('[data-testid="stMain"]');
        const root = document.documentElement;
        return Math.max(root.scrollWidth - root.clientWidth, main.scrollWidth - main.clientWidth);
    }"""
    return int(page.evaluate(script))


def turn_to(page: Any, group: str, name: str) -> None:
    """Open a group of the menu and press one of its pages."""
    page.get_by_test_id("stTopNavSection").filter(has_text=group).click()
    page.get_by_role("menuitem", name=name, exact=True).click()
