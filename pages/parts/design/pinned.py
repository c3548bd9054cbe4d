"""Designs that a visitor pinned, for comparing: kept in the session and in the address."""

from __future__ import annotations

import streamlit as st

from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.edits import bare, used_only
from cmn_core.whatif.formats.link import design_name, named, pack_design, short_text, unpack_design
from pages.parts.common.text import plain
from pages.parts.design.answers import answer_of

BASKET, REFERENCE = "basket", "basket_reference"
_TROUBLE = "basket_trouble"
PARAMETER = "pins"
LETTERS = "ABCDEF"
MOST = len(LETTERS)


def open_basket() -> list[Design]:
    """The pinned designs; those of the address when the session has none yet."""
    if BASKET not in st.session_state:
        st.session_state[BASKET] = _from_address()
    _write()
    return list(st.session_state[BASKET])


def basket_trouble() -> str | None:
    """What was wrong with the address or did not fit, told once."""
    found: str | None = st.session_state.pop(_TROUBLE, None)
    return found


def pin(*designs: Design) -> None:
    """Put designs into the basket; one that is there already is not put in twice."""
    held = list(st.session_state.get(BASKET, []))
    known = {(bare(d), design_name(d)) for d in held}
    for design in designs:
        if (bare(design), design_name(design)) in known:
            continue
        if len(held) == MOST:
            st.session_state[_TROUBLE] = f"The basket holds {MOST} designs; take one out first."
            break
        held.append(used_only(design))
    st.session_state[BASKET] = held
    if held:
        st.session_state[REFERENCE] = len(held) - 1


def drop(at: int) -> None:
    held = list(st.session_state[BASKET])
    del held[at]
    st.session_state[BASKET] = held


def rename(at: int) -> None:
    """Callback of the field that holds a design's name."""
    held = list(st.session_state[BASKET])
    held[at] = named(held[at], str(st.session_state[f"name_{at}"]))
    st.session_state[BASKET] = held


def empty() -> None:
    st.session_state[BASKET] = []


def reference_box(held: list[Design]) -> int:
    """A list of the pinned designs; which one others are compared with."""
    if st.session_state.get(REFERENCE, MOST) >= len(held):
        st.session_state[REFERENCE] = len(held) - 1
    at: int = st.selectbox(
        "Compared with",
        range(len(held)),
        key=REFERENCE,
        format_func=lambda i: label(i, held[i]),
        persist_state="session",
        width=420,
    )
    return at


def pinned_answers(held: list[Design]) -> list[tuple[str, Evaluation]]:
    """(letter, answer) of each pinned design that can be built."""
    found = []
    for letter, design in zip(LETTERS, held, strict=False):
        try:
            found.append((letter, answer_of(design)))
        except FieldError:
            continue
    return found


def label(at: int, design: Design) -> str:
    """Letter and name, for a list of choices; no Markdown is read there."""
    return f"{LETTERS[at]} · {design_name(design) or short_text(design)}"


def name_of(design: Design) -> str:
    """Name of a design for Markdown."""
    return plain(design_name(design)) or short_text(design)


def joined(held: list[Design]) -> str:
    """The basket as the text of an address."""
    return ".".join(pack_design(d) for d in held)


def _from_address() -> list[Design]:
    wanted = st.query_params.get(PARAMETER)
    found: list[Design] = []
    for token in (wanted or "").split(".")[:MOST]:
        if not token:
            continue
        try:
            found.append(unpack_design(token))
        except FieldError as error:
            st.session_state[_TROUBLE] = f"A pinned design of the address was left out. {error}"
    return found


def _write() -> None:
    text = joined(st.session_state[BASKET])
    if not text:
        st.query_params.pop(PARAMETER, None)
    elif st.query_params.get(PARAMETER) != text:
        st.query_params[PARAMETER] = text
