"""The visitor of a session: their secret, the keys they were given, and what they may steer.

The secret is a cookie that the page itself cannot read (frame/security_headers.py), so that it
outlives a reload; without cookies it lives as long as the session.
"""

from __future__ import annotations

import os
import re
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

import streamlit as st

from cmn_core.runs.store.keys import (
    MAX_KEY,
    TEACHER_KEY,
    Deed,
    Visitor,
    digest,
    is_teacher,
    may,
    new_secret,
)
from cmn_core.runs.store.queue import limit
from cmn_core.runs.store.record import RunRow
from pages.parts.common.text import plain

COOKIE = "cmn_visitor"
SECRET = re.compile(r"[A-Za-z0-9_-]{22}")
SHARED, LOGIN = "CMN_SHARED", "CMN_LOGIN"
_OWN, _HELD = "visitor_secret", "held_keys"
_LESSON, _LESSON_KEY = "lesson", "lesson_key"  # pages/parts/learn/class_lesson.py
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")


def personal() -> bool:
    """Whether the visitor sits at the machine itself, which makes every run theirs.

    Not where CMN_SHARED is set, not through a proxy, which says for whom it asks, and not under a
    name that anybody's server of names could give to this machine (DNS rebinding).
    """
    if os.environ.get(SHARED, "") not in ("", "0"):
        return False
    headers, address = st.context.headers, st.context.ip_address
    forwarded = any(name in headers for name in _FORWARDED)
    if forwarded or not _literal(headers.get("Host", "localhost")):
        return False
    return not (isinstance(address, str) and _elsewhere(address))


def gate() -> None:
    """Where CMN_LOGIN is set, nothing but a way to log in (docs/security.md).

    Streamlit's own OpenID Connect login does the rest; without its secrets nobody gets in.
    """
    if not _asks() or st.user.get("is_logged_in"):
        return
    st.title("CMN Explorer")
    st.markdown("This server asks who you are before it shows anything.")
    st.button("Log in", key="log_in", type="primary", on_click=st.login)
    st.stop()


def leave() -> None:
    """Where a login was asked for, the way out of it."""
    if _asks():
        known = (st.user.get(name) for name in ("name", "email", "sub"))
        who = plain(str(next(filter(None, known), "")), 60)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Logged in as {who}." if who else "Logged in.", width="content")
            st.button("Log out", key="log_out", type="tertiary", on_click=st.logout)


def _asks() -> bool:
    return os.environ.get(LOGIN, "") not in ("", "0")


def _elsewhere(address: str) -> bool:
    """Whether an address of a connection is not this machine's own."""
    try:
        found = ip_address(address)
    except ValueError:
        return True
    mapped = getattr(found, "ipv4_mapped", None)  # a socket for both kinds of address
    return not (mapped or found).is_loopback


def _network(address: object) -> str | None:
    """What tells visitors' networks apart: an IPv4 address, or the 64 leading bits of an IPv6 one,
    of which everybody has more than they need. None for this machine: there a proxy does not say
    for whom it asks, and all would be one."""
    if not isinstance(address, str) or not _elsewhere(address):
        return None
    try:
        found = ip_address(address)
    except ValueError:
        return None
    found = getattr(found, "ipv4_mapped", None) or found
    return str(ip_network(f"{found}/{64 if found.version == 6 else 32}", strict=False))


def _literal(host: str) -> bool:
    """Whether a browser that asks for that host asks nobody where it is."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or bool(ip_address(name))
    except ValueError:
        return False


def visitor() -> Visitor:
    """Who queues a search in this session."""
    lesson = st.session_state.get(_LESSON)
    return Visitor(
        secret(),
        class_code=None if lesson is None else lesson.code,
        most=None if personal() else limit(),
        address=None if personal() else _network(st.context.ip_address),
    )


def secret() -> str:
    """The browser's; behind a login each person has their own in it."""
    own = st.context.cookies.to_dict().get(COOKIE, "")
    if not SECRET.fullmatch(own):
        own = str(st.session_state.setdefault(_OWN, new_secret()))
    if not _asks():
        return own
    person = f"{st.user.get('iss', '')} {st.user.get('sub', '')}"
    return digest(f"{person} {own}")[:32]


def take_key() -> None:
    """A key in the address goes into the session, and out of the address bar at once: a projector
    shows it to everybody, and an address copied from the bar should let others look only."""
    key = st.query_params.get("key")
    if key is None:
        return
    if 1 <= len(key) <= MAX_KEY:
        st.session_state.setdefault(_HELD, set()).add(key)
    del st.query_params["key"]


def keys_for(run_id: str) -> list[str]:
    """Every key that this session could show for that run."""
    lesson_key = st.session_state.get(_LESSON_KEY)
    held = st.session_state.get(_HELD, ())
    return [visitor().key(run_id), *held, *([lesson_key] if lesson_key else ())]


def may_steer(row: RunRow | None, deed: Deed = "cancel") -> bool:
    """Whether this session may do that to the run; never to a shipped example, which has no row."""
    return row is not None and (personal() or may(row, deed, keys_for(row.run_id)))


def may_see(row: RunRow) -> bool:
    """Whether the run is listed for this session: the visitor's own, and for a teacher those that
    they can stop. Whoever knows a run's id can look at it all the same."""
    return personal() or row.owner == visitor().owner or may_steer(row)


def teaches() -> bool:
    """Whether the session may see a teacher's answers: who sits at the machine, who shows the
    server's teacher's key, and where that has none who shows the key of the class that is open."""
    if personal() or any(is_teacher(key) for key in st.session_state.get(_HELD, ())):
        return True
    lesson, key = st.session_state.get(_LESSON), st.session_state.get(_LESSON_KEY)
    own = bool(os.environ.get(TEACHER_KEY))
    return not own and lesson is not None and bool(lesson.opened_by(key))


def holds_keys() -> bool:
    """Whether the session was given keys, so that runs of others may be listed for it."""
    return bool(st.session_state.get(_HELD) or st.session_state.get(_LESSON_KEY))
