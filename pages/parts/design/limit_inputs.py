"""Limits of one's own on a design: those of a search unless the visitor moves them."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from cmn_core.quantities import LIMITS, SHORT_LIMITS
from cmn_core.search.constraints import Limits
from pages.parts.common.text import short


def limits_box(known: Limits, whose: str) -> Limits:
    """The limits in force: those known, with what the visitor put in their place.

    whose: such as "the search whose front is drawn"
    """
    moved: dict[str, float | None] = {}
    with st.popover("Limits", icon=":material/rule:"):
        st.caption(
            f"Empty: as in {whose}. 0 switches a limit off. The lines on the front and the marks"
            " beside the figures follow."
        )
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
    return replace(known, **moved)
