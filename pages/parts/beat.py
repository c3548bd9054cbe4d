"""How often a page that follows a search is drawn again: a little different for every visitor."""

from __future__ import annotations

import random

import streamlit as st

STEADY_S, SPREAD = 2.0, 0.1
_KEY = "beat"


def steady() -> float:
    """Seconds from one redraw to the next, the same throughout a session.

    A class opens a page in the same moment. With equal intervals its browsers would ask in the
    same moment for ever, and whoever moves a slider then waits for all of them.
    """
    share: float = st.session_state.setdefault(_KEY, random.uniform(-SPREAD, SPREAD))
    return STEADY_S * (1.0 + share)
