"""Says on every page that the server's disk takes no more."""

from __future__ import annotations

import streamlit as st

from cmn_core.runs.disk import disk_trouble
from cmn_core.runs.home import home_dir
from pages.parts.common.cache import Brief

_KNOWN: Brief[tuple[str, str]] = Brief(1, 2.0)
_WELL = ("", "")
_SHOWN = "disk_notice"


def disk_notice() -> None:
    """Nothing where all is well. Asked of the system every two seconds, for all visitors."""
    kind, sentence = st.session_state[_SHOWN] = _now()
    if sentence:
        (st.error if kind == "stopped" else st.warning)(sentence, icon=":material/hard_drive:")


def disk_changed() -> bool:
    """Whether the page that is on the screen says something else than is so now: a part of it that
    redraws itself does not redraw the notice."""
    shown: tuple[str, str] = st.session_state.get(_SHOWN, _WELL)
    return shown[0] != _now()[0]


def _now() -> tuple[str, str]:
    key = str(home_dir())
    found = _KNOWN.get(key)
    if found is None:
        found = disk_trouble(home_dir()) or _WELL
        _KNOWN.put(key, found)
    return found
