"""What a page shows, to take away: figures for a paper, tables for a spreadsheet or LaTeX.

Files are made when somebody asks for one, not with every redraw.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from cmn_core.charts.base.tables import table_csv, table_latex
from cmn_core.charts.figures.composed import Figure
from cmn_core.charts.figures.rendering import KINDS, rendered

ICON = ":material/download:"


def figure_box(make: Callable[[], Figure], name: str, *, key: str, label: str = "Figure") -> None:
    """A popover with the composed figure as SVG, PDF and PNG. name: of the file, without ending."""
    with st.popover(label, icon=ICON, key=f"figure_{key}"):
        st.caption("With title, legend and source, as wide as two columns of a paper.")
        for kind, mime in KINDS.items():
            st.download_button(
                f"{label} as {kind.upper()}",
                partial(_drawn, make, kind),
                f"{name}.{kind}",
                mime,
                on_click="ignore",
                key=f"figure_{key}_{kind}",
            )


def table_box(frame: pd.DataFrame, name: str, *, caption: str, key: str) -> None:
    """A popover with the table as CSV and LaTeX."""
    with st.popover("Table", icon=ICON, key=f"table_{key}"):
        files: tuple[tuple[str, str, Callable[[], str]], ...] = (
            ("CSV", "text/csv", partial(table_csv, frame)),
            ("LaTeX", "text/plain", partial(table_latex, frame, caption=caption, label=name)),
        )
        for kind, mime, make in files:
            st.download_button(
                f"{caption} as {kind}" if len(caption) <= 24 else f"Table as {kind}",
                make,
                f"{name}.{'csv' if kind == 'CSV' else 'tex'}",
                mime,
                on_click="ignore",
                key=f"table_{key}_{kind}",
            )


def report_button(make: Callable[[], str], name: str, *, key: str) -> None:
    """A report as one HTML file that needs nothing else."""
    st.download_button(
        "Report (HTML)",
        make,
        f"{name}.html",
        "text/html",
        on_click="ignore",
        key=f"report_{key}",
        icon=":material/description:",
        help="One file with figures, tables and settings; it opens without the network.",
    )


def _drawn(make: Callable[[], Figure], kind: str) -> bytes:
    return rendered(make(), kind)
