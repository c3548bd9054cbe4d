"""axe-core on every page, in Chromium at two widths, light and dark; docs/pages.md has the figures.

Run: python benchmarks/accessibility.py [--pages P...] [--widths W...] [--out FILE] [--axe FILE]

axe-core is that of axe-playwright-python (requirements-dev.txt), or an axe.min.js that --axe names.
Nothing is fetched. Exit 1 where a page has a fault that axe calls serious or critical.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from load.browser import available, chromium
from load.server import Server

PAGES = (
    *("", "explore", "designs", "models", "search", "results", "hybrid", "validation"),
    *("hardware", "noise", "scaling", "compression", "learn", "lesson"),
)
WIDTHS, SCHEMES = (1280, 390), ("light", "dark")
SERIOUS = ("serious", "critical")
QUIET_MS, PATIENCE_MS = 1500, 90_000
# What a press opens is a part of the page too.
OPEN = "() => document.querySelectorAll('details:not([open]) > summary').forEach(s => s.click())"
AXE = """async () => {
  const found = await axe.run(document, {resultTypes: ['violations']});
  return found.violations.map(v => ({rule: v.id, impact: v.impact, help: v.help,
    places: v.nodes.map(n => n.target.join(' ') + ' | ' + n.html.slice(0, 160))}));
}"""


def shipped() -> Path | None:
    """axe.min.js of the development packages, where they are installed."""
    package = importlib.util.find_spec("axe_playwright_python")
    if package is None or package.origin is None:
        return None
    return Path(package.origin).with_name("axe.min.js")


async def faults(browser: Any, address: str, axe: str, width: int, scheme: str) -> list[Any]:
    """What axe finds on that page as a visitor of that width and scheme sees it."""
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    try:
        page = await context.new_page()
        await page.goto(address, timeout=PATIENCE_MS)
        at_rest = '[data-testid="stApp"][data-test-script-state="notRunning"]'
        for _ in range(2):
            await page.wait_for_selector(at_rest, timeout=PATIENCE_MS)
            await page.wait_for_timeout(QUIET_MS)
            await page.evaluate(OPEN)
        await page.evaluate(axe)
        found: list[Any] = await page.evaluate(AXE)
        return found
    finally:
        await context.close()


async def measure(asked: argparse.Namespace) -> list[dict[str, Any]]:
    axe, rows = asked.axe.read_text(encoding="utf-8"), []
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "home")
        try:
            server.wait()
            async with chromium() as browser:
                for name in asked.pages:
                    for width in asked.widths:
                        for scheme in asked.schemes:
                            address = f"{server.address}/{name}"
                            found = await faults(browser, address, axe, width, scheme)
                            page = name or "start"
                            rows += [
                                {"page": page, "width": width, "scheme": scheme, **fault}
                                for fault in found
                            ]
                            _tell(f"{page} {width} {scheme}", found)
        finally:
            server.stop()
    return rows


def _tell(where: str, found: list[Any]) -> None:
    grave = [fault for fault in found if fault["impact"] in SERIOUS]
    print(f"{where}: {len(grave)} serious of {len(found)}")
    for fault in grave:
        count, first = len(fault["places"]), fault["places"][0]
        print(f"  {fault['rule']} ({fault['impact']}), {count} places: {first}")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--axe", type=Path, default=shipped(), help="axe.min.js of axe-core")
    parser.add_argument("--pages", nargs="*", default=list(PAGES))
    parser.add_argument("--widths", nargs="*", type=int, default=list(WIDTHS))
    parser.add_argument("--schemes", nargs="*", default=list(SCHEMES), choices=SCHEMES)
    parser.add_argument("--out", type=Path, help="all that was found, as JSON")
    asked = parser.parse_args()
    if asked.axe is None:
        print("axe-playwright-python is not installed, and --axe names no file")
        return 2
    if (missing := available()) is not None:
        print(missing)
        return 2
    rows = asyncio.run(measure(asked))
    if asked.out is not None:
        asked.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    grave = [row for row in rows if row["impact"] in SERIOUS]
    print(f"{len(grave)} serious or critical of {len(rows)} faults")
    return int(bool(grave))


if __name__ == "__main__":
    raise SystemExit(main())
