"""A report of one search, or of up to six beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from cmn_core.charts.base.frames import designs_frame, history_rows
from cmn_core.charts.figures.search_figures import (
    SearchRecord,
    comparison_figure,
    convergence_figure,
    front_figure,
)
from cmn_core.design import HYBRID
from cmn_core.quantities import GOALS, TITLES
from cmn_core.reports.design_report import NOTE, design_figure, figures_table
from cmn_core.reports.page import Part, report_page
from cmn_core.search.inner.pareto import UNIFORM_NOTE
from cmn_core.search.scoring.evaluation import Evaluation

TOP = 20  # designs of a front that are printed


def run_report(
    search: SearchRecord,
    *,
    facts: Mapping[str, str],
    best: Evaluation | None,
    made: str,
    source: str,
) -> str:
    """The report as the text of an HTML file.

    facts: settings and limits by their labels; best: the best design priced by this version, None
    where there is none or where it is priced differently now
    """
    settings = pd.DataFrame({"Setting": list(facts), "Value": list(facts.values())})
    parts = [Part("What was asked", table=settings)]
    if search.best is not None:
        words = NOTE
        if best is None:
            words = (
                "This version prices the design differently, so its figures are the stored ones."
            )
        parts.append(
            Part(
                "Best design",
                words,
                [] if best is None else [design_figure(best, name="the best design")],
                stored_table(search) if best is None else figures_table([best], ["Best"]),
                search.best.to_json(),
            )
        )
        parts.append(Part("Convergence", figures=[convergence_figure(search, source=source)]))
    else:
        parts.append(Part("Best design", "No design found meets all limits."))
    if search.designs:
        parts.append(
            Part(
                "Front",
                f"{_shown(len(search.designs))}, best first.{_mixed(search.memory)}",
                [front_figure(search, source=source)],
                front_table(search).head(TOP),
            )
        )
    return report_page(search.name, parts, made=made, source=source)


def comparison_report(searches: Sequence[SearchRecord], *, made: str, source: str) -> str:
    """Up to six searches in one picture, their best designs in one table."""
    table = comparison_table(searches)
    parts = [
        Part("Best designs", NOTE, table=table),
        Part("Fronts and convergence", figures=[comparison_figure(searches, source=source)]),
        Part(
            "Designs",
            data={s.name: None if s.best is None else s.best.to_json() for s in searches},
        ),
    ]
    return report_page(f"{len(searches)} searches compared", parts, made=made, source=source)


def comparison_table(searches: Sequence[SearchRecord]) -> pd.DataFrame:
    """A row per search: its number in the picture, its name and the figures of its best design."""
    frame = designs_frame([s.best for s in searches if s.best is not None])
    found = iter(frame.to_dict("records"))
    rows = []
    for number, search in enumerate(searches, start=1):
        best = next(found) if search.best is not None else {}
        figures = {title: best.get(name) for name, title in TITLES.items() if name in frame}
        row = {"No.": number, "Run": search.name, "Experts": best.get("experts")}
        rows.append({**row, "Hidden": best.get("hidden"), **figures})
    return pd.DataFrame(rows)


def front_table(search: SearchRecord) -> pd.DataFrame:
    """The front as a table, best first for the goal of the search."""
    goal = GOALS[search.goal]
    order = [goal.quantity.name, goal.then.name]
    frame = designs_frame(search.designs).sort_values(
        order, ascending=[not goal.quantity.more_is_better, True]
    )
    titles = {"number": "No.", "experts": "Experts", "hidden": "Hidden", "memory": "Memory"}
    ends = {"miou_low": "mIoU from (%)", "miou_high": "mIoU to (%)"}
    return frame.rename(columns={**titles, **ends, **TITLES})


def history_table(search: SearchRecord) -> pd.DataFrame:
    """Generation by generation: evaluations, best value, hypervolume, share within the limits."""
    return pd.DataFrame(history_rows(search.history))


def _shown(count: int) -> str:
    return f"The first {TOP} of {count} designs" if count > TOP else f"All {count} designs"


def _mixed(memory: str) -> str:
    return f" {UNIFORM_NOTE}" if memory == HYBRID else ""


def stored_table(search: SearchRecord) -> pd.DataFrame:
    """The best design with the figures that the run stored."""
    assert search.best is not None
    frame = designs_frame([search.best]).drop(columns=["number"])
    return frame.rename(columns=TITLES)
