"""Charts of one's own designs: what they cost, what moves them, where they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from cmn_core.charts.base.palette import palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.base.template import refilled
from cmn_core.charts.design import tornado
from cmn_core.charts.design.breakdown import breakdown, breakdown_rows
from cmn_core.charts.search import design_on_front as place
from cmn_core.charts.search.front import PICK, front_picture
from cmn_core.charts.search.parallel import parallel, parallel_frame
from cmn_core.quantities import COSTS, QUANTITIES, TITLES
from cmn_core.reports.design_report import design_figure
from cmn_core.search.constraints import Limits
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.bounds import BARS, CAUSES, shares
from cmn_core.whatif.compare import broken, excess
from cmn_core.whatif.sensitivity import Step
from pages.parts.common.cache import Shared
from pages.parts.common.text import number
from pages.parts.frame.downloads import figure_box, table_box
from pages.parts.frame.tables import data_table
from pages.parts.runs.pictures import Spec, draw, theme
from pages.parts.runs.run_view import Run
from pages.parts.runs.snapshots import first_points, snapshot

_TEMPLATES: Shared[Spec] = Shared(40)
_FRONTS: Shared[Spec] = Shared(300)


def show_breakdown(answer: Evaluation, quantity: str, *, twin: bool) -> None:
    """Bars of the blocks by cause; twin: with the table behind them."""
    found = [(s.block, s.cause, s.value, s.share) for s in shares(answer.cost, quantity)]
    segments, totals = breakdown_rows(found)
    top = max(segments, key=lambda row: float(row["value"]))
    draw(
        refilled(_template("breakdown", quantity, theme()), segments, segments, totals),
        alt=f"Where the {QUANTITIES[quantity].word} goes, block by block: most to the"
        f" {top['cause'].lower()} of {top['block'].lower()}, {number(top['value'])}.",
        key="chart_breakdown",
    )
    st.caption("*With* a block goes its patch embedding and its share of the decoder.")
    figure_box(partial(design_figure, answer), "breakdown", key="breakdown")
    if twin:
        share = "Share of the block"
        table = pd.DataFrame(found, columns=["Block", "Where", TITLES[quantity], share])
        percent = {share: st.column_config.NumberColumn(format="percent")}
        st.dataframe(table, hide_index=True, column_config=percent, alt="Each block by cause.")
        table_box(table, f"breakdown_{quantity}", caption="Where it goes", key="breakdown")


def show_tornado(
    base: Evaluation, steps: Sequence[Step], quantity: str, limits: Limits, *, twin: bool
) -> None:
    """Effect of one step of each variable of a design, marked where it breaks a limit; limits: as
    of `compare.judged`; twin: with the table of all steps and all figures that they move."""
    before = excess({**base.metrics, "sigma_rel": base.sigma}, limits)
    moves = tornado.ranked(
        [
            {
                "label": step.label,
                "towards": step.towards,
                "before": step.before,
                "after": step.after,
                "change": step.change[quantity],
                "points": step.change["miou"],
                "likely": step.likely.get(quantity),
                "breaks": "; ".join(broken(step.metrics or {}, limits, before=before)),
                **{name: step.change.get(name) for name in COSTS},
                "sigma": None if step.metrics is None else step.metrics.get("sigma_rel"),
            }
            for step in steps
        ]
    )
    first, noun = moves[0], QUANTITIES[quantity].word
    tables = tornado.layers(*tornado.tornado_rows(moves))
    draw(
        refilled(_template("tornado", quantity, theme()), *tables),
        alt=f"Effect of one step of each variable on {noun}; the largest is {first['label']},"
        f" {first['before']} to {first['after']}.",
        key="chart_tornado",
    )
    st.caption(
        "Bars stand on a root scale, so that small effects show beside large ones. Hollow: the"
        " sign of the effect is less than 95 % likely. Dashed, with ✗: the step breaks a limit"
        " or goes further beyond one."
    )
    if twin:
        names = {
            "label": "Variable",
            "before": "From",
            "after": "To",
            "change": f"Change of {noun}",
            "points": "mIoU (points)",
            "likely": "Probability of that sign",
            **{n: f"{QUANTITIES[n].label}, change" for n in COSTS if n != quantity},
            "sigma": "Output error",
            "breaks": "Breaks",
        }
        percent = [names[n] for n in ("change", "sigma", *COSTS) if n in names]
        data_table(
            pd.DataFrame(moves)[list(names)].rename(columns=names),
            f"steps_{quantity}",
            alt="The effect of one step of every variable.",
            config={n: st.column_config.NumberColumn(format="percent") for n in percent},
        )


def show_place(
    run: Run,
    cost: str,
    answer: Evaluation,
    pinned: Sequence[tuple[str, Evaluation]],
    *,
    limits: Limits,
    twin: bool,
) -> int | None:
    """The front of a run with this design and the pinned ones on it. Number of the design that a
    reader clicked, as `charts.front.front` gives it."""
    others = [(letter, other.metrics) for letter, other in pinned]
    table, noun = place.mark_rows([*others, (place.THIS, answer.metrics)]), QUANTITIES[cost].word
    below = _FRONTS.of(
        snapshot(run), (cost, theme(), limits), lambda: _front(run, cost, theme(), limits)
    )
    above = refilled(_template("marks", cost, theme()), *place.layers(table))
    event: Any = st.vega_lite_chart(
        place.laid_over(below, above, table, cost=cost),
        width="stretch",
        alt=f"mIoU against {noun}: the front of a search after generation {run.generation}, a ring"
        f" for this design at {number(answer.metrics[cost])} and"
        f" {number(answer.metrics['miou'])} %.",
        key="chart_place",
        on_select="rerun",
        selection_mode=[PICK],
    )
    if twin:
        shown = pd.DataFrame(table).rename(columns={"name": "Design", **TITLES})
        data_table(shown, "on_front", alt="This design and the pinned ones.")
    picked = event["selection"].get(PICK) or []
    found = picked[0].get("number") if picked else None
    return None if found is None else int(found)


def show_parallel(
    designs: Sequence[tuple[str, str, str, Mapping[str, Any]]], *, twin: bool
) -> None:
    """designs: as `charts.parallel.parallel_frame` takes them."""
    frame, colours = parallel_frame(designs), palette(theme())
    draw(
        spec(parallel(frame, colours=colours), colours),
        alt=f"{len(designs)} designs on parallel axes: mIoU, energy, latency, area and arrays; up"
        " is better.",
        key="chart_parallel",
    )
    if twin:
        table = frame.drop(columns=["at", "text"])
        data_table(table, "side_by_side", alt="All figures of all designs.")


def _template(kind: str, quantity: str, mode: str) -> Spec:
    return _TEMPLATES.get((kind, quantity, mode), lambda: _made(kind, quantity, mode))


def _made(kind: str, quantity: str, mode: str) -> Spec:
    colours = palette(mode)
    if kind == "marks":
        return spec(place.marks([], cost=quantity, colours=colours), colours)
    if kind == "tornado":
        return spec(tornado.tornado([], [], quantity=quantity, colours=colours), colours)
    chart = breakdown([], [], quantity=quantity, causes=list(CAUSES), blocks=BARS, colours=colours)
    return spec(chart, colours)


def _front(run: Run, cost: str, mode: str, limits: Limits) -> Spec:
    seen, colours = snapshot(run), palette(mode)
    return front_picture(
        points=seen.columns,
        designs=seen.front,
        best=seen.best,
        limits=limits.to_json(),
        cost=cost,
        memory=run.memory,
        colours=colours,
        first=first_points(run),
    )
