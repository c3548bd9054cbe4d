"""A login with Streamlit's own OpenID Connect, at a provider on this machine, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("authlib", reason="pip install -r requirements-login.txt")
provider = pytest.importorskip("oidc_provider_mock", reason="pip install -r requirements-dev.txt")

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def guarded(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A server that asks who you are, and the provider whom it asks."""
    folder: Path = request.getfixturevalue("tmp_path")
    secrets = folder / "secrets.toml"
    monkeypatch.setenv("CMN_LOGIN", "1")
    monkeypatch.setenv("CMN_SHARED", "1")
    monkeypatch.setenv("STREAMLIT_SECRETS_FILES", str(secrets))
    server = request.getfixturevalue("idle_server")
    with provider.run_server_in_thread() as other:
        place = f"http://localhost:{other.server_port}"
        secrets.write_text(
            f'[auth]\nredirect_uri = "{server.address}/oauth2callback"\n'
            f'cookie_secret = "{"s" * 40}"\nclient_id = "cmn"\nclient_secret = "known to both"\n'
            f'server_metadata_url = "{place}/.well-known/openid-configuration"\n'
        )
        server.start()
        yield server


def test_nobody_sees_a_page_before_they_are_known_and_can_leave_again(
    guarded: Any, visitor: Any
) -> None:
    page = visitor()
    page.goto(f"{guarded.address}/search")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(re.compile("/oauth2/authorize"))
    page.locator("input[name=sub]").fill("student-7")
    page.locator("button, input[type=submit]").first.click()
    page.get_by_text("Logged in as student").wait_for()
    page.goto(f"{guarded.address}/search")
    page.get_by_role("button", name="Start search").wait_for()
    [known] = [c for c in page.context.cookies() if c["name"] == "_streamlit_user"]
    assert known["httpOnly"] and known["sameSite"] == "Lax"
    other = visitor()
    other.goto(f"{guarded.address}/search")
    other.get_by_role("button", name="Log in").wait_for()
    assert other.get_by_role("button", name="Start search").count() == 0
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(re.compile("/oauth2/end_session"))  # the provider forgets the visitor as well
    page.goto(f"{guarded.address}/search")
    page.get_by_role("button", name="Log in").wait_for()
    assert page.get_by_role("button", name="Start search").count() == 0
