"""What every answer of the server carries: the visitor's cookie and headers that browsers obey."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from cmn_core.runs.store.keys import new_secret
from pages.parts.common.visitor import COOKIE, SECRET

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]

KEPT_S = 180 * 86_400
# The app asks nobody but this server for anything. Vega compiles its expressions, so it evaluates.
POLICY = (
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "media-src 'self' data: blob:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'self'",
)
HEADERS = (
    (b"content-security-policy", "; ".join(POLICY).encode()),
    (b"x-content-type-options", b"nosniff"),
    # A run's id is in the address: no other site is to learn it.
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)

ORIGINS = "server.corsAllowedOrigins"
HERE = {"localhost", "127.0.0.1"}  # a tunnel may have another port at each end
# Streamlit shows its figures to everybody; ours have a port of their own (runs/metrics.py).
CLOSED = "/_stcore/metrics"


class Guard:
    """ASGI middleware around the whole app."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and _foreign(scope):
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"].rstrip("/").endswith(CLOSED):
            await send({"type": "http.response.start", "status": 404, "headers": list(HEADERS)})
            await send({"type": "http.response.body", "body": b""})
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                present = {name.lower() for name, _ in headers}
                headers += [pair for pair in HEADERS if pair[0] not in present]
                if _is_page(headers) and not _known(scope):
                    headers.append((b"set-cookie", _cookie(scope)))
                message = {**message, "headers": headers}
            await send(message)

        await self.app(scope, receive, guarded)


def _foreign(scope: Scope) -> bool:
    """Whether a page of another site opens this connection.

    Streamlit would ask a service on the internet for its own address before it refuses.
    """
    sent = dict(scope["headers"])
    named, own = (sent.get(n, b"").decode("latin-1") for n in (b"origin", b"host"))
    if not named or not st.get_option("server.enableCORS"):
        return False
    try:
        origin = urlsplit(named)
        hosts = {origin.hostname, urlsplit(f"//{own}").hostname}
    except ValueError:
        return True
    if origin.netloc == own:
        return False
    return not hosts <= HERE and named not in (st.get_option(ORIGINS) or ())


def _is_page(headers: list[tuple[bytes, bytes]]) -> bool:
    kinds = [value for name, value in headers if name.lower() == b"content-type"]
    return any(kind.startswith(b"text/html") for kind in kinds)


def _known(scope: Scope) -> bool:
    """Whether the visitor has a cookie of ours already."""
    sent = (value for name, value in scope["headers"] if name == b"cookie")
    pairs = (part.strip().partition(b"=") for value in sent for part in value.split(b";"))
    return any(
        name == COOKIE.encode() and SECRET.fullmatch(value.decode("latin-1"))
        for name, _, value in pairs
    )


def _cookie(scope: Scope) -> bytes:
    """Readable by the server only; a proxy that serves https says so in X-Forwarded-Proto."""
    proto = dict(scope["headers"]).get(b"x-forwarded-proto", b"").decode("latin-1")
    secure = "; Secure" if "https" in (scope.get("scheme"), proto) else ""
    place = str(st.get_option("server.baseUrlPath") or "").strip("/")  # no neighbour's business
    attributes = f"Path=/{place}; Max-Age={KEPT_S}; HttpOnly; SameSite=Lax{secure}"
    return f"{COOKIE}={new_secret()}; {attributes}".encode()
