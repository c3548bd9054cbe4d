"""A figure that stands by itself: title, legend, panels and source in one picture.

Panels are the charts that pages show, in the light palette; a page may be dark, paper is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import altair as alt

from cmn_core.charts.base.palette import LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.base.template import data
from cmn_core.charts.figures.lettering import text_px, wrapped

WIDTH_PX = 680.0  # of a drawing over both columns; its 12 px letters are 8.9 pt in print
WIDTH_MM = 178.0  # both columns of a journal's page
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
PAPER = replace(LIGHT, panel="#FFFFFF")
GAP_PX = 24.0
_TITLE_PX, _KEY_PX, _SMALL_PX, _LINE_PX, _MARK_PX = 15.0, 12.0, 11.0, 18.0, 16.0

Panel = alt.Chart | alt.LayerChart | alt.HConcatChart | alt.VConcatChart | alt.ConcatChart


@dataclass(frozen=True)
class Key:
    """An entry of the legend. fill: a colour, or "transparent" for a hollow mark; letter: drawn in
    place of a mark; faint: as the many marks behind the few."""

    text: str
    stroke: str = ""
    fill: str = ""
    shape: str = "square"
    letter: str = ""
    faint: bool = False


@dataclass(frozen=True)
class Figure:
    """name: of its file, without ending; picture: finished Vega-Lite; title, source: its words."""

    name: str
    title: str
    source: str
    picture: dict[str, Any]
    width_mm: float = WIDTH_MM


def compose(
    name: str,
    *,
    title: str,
    panels: Sequence[Sequence[Panel]],
    source: str,
    legend: Sequence[Key] = (),
    width_mm: float = WIDTH_MM,
    indent: float = 52.0,
) -> Figure:
    """Rows of panels under the title, the legend above and the source below them.

    indent: pixels by which the first panel's axis stands out to the left
    """
    rows: list[Any] = [_legend(legend, indent)] if legend else []
    columns = len(panels[0])
    if len(panels) > 1 and all(len(row) == columns for row in panels):  # axes under each other
        grid = [panel for row in panels for panel in row]
        rows.append(alt.ConcatChart(concat=grid, columns=columns, spacing=GAP_PX))
    else:
        rows += [alt.HConcatChart(hconcat=list(row), spacing=GAP_PX) for row in panels]
    rows.append(_words(source, indent))
    heads = wrapped(title, WIDTH_PX, _TITLE_PX, bold=True)
    whole = alt.VConcatChart(vconcat=rows, spacing=14).properties(
        title=alt.TitleParams(
            heads if len(heads) > 1 else title, anchor="start", fontSize=_TITLE_PX, offset=12
        )
    )
    return Figure(name, title, source, _printed(spec(whole, PAPER)), width_mm)


def panel_width(columns: int, *, axis: float = 58.0) -> float:
    """Pixels of each of so many panels side by side; axis: room for the words left of each."""
    return (WIDTH_PX - (columns - 1) * GAP_PX) / columns - axis


def titled(chart: Any, text: str, **size: Any) -> Any:
    """A panel with a heading of its own."""
    heading = alt.TitleParams(text, anchor="start", fontSize=13, fontWeight="bold")
    return chart.properties(title=heading, **size)


def _printed(picture: dict[str, Any]) -> dict[str, Any]:
    config = picture.get("config", {})
    style = {"background": "#FFFFFF", "font": FONT, "view": {"stroke": None}}
    words = {"color": PAPER.ink, "font": FONT}
    return {**picture, "config": {**config, **style, "title": words, "concat": {"spacing": 14}}}


def _legend(entries: Sequence[Key], indent: float) -> alt.LayerChart:
    """Marks and words in lines as wide as the figure."""
    x, line, placed = 0.0, 0, []
    for entry in entries:
        mark = max(_MARK_PX, text_px(entry.letter, _KEY_PX, bold=True) + 8.0)
        needed = mark + text_px(entry.text, _KEY_PX) + 18.0
        if x and x + needed > WIDTH_PX:
            x, line = 0.0, line + 1
        row = {"x": x + 6.0 - indent, "at": x + mark - indent, "y": line + 0.5, "text": entry.text}
        row |= {"stroke": entry.stroke, "fill": entry.fill, "shape": entry.shape}
        placed.append({**row, "letter": entry.letter, "opacity": 0.35 if entry.faint else 1.0})
        x += needed
    lines = line + 1
    inner = WIDTH_PX - indent
    across: dict[str, Any] = {"scale": alt.Scale(domain=[0, inner], nice=False), "axis": None}
    down: dict[str, Any] = {"scale": alt.Scale(domain=[lines, 0], nice=False), "axis": None}
    marks = alt.Chart(data([row for row in placed if not row["letter"]]))
    letters = alt.Chart(data([row for row in placed if row["letter"]]))
    y = alt.Y("y:Q", **down)
    layers = [
        marks.mark_point(size=90, strokeWidth=1.5).encode(
            opacity=alt.Opacity("opacity:Q", scale=None),
            x=alt.X("x:Q", **across),
            y=y,
            shape=alt.Shape("shape:N", scale=None),
            stroke=alt.Stroke("stroke:N", scale=None),
            fill=alt.Fill("fill:N", scale=None),
        ),
        letters.mark_text(fontSize=_KEY_PX, fontWeight="bold", align="left", dx=-6).encode(
            x=alt.X("x:Q", **across), y=y, text="letter:N", color=alt.Color("stroke:N", scale=None)
        ),
        alt.Chart(data(placed))
        .mark_text(align="left", fontSize=_KEY_PX, color=PAPER.ink)
        .encode(x=alt.X("at:Q", **across), y=y, text="text:N"),
    ]
    return alt.LayerChart(layer=layers).properties(width=inner, height=lines * _LINE_PX)


def _words(text: str, indent: float) -> alt.Chart:
    """Small words in as many lines as they need."""
    lines = wrapped(text, WIDTH_PX, _SMALL_PX)
    rows = [{"y": at + 0.5, "text": line} for at, line in enumerate(lines)]
    scale = alt.Scale(domain=[len(lines), 0], nice=False)
    return (
        alt.Chart(data(rows))
        .mark_text(align="left", fontSize=_SMALL_PX, color=PAPER.muted)
        .encode(x=alt.value(-indent), y=alt.Y("y:Q", scale=scale, axis=None), text="text:N")
        .properties(width=WIDTH_PX - indent, height=14.0 * len(lines))
    )
