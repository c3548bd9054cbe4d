"""Up to six runs in one picture, and which genes and knobs matter in one of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from cmn_core.charts.base.palette import palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.design.importance import SHOWN, importance_bars
from cmn_core.charts.figures.search_figures import (
    SearchRecord,
    compared_convergence,
    compared_fronts,
    comparison_figure,
)
from cmn_core.design import Design
from cmn_core.quantities import QUANTITIES, TITLES
from cmn_core.reports.run_report import comparison_report, comparison_table
from cmn_core.whatif.importance import ENOUGH, importances, noun
from pages.parts.common.cache import Shared
from pages.parts.common.tables import safe_frame
from pages.parts.frame.chrome import source_text
from pages.parts.frame.downloads import figure_box, report_button, table_box
from pages.parts.frame.tables import data_table
from pages.parts.runs.pictures import draw, theme
from pages.parts.runs.run_view import Run
from pages.parts.runs.snapshots import all_designs, snapshot
from pages.parts.runs.take_away import searched, today, unmarked

COSTED = ("energy_uj", "latency_us", "area_mm2", "array_mb", "miou")
FIGURES = ("energy_uj", "latency_us", "miou", "area_mm2")
_FOUND: Shared[list[tuple[str, float, float]]] = Shared(60)


def compare_runs(runs: Sequence[Run]) -> None:
    """Their fronts and, with one goal, their convergence; the best of each in a table."""
    searches = [searched(run) for run in runs]
    best = [search.best for search in searches if search.best]
    source = unmarked(source_text(runs, best))
    st.subheader(f"{len(runs)} runs compared", anchor=False)
    st.dataframe(
        safe_frame(comparison_table(searches)),
        hide_index=True,
        alt="The best design of each run compared.",
        column_config={
            QUANTITIES[name].title: st.column_config.NumberColumn(format=QUANTITIES[name].digits)
            for name in COSTED
        },
    )
    for cost, column in zip(("energy_uj", "latency_us"), st.columns(2, gap="large"), strict=True):
        with column:
            _fronts(searches, cost)
    if len({search.goal for search in searches}) == 1:
        colours = palette(theme())
        draw(
            spec(compared_convergence(searches, colours=colours), colours),
            alt="Best value by generation of each run compared.",
            key="chart_compared_convergence",
        )
    else:
        st.caption("The runs pursue different goals, so their best values share no axis.")
    st.caption(
        "Numbers are those of the table. Marks: designs that none of the same run beats in these"
        " two figures. Ring: the best design of a run."
    )
    with st.container(horizontal=True, gap="small"):
        make = partial(comparison_figure, searches, source=source)
        figure_box(make, "runs_compared", key="compared", label="Comparison")
        table = comparison_table(searches)
        table_box(table, "runs_compared", caption="Best designs of the runs", key="compared")
        report = partial(comparison_report, searches, made=today(), source=source)
        report_button(report, "runs_compared", key="compared")


def importance(run: Run) -> None:
    """How much each gene and knob tells of a figure, over the designs that the run kept."""
    quantity = st.segmented_control(
        "Of",
        FIGURES,
        default="energy_uj",
        required=True,
        format_func=lambda name: QUANTITIES[name].label,
        key="importance_of",
    )
    designs = all_designs(run)
    found = _FOUND.get(
        (run.run_id, run.generation, quantity),
        lambda: [(one.label, one.share, one.upward) for one in importances(designs, quantity)],
    )
    if not found:
        st.caption(f"At least {ENOUGH} different designs are needed; {len(designs)} were kept.")
        return
    colours = palette(theme())
    draw(
        spec(importance_bars(found, colours=colours), colours),
        alt=f"Most of the spread of {noun(quantity)} goes with {found[0][0].lower()}:"
        f" {found[0][1]:.0%}.",
        key="chart_importance",
    )
    st.caption(
        f"Share of the spread of {noun(quantity)} that a variable explains by itself, over the"
        f" {len(designs)} designs that the run kept. ↑ more of it goes with more {noun(quantity)}."
        " Variables move together in a search, so the shares do not add up."
    )
    if st.toggle("Numbers as a table", key="twin_importance"):
        names = ["Variable", "Share of the spread", "Rank correlation"]
        table = pd.DataFrame(found, columns=names)
        alt = f"All variables; {SHOWN} of them are drawn."
        data_table(table, f"importance_{quantity}", alt=alt)


def _fronts(searches: Sequence[SearchRecord], cost: str) -> None:
    colours = palette(theme())
    draw(
        spec(compared_fronts(searches, cost=cost, colours=colours), colours),
        alt=f"mIoU against {TITLES[cost]} of {len(searches)} runs.",
        key=f"chart_compared_{cost}",
    )


def with_designs(runs: Sequence[Run]) -> list[Run]:
    """Those that have a front to draw."""
    return [run for run in runs if run.generation and _front(run)]


def _front(run: Run) -> Sequence[Design]:
    return snapshot(run).front
