"""How soon a search answers: Start to the first generation on the page, Pause to "paused".

Run: python benchmarks/steering.py [--repeats 7] [--memory rram] [--goal energy] [--quick]

The app is started as for a visitor, with an empty store; a real Chromium presses Start on a search
with the default effort, waits for its first generation, and presses Pause. Times are the browser's
own, from the press to the frame that shows it. Medians, and the longest.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from load.browser import available, chromium
from load.server import Server

from cmn_core.design import MEMORY_CHOICES
from cmn_core.quantities import GOALS

PATIENCE_MS = 90_000
GENERATIONS = 30  # of the first search, one more of each other: that is what tells them apart
# Milliseconds from the next press to the frame in which `found` says yes.
_UNTIL = """(argument) => new Promise((resolve) => {
  const found = FOUND;
  let pressed = 0, seen = false;
  document.addEventListener('click', (e) => { pressed = e.timeStamp; look(); },
    { once: true, capture: true });
  const look = () => {
    if (pressed && !seen && found(argument)) {
      seen = true;
      watch.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - pressed)));
    }
  };
  const watch = new MutationObserver(look);
  watch.observe(document.body,
    { subtree: true, childList: true, characterData: true, attributes: true });
})"""
_GENERATION = """(of) => [...document.querySelectorAll('p')]
  .some((p) => RegExp(`^Generation [1-9]\\\\d* of ${of}$`).test(p.innerText))"""
_PAUSED = """() => [...document.querySelectorAll('[data-testid="stMarkdownContainer"] span')]
  .some((e) => e.textContent.trim() === 'paused')"""
_LEFT = """() => [...document.querySelectorAll('[data-testid="stMetric"]')]
  .find((m) => m.innerText.includes('Time left')).innerText.split('\\n').pop()"""


async def pressed(page: Any, button: str, found: str, argument: object = None) -> float:
    """Seconds from a press on that button to the frame that shows it."""
    wait = asyncio.create_task(page.evaluate(_UNTIL.replace("FOUND", found), argument))
    await asyncio.sleep(0.2)  # the watch stands before the press
    await page.get_by_role("button", name=button, exact=True).click()
    return float(await asyncio.wait_for(wait, PATIENCE_MS / 1e3)) / 1e3


async def one(page: Any, address: str, asked: argparse.Namespace, turn: int) -> tuple[float, ...]:
    """Start to first generation, Pause to paused, in seconds; whether the time left was known."""
    await page.goto(f"{address}/search?scenario={asked.goal}&memory={asked.memory}")
    await page.get_by_text("Filled in from the link").wait_for()
    field = page.get_by_label("Generations", exact=True)
    await field.fill(str(GENERATIONS + turn))
    await field.press("Tab")
    await asyncio.sleep(1.0)  # the page comes to rest
    first = await pressed(page, "Start search", _GENERATION, GENERATIONS + turn)
    left = await page.evaluate(_LEFT)
    pause = await pressed(page, "Pause", _PAUSED)
    return first, pause, float(any(c.isdigit() for c in left))


async def measure(asked: argparse.Namespace, home: Path) -> list[tuple[float, ...]]:
    server = Server(home)
    try:
        await asyncio.to_thread(server.wait)
        async with chromium() as browser:
            context = await browser.new_context(viewport={"width": 1280, "height": 900})
            context.set_default_timeout(PATIENCE_MS)
            page = await context.new_page()
            return [await one(page, server.address, asked, k) for k in range(asked.repeats)]
    finally:
        await asyncio.to_thread(server.stop)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--goal", choices=GOALS, default="energy")
    parser.add_argument("--memory", choices=MEMORY_CHOICES, default="rram")
    parser.add_argument("--quick", action="store_true", help="once")
    asked = parser.parse_args(argv)
    asked.repeats = 1 if asked.quick else asked.repeats
    if why := available():
        print(f"Nothing was measured: {why}.")
        return
    with tempfile.TemporaryDirectory() as folder:
        rows = asyncio.run(measure(asked, Path(folder)))
    first, pause, left = zip(*rows, strict=True)
    print(f"{asked.goal} on {asked.memory}, {len(rows)} searches, load {os.getloadavg()[0]:.1f}")
    for words, values in (("Start to first generation", first), ("Pause to paused", pause)):
        print(f"  {words:26} median {statistics.median(values):.2f} s, longest {max(values):.2f} s")
    print(f"  time left known with the first generation: {int(sum(left))} of {len(rows)}")


if __name__ == "__main__":
    main()
