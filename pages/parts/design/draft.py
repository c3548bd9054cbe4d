"""The design under a visitor's hands: kept in the session and in the address, with its past."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from cmn_core.architecture import SPACES, Architecture
from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.whatif.edits import completed
from cmn_core.whatif.formats.link import pack_design, unpack_design

DRAFT, PAST, START = "draft", "draft_past", "draft_start"
_WRITTEN, _EDITED, _TROUBLE = "draft_written", "draft_edited", "draft_trouble"
_TURN = "turn_to"
PARAMETER = "design"
MOST_PAST = 20


def open_draft(first: Callable[[], Design], beside: Mapping[str, str] | None = None) -> Design:
    """The design of ?design=..., else of the session, else `first`; complete.

    An address that was not written here (a link, the browser's Back) counts; one that is only late
    behind a moved slider does not. beside: what the address must hold besides the design.
    """
    wanted, edited = st.query_params.get(PARAMETER), st.session_state.pop(_EDITED, False)
    if wanted is not None and not edited and wanted != st.session_state.get(_WRITTEN):
        _take(wanted)
    if DRAFT not in st.session_state:
        _begin(completed(first()))
    draft: Design = st.session_state[DRAFT]
    token = pack_design(draft)
    st.session_state[_WRITTEN] = token
    write_address({**(beside or {}), PARAMETER: token})
    return draft


def draft_at_hand() -> Design | None:
    """The session's design; after a reload, which ends the session, that of the address."""
    wanted = st.query_params.get(PARAMETER)
    if wanted is not None and DRAFT not in st.session_state:
        _take(wanted)
    draft: Design | None = st.session_state.get(DRAFT)
    return draft


def write_address(given: Mapping[str, str]) -> None:
    """Make the address hold these parameters too, in one step of the browser's history."""
    if any(st.query_params.get(name) != value for name, value in given.items()):
        st.query_params.update(given)


def draft_trouble() -> str | None:
    """What was wrong with the address, told once."""
    found: str | None = st.session_state.pop(_TROUBLE, None)
    return found


def put(design: Design) -> None:
    """Lay another design under the visitor's hands; the one before can be had back."""
    before: Design = st.session_state[DRAFT]
    if design == before:
        return
    st.session_state[PAST] = [*st.session_state.get(PAST, []), before][-MOST_PAST:]
    st.session_state[DRAFT] = completed(design)
    st.session_state[_EDITED] = True


def begin(design: Design) -> None:
    """As `put`, for a preset or an import: what Reset goes back to."""
    put(design)
    st.session_state[START] = st.session_state[DRAFT]


def change(edit: Callable[..., Design], *args: Any, **kwargs: Any) -> None:
    """Callback of a widget: the design becomes edit(design, ...)."""
    put(edit(st.session_state[DRAFT], *args, **kwargs))


def begin_elsewhere(design: Design) -> None:
    """As `begin`, from another page, whose visitor may not have been to Explore yet."""
    if DRAFT not in st.session_state:
        st.session_state[DRAFT] = completed(design)
    begin(design)


def undo() -> None:
    past: list[Design] = st.session_state.get(PAST, [])
    if past:
        st.session_state[DRAFT] = past[-1]
        st.session_state[PAST] = past[:-1]
        st.session_state[_EDITED] = True


def reset() -> None:
    put(st.session_state[START])


def design_before() -> Design | None:
    """The design before the last change, which Undo would bring back."""
    past: list[Design] = st.session_state.get(PAST, [])
    return past[-1] if past else None


def can_undo() -> bool:
    return bool(st.session_state.get(PAST))


def can_reset() -> bool:
    return bool(st.session_state[DRAFT] != st.session_state[START])


def turn_to(page: str) -> None:
    """Callback's way to another page, which it cannot switch to itself; see `turn_page`."""
    st.session_state[_TURN] = page


def turn_page() -> None:
    """Go where a button of the last run wanted to."""
    if page := st.session_state.pop(_TURN, None):
        # Other pages have other parameters; those bound to widgets cannot be cleared here.
        st.switch_page(page, query_params={})


def turning() -> bool:
    """Whether a button of a live part wants another page; the page itself must run for that."""
    return _TURN in st.session_state


def show_value(key: str, value: Any) -> None:
    """Make the widget of that key show the value; one that shows it already is left in peace."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def default_design() -> Design:
    """A design of medium size, for a first visit on a machine without examples."""
    space = SPACES["b0"]
    a, b, c, d = (top // 2 for top in space.max_hidden)
    return Design(Architecture((2, 2, 2, 2), (a, b, c, d)))


def _take(token: str) -> None:
    """Lay the design of an address under the visitor's hands."""
    try:
        _begin(completed(unpack_design(token)))
    except FieldError as error:
        st.session_state[_TROUBLE] = f"The address holds no design that can be read. {error}"
        st.query_params.pop(PARAMETER, None)


def _begin(design: Design) -> None:
    if DRAFT in st.session_state:
        begin(design)
        st.session_state.pop(_EDITED, None)
        return
    st.session_state[DRAFT] = st.session_state[START] = design
