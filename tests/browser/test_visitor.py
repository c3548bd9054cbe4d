"""A shared server in a real browser: cookie, keys and the headers that browsers obey."""

from __future__ import annotations

import re
from typing import Any

import pytest

pytestmark = pytest.mark.browser
PAGES = (
    "",
    "explore",
    "search",
    "results",
    "hybrid",
    "models",
    "hardware",
    "validation",
    "learn",
    "designs",
)


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Any:
    """A server that trusts nobody for sitting at the machine."""
    monkeypatch.setenv("CMN_SHARED", "1")
    return request.getfixturevalue("cold_server")


def start(page: Any, address: str) -> None:
    page.goto(f"{address}/search")
    page.get_by_label("Generations", exact=True).fill("400")
    page.get_by_role("button", name="Start search").click()
    page.wait_for_url(re.compile(r"[?&]run="))


@pytest.mark.slow
def test_steering_outlives_a_reload_and_is_not_for_who_only_has_the_link(
    shared: Any, visitor: Any
) -> None:
    mine, other = visitor(), visitor()
    start(mine, shared.address)
    mine.reload()
    cancel = mine.get_by_role("button", name="Cancel, keep the best")
    cancel.wait_for()
    [cookie] = [c for c in mine.context.cookies() if c["name"] == "cmn_visitor"]
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
    other.goto(mine.url)
    other.get_by_text("whoever started it steers it").wait_for()
    assert other.get_by_role("button", name="Cancel, keep the best").count() == 0
    assert mine.evaluate("document.cookie").count("cmn_visitor") == 0, "no script can read it"
    cancel.click()
    mine.get_by_text("cancelled, best kept").or_(mine.get_by_text("cancelling")).first.wait_for()


@pytest.mark.slow
def test_no_page_breaks_the_policy_it_comes_with(shared: Any, visitor: Any) -> None:
    page = visitor()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if "Content" in m.text else None)
    foreign: list[str] = []
    page.on("request", lambda r: foreign.append(r.url) if not _ours(r.url, shared) else None)
    for name in PAGES:
        answer = page.goto(f"{shared.address}/{name}")
        page.get_by_role("heading", level=1).first.wait_for()
        page.wait_for_load_state("networkidle")
        headers = answer.headers
        assert "frame-ancestors 'self'" in headers["content-security-policy"], name
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
    assert complaints == []
    assert foreign == []


def _ours(url: str, server: Any) -> bool:
    return url.startswith((server.address, "data:", "blob:"))
