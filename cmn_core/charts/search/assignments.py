"""The 16 assignments of four blocks to two memories, best first, those that matter named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from cmn_core.charts.base.palette import LETTERS, SHAPES, Palette
from cmn_core.charts.base.spec import layered
from cmn_core.charts.base.template import data
from cmn_core.charts.base.units import figures
from cmn_core.quantities import TITLES

PICK = "pick"


def assignment_rows(
    found: Sequence[Mapping[str, Any]], quantity: str, chosen: str
) -> list[dict[str, Any]]:
    """One row per assignment (`whatif.assignments.Assignment.to_json`), least first; chosen: the
    letters of the one that a search took."""
    table = []
    for at, one in enumerate(found):
        letters = "".join(LETTERS[memory] for memory in one["memory"])
        kinds = set(one["memory"])
        value = one["figures"][quantity]
        table.append(
            {
                "letters": letters,
                "at": at,
                "kind": kinds.pop() if len(kinds) == 1 else "hybrid",
                "value": value,
                "label": figures(value) + ("  chosen" if letters == chosen else "")
                + ("" if one["feasible"] else "  breaks a limit"),
                "feasible": one["feasible"],
                "chosen": letters == chosen,
            }
        )  # fmt: skip
    return sorted(table, key=lambda row: (row["value"], row["letters"]))


def assignments(
    table: Sequence[Mapping[str, Any]], *, quantity: str, colours: Palette
) -> alt.LayerChart:
    """table: as of `assignment_rows`. A click is the point selection "pick" with the field at."""
    values = [float(row["value"]) for row in table]
    span = max(values) - min(values) or max(values)
    scale = alt.Scale(domain=[min(values) - 0.04 * span, max(values) + 0.28 * span], nice=False)
    y = alt.Y(
        "letters:N",
        title=None,
        sort=[row["letters"] for row in table],
        axis=alt.Axis(ticks=False, domain=False, labelFont="monospace", labelFontSize=13),
    )
    x = alt.X("value:Q", title=TITLES[quantity], scale=scale, axis=alt.Axis(tickCount=4))
    base = alt.Chart(data(table)).encode(x=x, y=y)
    kinds = list(SHAPES)
    colour = alt.Scale(domain=kinds, range=[colours.memory(kind) for kind in kinds])
    marks = (
        base.mark_point(size=110, strokeWidth=1.8, opacity=1, cursor="pointer")
        .encode(
            shape=alt.Shape(
                "kind:N", scale=alt.Scale(domain=kinds, range=list(SHAPES.values())), legend=None
            ),
            stroke=alt.Stroke("kind:N", scale=colour, legend=None),
            fill=alt.Fill("kind:N", scale=colour, legend=None),
            fillOpacity=alt.condition("datum.feasible", alt.value(0.9), alt.value(0.0)),
            tooltip=[
                alt.Tooltip("letters:N", title="Blocks 1 to 4"),
                alt.Tooltip("value:Q", title=TITLES[quantity], format=",.4~r"),
            ],
        )
        .add_params(alt.selection_point(name=PICK, fields=["at"]))
    )
    ring = (
        alt.Chart(data([row for row in table if row["chosen"]]))
        .mark_point(shape="circle", size=420, strokeWidth=2.5, color=colours.ink, opacity=1)
        .encode(x=x, y=y)
    )
    words = base.mark_text(align="left", dx=13, fontSize=12, color=colours.ink)
    return layered(ring, marks, words.encode(text="label:N")).properties(height=alt.Step(24))
