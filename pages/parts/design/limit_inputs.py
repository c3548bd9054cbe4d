"""Limits of one's own on a design: those of a search unless the visitor moves them."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from cmn_core.quantities import LIMITS, SHORT_LIMITS
from cmn_core.search.constraints import Limits
from pages.parts.common.text import short

_MOVED = "limits_moved"  # what the visitor put in place of the known ones, by name


def limits_box(known: Limits, whose: str) -> Limits:
    """The limits in force: those known, with what the visitor put in their place.

    whose: such as "the search whose front is drawn"
    """
    with st.popover("Limits", icon=":material/rule:", key="limits", on_change="rerun") as box:
        if box.open:  # five fields that a moved slider would draw again
            st.session_state[_MOVED] = _moved(known, whose)
    return replace(known, **st.session_state.get(_MOVED, {}))


def _moved(known: Limits, whose: str) -> dict[str, float | None]:
    st.caption(
        f"Empty: as in {whose}. 0 switches a limit off. The lines on the front and the marks"
        " beside the figures follow."
    )
    moved: dict[str, float | None] = {}
    for name in SHORT_LIMITS:
        own = getattr(known, name)
        value = st.number_input(
            LIMITS[name].label,
            min_value=0.0,
            value=None,
            placeholder="off" if own is None else short(own),
            key=f"limit_{name}",
            persist_state="session",
        )
        if value is not None:
            moved[name] = value or None
    return moved
