"""A run to take away: its figures for a paper, its tables, and a report in one file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from cmn_core.charts.figures.search_figures import (
    SearchRecord,
    convergence_figure,
    front_figure,
)
from cmn_core.design import Design
from cmn_core.reports.run_report import front_table, history_table, run_report
from pages.parts.common.text import limits_line
from pages.parts.frame.chrome import source_text
from pages.parts.frame.downloads import figure_box, report_button, table_box
from pages.parts.runs.cards import run_title
from pages.parts.runs.repriced import priced, same_miou
from pages.parts.runs.run_view import Run
from pages.parts.runs.snapshots import snapshot

_EFFORT = ("population", "generations", "particles", "iterations", "seed")
_PLAIN = re.compile(r"\\(.)")


def searched(run: Run) -> SearchRecord:
    """What figures and reports show of a run."""
    seen = snapshot(run)
    return SearchRecord(
        name=unmarked(run_title(run)),
        goal=run.goal,
        memory=run.memory,
        history=seen.rows,
        designs=seen.front,
        best=seen.best,
        limits=seen.ceilings,
        points=seen.columns,
        generations=run.generations,
    )


def take_away(run: Run) -> None:
    """Figures, tables and the report of a run that has something to show."""
    seen = snapshot(run)
    if not run.generation:
        return
    search, source = searched(run), unmarked(source_text([run], _designs(run)))
    stem = f"{run.goal}_{run.memory}_seed{run.seed}"
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if seen.front:
            draw = partial(front_figure, search, source=source)
            figure_box(draw, f"front_{stem}", key="front", label="Fronts")
        if seen.best:
            draw = partial(convergence_figure, search, source=source)
            figure_box(draw, f"convergence_{stem}", key="convergence", label="Convergence")
        if seen.front:
            caption = f"Front of the search {search.name}"
            table_box(front_table(search), f"front_{stem}", caption=caption, key="run_front")
        history = f"History of the search {search.name}"
        table_box(history_table(search), f"history_{stem}", caption=history, key="run_history")
        answer = priced(run, seen.best) if seen.best else None
        known = answer is not None and seen.best is not None and same_miou(answer, seen.best)
        make = partial(
            run_report,
            search,
            facts=facts(run),
            best=answer if known else None,
            made=today(),
            source=source,
        )
        report_button(make, f"report_{stem}", key="run")


def facts(run: Run) -> Mapping[str, str]:
    """Settings and limits of a run by their names."""
    found = {name.capitalize(): str(run.settings.get(name, "–")) for name in _EFFORT}
    limits = limits_line(snapshot(run).ceilings).removeprefix("Limits in force: ")
    return {
        "Search": unmarked(run_title(run)),
        "State": f"{run.state}, generation {run.generation} of {run.generations}",
        "Limits": limits.rstrip("."),
        **found,
        "Begun": f"{run.date} UTC",
    }


def today() -> str:
    return f"{datetime.now(tz=UTC):%Y-%m-%d}"


def unmarked(text: str) -> str:
    """A text without the marks that keep Markdown from acting on it."""
    return _PLAIN.sub(r"\1", text).replace("  ·  ", "; ")


def _designs(run: Run) -> list[Design]:
    best = snapshot(run).best
    return [best] if best else list(snapshot(run).front[:1])
