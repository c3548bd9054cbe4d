"""One HTML file without scripts, fonts or pictures from elsewhere: it opens offline and prints."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cmn_core.charts.figures.composed import Figure
from cmn_core.charts.figures.rendering import rendered

MOST_BYTES = 2_000_000
_STYLE = """
body { font: 16px/1.5 "Liberation Sans", Arial, Helvetica, sans-serif; color: #141310;
  background: #fff; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; line-height: 1.25; } h2 { font-size: 1.25rem; margin-top: 2.2rem; }
table { border-collapse: collapse; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.8rem; text-align: right; white-space: nowrap;
  border-top: 1px solid #dad7d0; }
th:first-child, td:first-child { text-align: left; } thead th { border-top: 0; }
.wide { overflow-x: auto; } figure { margin: 1.2rem 0; } svg { max-width: 100%; height: auto; }
p.note, figcaption { color: #5f5e5a; font-size: 0.88rem; }
pre { white-space: pre-wrap; word-break: break-word; font-size: 0.8rem; background: #f6f5f2;
  padding: 0.8rem; }
@media print { details { display: none; } figure { break-inside: avoid; } }
"""


@dataclass(frozen=True)
class Part:
    """A section of a report: words, then figures, then a table, then data behind a click."""

    title: str
    words: str = ""
    figures: Sequence[Figure] = ()
    table: pd.DataFrame | None = None
    data: Any = None


def report_page(title: str, parts: Sequence[Part], *, made: str, source: str) -> str:
    """The file's text. made: date as text; every text may come from a person and is escaped."""
    body = [f"<h1>{html.escape(title)}</h1>"]
    body.append(f'<p class="note">Made on {html.escape(made)} with CMN Explorer.</p>')
    for part in parts:
        body += _part(part)
    body.append(f'<p class="note">{html.escape(source)}</p>')
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _part(part: Part) -> list[str]:
    out = [f"<section><h2>{html.escape(part.title)}</h2>"]
    if part.words:
        out.append(f"<p>{html.escape(part.words)}</p>")
    for number, figure in enumerate(part.figures):
        drawn = rendered(figure, "svg").decode()
        out.append(f"<figure>{_apart(drawn, f'{figure.name}{number}')}</figure>")
    if part.table is not None:
        out.append(f'<div class="wide">{_table(part.table)}</div>')
    if part.data is not None:
        text = html.escape(json.dumps(part.data, indent=1))
        out.append(f"<details><summary>As JSON</summary><pre>{text}</pre></details>")
    out.append("</section>")
    return out


def _apart(svg: str, name: str) -> str:
    """A drawing whose clip paths keep their names to themselves among other drawings."""
    return svg.replace('id="', f'id="{name}_').replace("url(#", f"url(#{name}_")


def _table(frame: pd.DataFrame) -> str:
    head = "".join(f'<th scope="col">{html.escape(str(name))}</th>' for name in frame.columns)
    rows = [
        "<tr>" + "".join(f"<td>{html.escape(_cell(value))}</td>" for value in row) + "</tr>"
        for row in frame.itertuples(index=False)
    ]
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and value != value):
        return "–"
    return plain_number(value) if isinstance(value, float) else str(value)


def plain_number(value: float) -> str:
    """About four figures, thousands separated, no powers of ten."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
