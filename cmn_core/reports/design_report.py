"""A report of one design or of several beside each other, and the figure of where it goes."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from cmn_core.charts.figures.composed import Figure
from cmn_core.charts.figures.cost_figure import breakdown_figure
from cmn_core.quantities import COSTS, FIGURES, TITLES
from cmn_core.reports.page import Part, plain_number, report_page
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.bounds import BARS, CAUSES, shares
from cmn_core.whatif.compare import compare
from cmn_core.whatif.formats.link import design_name, short_text
from cmn_core.whatif.report import change_text

NOTE = (
    "Energy, latency and area are simulated for one image of the workload. mIoU is predicted from"
    " measured subnets. In parentheses: 90 % intervals."
)


def source_of(answers: Sequence[Evaluation]) -> str:
    """Where the figures of these designs come from, as one line."""
    notes = [answer.design.provenance or {} for answer in answers]
    facts = []
    for words, key in (("cost model", "simulator"), ("constants", "parameters"), ("mIoU", None)):
        named = {
            str(note[key or "miou_source"]) for note in notes if (key or "miou_source") in note
        }
        if named:
            facts.append(f"{words} {', '.join(sorted(named))}")
    images = sorted({answer.design.workload.image for answer in answers})
    facts.append("cost at " + ", ".join(f"{rows} x {columns}" for rows, columns in images))
    return f"Source: {'; '.join(facts)}. CMN Explorer."


def design_figure(answer: Evaluation, *, name: str = "") -> Figure:
    """Energy, latency and area of a design by block and cause, as a figure for a paper."""
    return breakdown_figure(
        {
            quantity: [(s.block, s.cause, s.value, s.share) for s in shares(answer.cost, quantity)]
            for quantity in COSTS
        },
        name=name or design_name(answer.design) or short_text(answer.design),
        causes=list(CAUSES),
        blocks=list(BARS),
        source=source_of([answer]),
    )


def figures_table(answers: Sequence[Evaluation], names: Sequence[str]) -> pd.DataFrame:
    """A row per design: its figures, each with its 90 % interval, as texts."""
    rows = [
        {"Design": name, **{TITLES[m]: _figure(answer, m) for m in (*FIGURES, "miou_on_chip")}}
        for name, answer in zip(names, answers, strict=True)
    ]
    return pd.DataFrame(rows)


def differences_table(answers: Sequence[Evaluation], names: Sequence[str]) -> pd.DataFrame:
    """A row per design but the first: its differences to that, with the probability of the sign."""
    rows = []
    for name, answer in zip(names[1:], answers[1:], strict=True):
        found = compare(answer, answers[0])
        row = {"Design": name}
        for metric in FIGURES:
            d = found.get(metric)
            text = "–" if d is None else change_text(metric, d.change, likely=d.likely)
            row[TITLES[metric]] = "same" if d is not None and d.same else text
        rows.append(row)
    return pd.DataFrame(rows)


def design_report(answers: Sequence[Evaluation], names: Sequence[str], *, made: str) -> str:
    """The report as the text of an HTML file; names: one for each design, in order."""
    parts = [Part("Figures", NOTE, table=figures_table(answers, names))]
    if len(answers) > 1:
        words = "After a difference: the probability of its sign, both priced under the same draws."
        parts.append(Part(f"Against {names[0]}", words, table=differences_table(answers, names)))
    for name, answer in zip(names, answers, strict=True):
        figure = design_figure(answer, name=name)
        parts.append(Part(name, short_text(answer.design), [figure], data=answer.design.to_json()))
    title = names[0] if len(names) == 1 else f"{len(names)} designs compared"
    return report_page(title, parts, made=made, source=source_of(answers))


def _figure(answer: Evaluation, metric: str) -> str:
    value, interval = answer.metrics[metric], answer.interval(metric)
    if value is None:
        return "–"
    low_high = "" if interval is None else f" ({' to '.join(map(plain_number, interval))})"
    return f"{plain_number(value)}{low_high}"
