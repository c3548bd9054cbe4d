"""One real Chromium, because only a browser knows when something is on the screen."""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
SLIDER = "experts_2"
# Milliseconds from the key press to the frame that shows the new figure, and to a page at rest.
REDRAW = """() => new Promise((resolve) => {
  const cards = () => document.querySelector('[data-figure="energy_uj"] .value').textContent;
  const app = document.querySelector('[data-testid="stApp"]');
  const before = cards();
  let pressed = 0, figures = 0;
  document.addEventListener('keydown', (e) => { pressed = e.timeStamp; },
    { once: true, capture: true });
  const watch = new MutationObserver(() => {
    if (!figures && cards() !== before) {
      figures = -1;
      requestAnimationFrame(() => setTimeout(() => { figures = performance.now(); look(); }));
    }
    look();
  });
  const look = () => {
    if (figures > 0 && app.getAttribute('data-test-script-state') === 'notRunning') {
      watch.disconnect();
      resolve([figures - pressed, performance.now() - pressed]);
    }
  };
  watch.observe(document.body,
    { subtree: true, childList: true, characterData: true, attributes: true });
})"""


def available() -> str | None:
    """Why there is no browser to measure with, or None."""
    try:
        import playwright.async_api  # noqa: F401
    except ModuleNotFoundError:
        return "playwright is not installed"
    return None if shutil.which("chromium") else "there is no chromium on the path"


@asynccontextmanager
async def chromium() -> AsyncIterator[Any]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(ARGUMENTS)
        )
        yield browser
        await browser.close()


async def cold_load(browser: Any, address: str, sign: str) -> float:
    """Seconds until a visitor with an empty cache sees what that selector finds."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        page = await context.new_page()
        begun = time.monotonic()
        await page.goto(address, wait_until="commit", timeout=90_000)
        await page.locator(sign).first.wait_for(timeout=90_000)
        return time.monotonic() - begun
    finally:
        await context.close()


class Explorer:
    """A visitor of Explore who presses an arrow key on a slider again and again."""

    def __init__(self, page: Any, slider: Any) -> None:
        self.page, self.slider = page, slider

    @classmethod
    async def open(cls, browser: Any, address: str, run_id: str) -> Explorer:
        """Explore with the front of that run, once its charts are drawn."""
        context = await browser.new_context(viewport={"width": 1280, "height": 900})
        page = await context.new_page()
        page.set_default_timeout(90_000)
        await page.goto(f"{address}/explore?run={run_id}", wait_until="commit")
        await page.locator('[data-testid="stVegaLiteChart"] svg').nth(2).wait_for()
        return cls(page, page.locator(f".st-key-{SLIDER} input[type=range]"))

    async def move(self) -> tuple[float, float]:
        """Seconds from a key press to new figures on the screen, and to a page at rest."""
        value, top = int(await self.slider.input_value()), 5
        await self.slider.focus()
        measured = await self._redraw("ArrowRight" if value < top else "Home")
        return measured[0] / 1e3, measured[1] / 1e3

    async def _redraw(self, key: str) -> list[float]:
        import asyncio

        waiting = asyncio.ensure_future(self.page.evaluate(REDRAW))
        await asyncio.sleep(0.05)
        await self.page.keyboard.press(key)
        found: list[float] = await asyncio.wait_for(waiting, 90)
        return found
