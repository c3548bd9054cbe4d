"""Which run of a study a page shows: the stored one, or one of the visitor's own beside it."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import streamlit as st

from cmn_core.studies.background.choices import NEEDS_IMAGES
from cmn_core.studies.background.own_studies import OwnStudies, OwnStudy
from cmn_core.studies.beside import beside
from cmn_core.studies.result import Result
from pages.parts.common.cache import Shared
from pages.parts.common.text import number
from pages.parts.common.visitor import visitor
from pages.parts.frame.tables import data_table

STORED = "stored"
_RESULTS: Shared[Result | None] = Shared(20)


def own_studies(name: str) -> list[OwnStudy]:
    """The visitor's runs of a study, newest first. Raises StoreError as the store."""
    return OwnStudies().of(visitor().owner, name)


def study_title(study: OwnStudy) -> str:
    """Such as: of 30 Nov 16:20, seed 0."""
    when = datetime.fromtimestamp(study.created)
    return f"of {when.day} {when:%b %H:%M}, seed {study.seed}"


def pick_shown(name: str) -> Result | None:
    """A box for which run the page shows, where the visitor has finished one; that run's result,
    None for the stored one."""
    done = {study.study_id: study for study in own_studies(name) if study.state == "done"}
    key = shown_key(name)
    if st.session_state.get(key, STORED) not in (STORED, *done):
        st.session_state[key] = STORED  # it was forgotten meanwhile
    if not done:
        return None
    picked = st.selectbox(
        "Shown",
        [STORED, *done],
        format_func=lambda pick: (
            "The stored study" if pick == STORED else f"My own {study_title(done[pick])}"
        ),
        key=key,
        persist_state="session",
    )
    if picked == STORED:
        return None
    studies, owner = OwnStudies(), visitor().owner
    return _RESULTS.get((studies.path, picked, owner), lambda: studies.result(picked, owner))


def show_beside(stored: Result, own: Result) -> None:
    """What is another's and what is drawn, then every figure of both runs."""
    changed = [
        f"{name.replace('_', ' ')} {value} instead of {stored.settings.get(name)}"
        for name, value in own.settings.items()
        if value != stored.settings.get(name) and name != "data"
    ]
    st.info(f"Your own run. {'; '.join(changed) or 'Its settings are those of the stored one'}.")
    if own.name in NEEDS_IMAGES and own.quick:
        st.caption(
            "On drawn rooms without labels: mIoU here is agreement with the largest network."
        )
    rows = [
        {
            "Figure": figure.name,
            "Stored": number(figure.stored),
            "Mine": number(figure.own),
            "Change": "–" if figure.change is None else f"{figure.change:+.1%}",
        }
        for figure in beside(stored, own)
    ]
    table = pd.DataFrame(rows)
    with st.expander(f"Both beside each other: {len(rows)} figures"):
        data_table(table, f"{own.name}_beside", alt="Figures of the stored study and of mine.")


def shown_key(name: str) -> str:
    return f"study_shown_{name}"
