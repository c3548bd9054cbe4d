"""Tables as frames and as HTML: what a browser saves of the one, how the other can be scrolled."""

from __future__ import annotations

import html

import pandas as pd

from cmn_core.spreadsheet import safe_cell


def safe_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """The same table without a cell or a heading that a spreadsheet would take for a formula."""
    return frame.map(safe_cell).rename(columns=safe_cell)


def table_markup(head: str, body: str, label: str) -> str:
    """HTML of a table, which is wider than a phone: the keyboard reaches and scrolls it. head: its
    heading cells; body: its rows; label: what it shows, as plain text."""
    said = html.escape(label)
    return (
        f'<div class="cmn-scroll" tabindex="0" role="region" aria-label="{said}">'
        f'<table class="cmn-table" aria-label="{said}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
