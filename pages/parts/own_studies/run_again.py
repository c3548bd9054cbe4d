"""A study run again: the form, and every run of this visitor with how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from cmn_core.runs.home import StoreError, home_dir
from cmn_core.studies.background import studying
from cmn_core.studies.background.own_studies import OwnStudies, OwnStudy
from cmn_core.studies.result import Result
from pages.parts.common.text import duration, plain
from pages.parts.common.visitor import visitor
from pages.parts.own_studies.settings_form import REFUSED, settings_form
from pages.parts.own_studies.shown import own_studies, shown_key, study_title
from pages.parts.runs.cards import STATES
from pages.parts.runs.progress import steady

WAITING = ("waiting", "gray")
_SHOW = "own_study_turned"  # a button in the live list chose what the page shows


def run_again(stored: Result) -> None:
    """An expander with the form, and the runs below it; looks again while one is at work."""
    with st.expander(
        "Run it again with settings of your own",
        icon=":material/science:",
        key=f"again_{stored.name}",
    ):
        st.caption(
            "It runs in the background, behind searches, and goes on when this page is closed."
            " Only you see it."
        )
        settings_form(stored)
    found = own_studies(stored.name)
    if not found:
        return
    st.subheader("Your own runs", anchor=False)
    busy = any(study.active for study in found)
    every = steady() if busy else None
    st.fragment(_runs, run_every=every)(stored.name, [study.state for study in found])


def _runs(name: str, states: list[str]) -> None:
    try:
        found = own_studies(name)
        if any(study.state == "waiting" for study in found):
            studying.start(home_dir())  # one whose process was stopped goes on
    except StoreError as error:
        st.error(f"The run store cannot be used. {plain(error.told, 300)}.")
        return
    if st.session_state.pop(_SHOW, False) or [study.state for study in found] != states:
        st.rerun()  # the whole page, whose figures stand above
    for study in found:
        _run(study)


def _run(study: OwnStudy) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            text, colour = STATES.get(study.state, WAITING)
            if study.cancelled:
                text, colour = ("cancelling" if study.active else "cancelled"), "orange"
            st.badge(text, color=colour)  # type: ignore[arg-type]
            st.markdown(f"Run {study_title(study)}", width="content")
            if study.seconds:
                st.caption(duration(study.seconds), width="content")
            if study.active:
                _button("Cancel", study, _cancel, disabled=study.cancelled)
            elif study.state == "done":
                _button("Show", study, _show)
            _button("Forget", study, _forget)
        if study.active and study.total:
            words = f"step {study.done} of {study.total}"
            st.progress(study.done / study.total, text=words)
        if study.error:
            st.warning(f"It has no result: {plain(study.error, 400)}.")


def _button(
    label: str, study: OwnStudy, deed: Callable[[OwnStudy], None], *, disabled: bool = False
) -> None:
    st.button(
        label,
        key=f"own_study_{label.lower()}_{study.study_id}",
        type="tertiary",
        on_click=deed,
        args=(study,),
        disabled=disabled,
    )


def _cancel(study: OwnStudy) -> None:
    with _told():
        OwnStudies().cancel(study.study_id, visitor().owner)


def _forget(study: OwnStudy) -> None:
    with _told():
        OwnStudies().forget(study.study_id, visitor().owner)


@contextmanager
def _told() -> Iterator[None]:
    """A store that cannot be written is a sentence on the page."""
    try:
        yield
    except StoreError as error:
        st.session_state[REFUSED] = error.told


def _show(study: OwnStudy) -> None:
    st.session_state[_SHOW] = True
    st.session_state[shown_key(study.name)] = study.study_id
