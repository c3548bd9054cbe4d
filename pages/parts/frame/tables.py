"""Tables of a page, each of which can be taken away as CSV and LaTeX."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import streamlit as st

from pages.parts.common.tables import safe_frame
from pages.parts.frame.downloads import table_box


def data_table(
    frame: pd.DataFrame,
    name: str,
    *,
    alt: str,
    config: Mapping[str, Any] | None = None,
    height: int | None = None,
) -> None:
    """A table that can be sorted, and its files. name: of these, and unique on the page."""
    more: dict[str, Any] = {} if height is None else {"height": height}
    st.dataframe(safe_frame(frame), hide_index=True, alt=alt, column_config=config, **more)
    table_box(frame, name, caption=alt.rstrip("."), key=name)


def html_table(html: str, name: str, *, caption: str) -> None:
    """A table of the page's own HTML, and its files, which hold what is read there."""
    st.html(html)
    table_box(read_table(html), name, caption=caption, key=name)


def read_table(html: str) -> pd.DataFrame:
    """What the first table of a page's own HTML says: heads, then a row for each row. A row of one
    cell heads those below it, and stands before them as a column of its own; cells that span rows
    are repeated."""
    reader = _Cells()
    reader.feed(html)
    head, *rows = [row for row in reader.rows if row]
    whole = [row for row in rows if len(row) > 1]
    grouped = len(whole) < len(rows)
    out, group = [], ""
    for row in rows:
        if len(row) == 1:
            group = row[0]
        else:
            out.append([group, *row] if grouped else row)
    width = max(map(len, out), default=len(head))
    heads = [*[""] * (width - len(head)), *head]
    return pd.DataFrame(out, columns=_unique(heads))


def _unique(heads: list[str]) -> list[str]:
    """Columns without a head are numbered, so that none is taken for another."""
    seen: dict[str, int] = {}
    out = []
    for head in heads:
        seen[head] = seen.get(head, 0) + 1
        out.append(f"{head} {seen[head]}".strip() if head in out or not head else head)
    return out


class _Cells(HTMLParser):
    """Texts of cells by row; pieces of a cell have a space between them."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._cell: list[str] | None = None
        self._span = 1
        self._held: dict[int, tuple[int, str]] = {}  # by column: rows that it still fills, text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self._fill()
            self._cell, self._span = [], int(dict(attrs).get("rowspan") or 1)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            text = " ".join(" ".join(self._cell).split())
            self._cell = None
            if self._span > 1:
                self._held[len(self.rows[-1])] = self._span - 1, text
            self.rows[-1].append(text)
        elif tag == "tr":
            self._fill()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _fill(self) -> None:
        """Cells of rows above that reach down to here."""
        row = self.rows[-1]
        while (held := self._held.pop(len(row), None)) is not None:
            left, text = held
            if left > 1:
                self._held[len(row)] = left - 1, text
            row.append(text)
