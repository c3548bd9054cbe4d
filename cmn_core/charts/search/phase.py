"""Which memory, when: a map of memories per block over images per second and die."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import altair as alt

from cmn_core.charts.base.palette import LETTERS, Palette
from cmn_core.charts.base.spec import layered
from cmn_core.charts.base.template import data
from cmn_core.charts.base.units import amount
from cmn_core.quantities import AREA, ENERGY

PICK = "pick"
# Opacity of a cell whose choice is the best with a probability below each step, and from the last
# on. Words on it are in ink but for the last: between them no colour of words stands out by 4.5:1.
STEPS = (0.5, 0.75, 0.9)
OPACITIES = {"light": (0.35, 0.5, 0.7, 1.0), "dark": (0.3, 0.42, 0.55, 1.0)}
WIDE = 620  # pixels of the plot from which on words fit into a cell
_GAP, _LINE = 0.04, 0.19  # of a cell: around it, and between its middle and a line of words
Points = Sequence[Mapping[str, Any]]


def memory_letters(memory: Sequence[str]) -> str:
    """Such as "SRRR"."""
    return "".join(LETTERS[m] for m in memory)


def phase_cells(
    points: Points, rates: Sequence[float], dies: Sequence[float]
) -> list[dict[str, Any]]:
    """One row per point (`whatif.phase.PhasePoint.to_json`, as far as they are known): where it
    lies, what it says, and its place among them."""
    out = []
    for at, point in enumerate(points):
        column = rates.index(point["images_per_second"])
        line = dies.index(point["max_area_mm2"])
        uniform = [v for v in (point["all_rram_uj"], point["all_sram_uj"]) if v is not None]
        row = {
            "at": at,
            "x": column + _GAP,
            "x2": column + 1.0 - _GAP,
            "y": line + _GAP,
            "y2": line + 1.0 - _GAP,
            "rate": f"{_short(point['images_per_second'])} per second",
            "die": amount(AREA.name, point["max_area_mm2"]),
            "letters": "nothing fits",
            "energy": "–",
            "rram": _energy(point["all_rram_uj"]),
            "sram": _energy(point["all_sram_uj"]),
            "saved": "",
            "chance": "–",
            "level": len(STEPS),
        }
        if point["memory"] is not None:
            chance = float(point["probability_best"])
            row |= {
                "letters": memory_letters(point["memory"]),
                "energy": _energy(point["energy_uj"]),
                "chance": f"{chance:.0%}",
                "level": sum(chance >= step for step in STEPS),
            }
            saving = 1.0 - point["energy_uj"] / min(uniform) if uniform else 0.0
            row["saved"] = f"−{saving:.0%}" if saving >= 0.005 else ""
        out.append(row)
    return out


def strips(
    points: Points, cells: Sequence[Mapping[str, Any]], colours: Palette
) -> list[dict[str, Any]]:
    """Rectangles of neighbouring blocks on one memory, four blocks side by side in a cell."""
    out = []
    for point, cell in zip(points, cells, strict=True):
        if point["memory"] is None:
            continue
        wide, block = (cell["x2"] - cell["x"]) / len(point["memory"]), 0
        for memory, same in groupby(point["memory"]):
            count = len(list(same))
            out.append(
                {
                    "x": cell["x"] + wide * block,
                    "x2": cell["x"] + wide * (block + count),
                    "y": cell["y"],
                    "y2": cell["y2"],
                    "colour": colours.memory(memory),
                    "opacity": OPACITIES[colours.name][cell["level"]],
                }
            )
            block += count
    return out


def words_colour(level: int, colours: Palette) -> str:
    """Colour of words on a cell of that level."""
    return colours.page if level == len(STEPS) else colours.ink


def phase_map(
    points: Points, *, rates: Sequence[float], dies: Sequence[float], colours: Palette
) -> alt.LayerChart:
    """points: in any number, as they become known. A click is the point selection "pick" with the
    field at, a place among the points."""
    cells = phase_cells(points, rates, dies)
    across, upward = (rates, "Images per second"), (dies, f"Die ({AREA.unit})")
    x, y = _axis(alt.X, "x", *across), _axis(alt.Y, "y", *upward)
    ends = {"x2": "x2:Q", "y2": "y2:Q"}
    fill = (
        alt.Chart(data(strips(points, cells, colours)))
        .mark_rect()
        .encode(
            x=x,
            y=y,
            **ends,
            color=alt.Color("colour:N", scale=None),
            opacity=alt.Opacity("opacity:Q", scale=None),
        )
    )
    empty = (
        alt.Chart(data([c for c in cells if c["letters"] == "nothing fits"]))
        .mark_rect(fill=colours.panel, stroke=colours.rule)
        .encode(x=x, y=y, **ends)
    )
    words = [
        {
            **cell,
            "mx": (cell["x"] + cell["x2"]) / 2,
            "my": (cell["y"] + cell["y2"]) / 2 + (_LINE if cell["saved"] else 0.0),
            "under": (cell["y"] + cell["y2"]) / 2 - _LINE,
            "ink": words_colour(cell["level"], colours),
        }
        for cell in cells
        if cell["letters"] != "nothing fits"
    ]
    base = alt.Chart(data(words)).encode(
        x=_axis(alt.X, "mx", *across), y=_axis(alt.Y, "my", *upward)
    )
    fits = alt.value({"expr": f"width > {WIDE} ? 1 : 0"})
    shade = alt.Color("ink:N", scale=None)
    letters = base.mark_text(fontSize=11, fontWeight="bold").encode(
        text="letters:N", opacity=fits, color=shade
    )
    saved = base.mark_text(fontSize=11).encode(
        text="saved:N", opacity=fits, color=shade, y=_axis(alt.Y, "under", *upward)
    )
    chosen = alt.selection_point(name=PICK, fields=["at"])
    top = (
        alt.Chart(data(cells))
        .mark_rect(fillOpacity=0.0, fill=colours.page, cursor="pointer", strokeWidth=2.5)
        .encode(
            x=x,
            y=y,
            **ends,
            stroke=alt.condition(chosen, alt.value(colours.ink), alt.value(None), empty=False),
            tooltip=[
                alt.Tooltip("rate:N", title="Images"),
                alt.Tooltip("die:N", title="Die at most"),
                alt.Tooltip("letters:N", title="Blocks 1 to 4"),
                alt.Tooltip("energy:N", title=ENERGY.label),
                alt.Tooltip("rram:N", title="All RRAM"),
                alt.Tooltip("sram:N", title="All SRAM"),
                alt.Tooltip("chance:N", title="Best with probability"),
            ],
        )
        .add_params(chosen)
    )
    return layered(empty, fill, letters, saved, top).properties(height=34 * len(dies))


def _axis(kind: Any, field: str, values: Sequence[float], title: str) -> Any:
    names = json.dumps([_short(v) for v in values])
    axis = alt.Axis(
        values=[k + 0.5 for k in range(len(values))],
        labelExpr=f"{names}[floor(datum.value)]",
        labelOverlap="parity",
        labelAngle=0,
        grid=False,
        ticks=False,
        domain=False,
    )
    scale = alt.Scale(domain=[0, len(values)], nice=False, zero=False)
    return kind(f"{field}:Q", title=title, axis=axis, scale=scale)


def _energy(value: float | None) -> str:
    return "–" if value is None else amount(ENERGY.name, value)


def _short(value: float) -> str:
    """Two figures, as an axis has room for; whole numbers from ten on."""
    return f"{float(f'{value:.2g}'):,g}" if value < 10 else f"{value:,.0f}"
