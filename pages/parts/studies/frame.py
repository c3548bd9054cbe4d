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
from pages.parts.frame.downloads import table_box

HOLDS = {"yes": "borne out", "no": "not borne out", "partly": "partly borne out", "open": "open"}


def study_result(name: str) -> Result | None:
    """The stored result; says on the page where there is none, or that it is older."""
    path = stored_path(name)
    changed = path.stat().st_mtime_ns if path.exists() else 0
    try:
        result = _read(name, changed)
    except FieldError as error:
        st.error(f"The stored study cannot be shown. {plain(str(error), limit=400)}.")
        return None
    if result is None:
        st.info(
            f"No result of this study is stored here yet. `python -m cmn_core study {name}` \
makes one."
        )
        return None
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
    """Claim by claim: printed, ours, gap, and what explains it."""
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
    """Settings, versions, machine and date, and the result to take away."""
    settings = ", ".join(
        f"{name.replace('_', ' ')} {_words(value)}" for name, value in result.settings.items()
    )
    versions = ", ".join(f"{name} {value}" for name, value in result.versions.items())
    brief_source(
        f"Source: `python -m cmn_core study {result.name}`, {result.started[:10]},"
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


def twin(
    rows: Sequence[Mapping[str, Any]], *, key: str, alt: str, label: str = "Numbers as a table"
) -> None:
    """The rows of a figure behind a toggle."""
    if st.toggle(label, key=key):
        table = pd.DataFrame([dict(row) for row in rows])
        st.dataframe(table, hide_index=True, alt=alt)
        table_box(table, key.removeprefix("twin_"), caption=alt.rstrip("."), key=key)


def genes_text(row: Mapping[str, Any]) -> str:
    """ "5 × 55, 5 × 177, 4 × 228, 5 × 421"."""
    pairs = zip(row["experts"], row["hidden"], strict=True)
    return ", ".join(f"{e} × {h}" for e, h in pairs)


@st.cache_resource(max_entries=16, show_spinner=False)
def _read(name: str, changed: int) -> Result | None:
    return stored(name)


def _words(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return " ".join(value) if isinstance(value, dict) else str(value)
