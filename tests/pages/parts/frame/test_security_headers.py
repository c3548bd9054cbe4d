"""What the middleware adds and refuses, asked directly as an ASGI server would."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import streamlit as st

from pages.parts.common.visitor import COOKIE, SECRET
from pages.parts.frame.security_headers import Guard

HTML = [(b"content-type", b"text/html; charset=utf-8")]


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    kind = HTML if scope["path"] != "/data.json" else [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": kind})
    await send({"type": "http.response.body", "body": b"x"})


def ask(path: str = "/", *, kind: str = "http", **headers: str) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(dict(message))

    async def receive() -> Any:
        return {"type": "http.request"}

    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "path": path, "headers": pairs, "scheme": "http"}
    # A browser of another test may keep a loop in this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, Guard(app)(scope, receive, send)).result()
    return sent


def cookies(sent: list[dict[str, Any]]) -> list[str]:
    return [value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie"]


def test_a_new_visitor_gets_a_secret_that_scripts_cannot_read() -> None:
    [first], [second] = cookies(ask()), cookies(ask())
    assert first != second
    name, _, rest = first.partition("=")
    assert name == COOKIE
    assert SECRET.fullmatch(rest.split(";")[0])
    assert "HttpOnly" in first and "SameSite=Lax" in first and "Secure" not in first
    assert "; Secure" in cookies(ask(x_forwarded_proto="https"))[0]


def test_the_secret_goes_to_no_other_program_of_the_same_host() -> None:
    assert "; Path=/;" in cookies(ask())[0]
    before = st.get_option("server.baseUrlPath")
    st.config.set_option("server.baseUrlPath", "/cmn/")
    try:
        assert "; Path=/cmn;" in cookies(ask())[0]
    finally:
        st.config.set_option("server.baseUrlPath", before)


def test_a_known_visitor_keeps_theirs() -> None:
    known = f'odd="a b"; {COOKIE}={"s" * 22}; other=1'
    assert cookies(ask(cookie=known)) == []
    assert len(cookies(ask(cookie=f"{COOKIE}=short"))) == 1
    assert len(cookies(ask(cookie=f"not_{COOKIE}={'s' * 22}"))) == 1


def test_only_pages_bring_a_cookie_and_everything_brings_the_headers() -> None:
    for path in ("/", "/data.json"):
        names = {name for name, _ in ask(path)[0]["headers"]}
        assert {b"content-security-policy", b"x-content-type-options", b"referrer-policy"} <= names
    assert cookies(ask("/data.json")) == []


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/cmn/_stcore/metrics", "/_stcore/metrics/"])
def test_the_servers_own_figures_are_closed(path: str) -> None:
    assert ask(path)[0]["status"] == 404


@pytest.mark.parametrize(
    ("origin", "host", "taken"),
    [
        ("https://lab.example.org", "lab.example.org", True),
        ("http://localhost:8501", "localhost:8501", True),
        ("http://localhost:3000", "127.0.0.1:8501", True),
        ("http://localhost:3000", "lab.example.org", False),
        ("https://evil.example", "localhost:8501", False),
        ("https://evil.example", "lab.example.org", False),
        ("https://lab.example.org.evil.example", "lab.example.org", False),
        ("https://lab.example.org:8443", "lab.example.org", False),
        ("http://[::1", "lab.example.org", False),
        ("null", "lab.example.org", False),
    ],
)
def test_pages_of_other_sites_get_no_connection(origin: str, host: str, taken: bool) -> None:
    [message] = ask("/_stcore/stream", kind="websocket", origin=origin, host=host)
    assert message["type"] == ("websocket.accept" if taken else "websocket.close")
