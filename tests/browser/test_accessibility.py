"""No page has a fault that axe-core calls serious; benchmarks/accessibility.py looks at all."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest

from tests.browser.walk import settled

pytestmark = pytest.mark.browser
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
# What a press opens is a part of the page too.
OPEN = "() => document.querySelectorAll('details:not([open]) > summary').forEach(s => s.click())"
FAULTS = """async () => {
    const found = await axe.run(document, {resultTypes: ['violations']});
    return found.violations.filter(v => ['serious', 'critical'].includes(v.impact))
        .map(v => `${v.id}: ${v.nodes.length} places, such as ${v.nodes[0].html.slice(0, 200)}`);
}"""


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [("explore", 390, "dark"), ("search", 1280, "light"), ("results", 390, "light")],
)
def test_axe_finds_no_serious_fault(
    server: Any, visitor: Any, name: str, width: int, scheme: str
) -> None:
    page = visitor(width=width, scheme=scheme)
    page.goto(f"{server.address}/{name}")
    page.get_by_role("heading", level=1).first.wait_for()
    settled(page)
    page.evaluate(OPEN)
    settled(page)
    page.wait_for_function("() => window.cmnMenu")
    page.wait_for_timeout(500)  # after which the frame has mended Streamlit's menu
    page.evaluate(AXE)
    assert page.evaluate(FAULTS) == []
