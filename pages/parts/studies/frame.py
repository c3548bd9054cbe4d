"""What every study page has around its figure: the stored result, the paper's words, its origin."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from cmn_core.errors import FieldError
from cmn_core.studies.check import stale
from cmn_core.studies.claims import judged
from cmn_core.studies.result import Result, stored, stored_path
from pages.parts.common.text import duration, plain
from pages.parts.frame.chrome import brief_source
from pages.parts.frame.tables import data_table
from pages.parts.own_studies.run_again import run_again
from pages.parts.own_studies.shown import pick_shown, show_beside

HOLDS = {"yes": "borne out", "no": "not borne out", "partly": "partly borne out", "open": "open"}


def study_result(name: str) -> Result | None:
    """The result to be shown: the stored one, or a run of the visitor's own, which then says what
    is another's. Says where there is none, or that it is older."""
    try:
        result = stored_result(name)
    except FieldError as error:
        st.error(f"The stored study cannot be shown. {plain(str(error), limit=400)}.")
        return None
    if result is None:
        st.info(
            f"No result of this study is stored here yet. `python -m cmn_core study {name}` \
makes one."
        )
        return None
    own = pick_shown(name)
    if own is not None:
        show_beside(result, own)
        return own
    if result.quick:
        st.warning(
            "This is the quick form: few steps, and generated scenes in place of images. Its"
            " figures say nothing about the paper."
        )
    older = [text.split(":")[0] for text in stale(result)]
    if older:
        st.caption(
            f":material/history: Made with an earlier {' and '.join(older)} than ships now."
            f" `python -m cmn_core study {name}` makes it anew."
        )
    return result


def cards(figures: Sequence[tuple[str, str, str]], label: str) -> None:
    """Cards of (title, value, note)."""
    cells = "".join(
        f'<article class="cmn-card"><h3>{html.escape(title)}</h3>'
        f'<div class="value">{html.escape(value)}</div><p>{html.escape(note)}</p></article>'
        for title, value, note in figures
    )
    st.html(f'<section class="cmn-cards" aria-label="{html.escape(label)}">{cells}</section>')


def beside_the_paper(result: Result) -> None:
    """Claim by claim: printed, ours, gap, and what explains it; of the stored study alone."""
    if result is not stored_result(result.name):
        return
    st.header("The paper and ours", anchor=False)
    for verdict in judged(result):
        with st.container(border=True):
            st.markdown(f"**{plain(verdict.claim, 300)}**: {HOLDS[verdict.holds]}")
            st.markdown(
                f"- Printed: {plain(verdict.printed, 400)}\n"
                f"- Ours: {plain(verdict.ours, 900)}\n"
                f"- Gap: {plain(verdict.gap, 400)}"
            )
            st.caption(plain(verdict.explained, 900))


def made_with(result: Result) -> None:
    """Settings, versions, machine and date, the result to take away, and the study again."""
    settings = ", ".join(
        f"{name.replace('_', ' ')} {_words(value)}" for name, value in result.settings.items()
    )
    versions = ", ".join(f"{name} {value}" for name, value in result.versions.items())
    brief_source(
        f"Source: `python -m cmn_core study {result.name}{' --quick' if result.quick else ''}`,"
        f" {result.started[:10]},"
        f" {plain(str(result.machine['processor']))}, {duration(result.cpu_seconds)} of processor"
        f" time  ·  {plain(settings, 900)}  ·  {plain(versions, 300)}."
    )
    st.download_button(
        "Result (JSON)",
        result.text(),
        f"{result.name}.json",
        "application/json",
        on_click="ignore",
        key=f"download_{result.name}",
        icon=":material/download:",
    )
    if (known := stored_result(result.name)) is not None:
        run_again(known)


def twin(
    rows: Sequence[Mapping[str, Any]], *, key: str, alt: str, label: str = "Numbers as a table"
) -> None:
    """The rows of a figure behind a toggle."""
    if st.toggle(label, key=key):
        table = pd.DataFrame([dict(row) for row in rows])
        data_table(table, key.removeprefix("twin_"), alt=alt)


def genes_text(row: Mapping[str, Any]) -> str:
    """ "5 × 55, 5 × 177, 4 × 228, 5 × 421"."""
    pairs = zip(row["experts"], row["hidden"], strict=True)
    return ", ".join(f"{e} × {h}" for e, h in pairs)


def stored_result(name: str) -> Result | None:
    """The result that ships, the same object until its file changes."""
    path = stored_path(name)
    return _read(name, path.stat().st_mtime_ns if path.exists() else 0)


@st.cache_resource(max_entries=16, show_spinner=False)
def _read(name: str, changed: int) -> Result | None:
    return stored(name)


def _words(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return " ".join(value) if isinstance(value, dict) else str(value)
