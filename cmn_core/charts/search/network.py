"""The searched network, drawn: four blocks from the image to the decoder, top to bottom.

Each block shows its patch embedding, its ViT layers, the router and five places for experts;
the places in use hold a bar as high as the hidden size is of its maximum.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from cmn_core.architecture import MAX_EXPERTS
from cmn_core.charts.base.frames import block_memory
from cmn_core.charts.base.palette import LETTERS, Palette
from cmn_core.charts.base.spec import layered, rows
from cmn_core.design import Design

WIDTH, BLOCK, GAP, END = 100.0, 96.0, 16.0, 24.0
ROW = (26.0, 68.0)  # top and bottom of the row of parts inside a block
PATCH, VIT, ROUTER = (3.0, 17.0), (20.5, 35.0), (38.5, 53.5)
EXPERTS = (58.0, 97.0)


def network(design: Design, *, colours: Palette) -> alt.LayerChart:
    """A drawing that fills the width it is given; about 500 pixels high."""
    boxes: list[dict[str, Any]] = []
    texts: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    space, image = design.search_space, design.workload.image
    grids = space.grids(*image)
    _end(boxes, texts, 0.0, f"Image {image[0]} × {image[1]}", colours)
    top = END
    for block in range(4):
        links.append({"x": 50.0, "y": top, "x2": 50.0, "y2": top + GAP})
        top += GAP
        rows_, columns = grids[block]
        _block(
            boxes,
            texts,
            links,
            top,
            title=f"Block {block + 1}",
            note=f"{rows_} × {columns} tokens, width {space.widths[block]}",
            layers=space.depths[block],
            experts=design.architecture.experts[block],
            hidden=design.architecture.hidden[block],
            most=space.max_hidden[block],
            memory=block_memory(design)[block],
            colours=colours,
        )
        top += BLOCK
    links.append({"x": 50.0, "y": top, "x2": 50.0, "y2": top + GAP})
    top += GAP
    _end(boxes, texts, top, "MLP decoder to 40 classes", colours)
    return _draw(boxes, texts, links, top + END, colours)


def _end(boxes: list[Any], texts: list[Any], top: float, label: str, colours: Palette) -> None:
    boxes.append(_box(18.0, top, 82.0, top + END, "transparent", colours.muted))
    texts.append(_text(50.0, top + END / 2, label, 12, colours.ink))


def _block(
    boxes: list[Any],
    texts: list[Any],
    links: list[Any],
    top: float,
    *,
    title: str,
    note: str,
    layers: int,
    experts: int,
    hidden: int,
    most: int,
    memory: str,
    colours: Palette,
) -> None:
    colour, letter = colours.memory(memory), LETTERS.get(memory, "–")
    upper, lower = top + ROW[0], top + ROW[1]
    middle = (upper + lower) / 2
    boxes.append(_box(0.0, top, WIDTH, top + BLOCK, colours.panel, colours.rule))
    texts.append(_text(3.0, top + 13, title, 13, colours.ink, "left", "bold"))
    texts.append(_text(24.0, top + 13, note, 12, colours.muted, "left"))
    boxes.append(_box(91.0, top + 4, 97.0, top + 22, colour, colour))
    texts.append(_text(94.0, top + 13.5, letter, 12, colours.page, "center", "bold"))
    parts = ((PATCH, "Patch"), (VIT, f"ViT ×{layers}"))
    for (left, right), label in parts:
        boxes.append(_box(left, middle - 14, right, middle + 14, colours.page, colours.muted))
        texts.append(_text((left + right) / 2, middle, label, 12, colours.ink))
    centre = (ROUTER[0] + ROUTER[1]) / 2
    if experts > 1:
        boxes.append(_box(ROUTER[0], middle - 14, ROUTER[1], middle + 14, colours.page, colour))
        texts.append(_text(centre, middle, "Router", 12, colours.ink))
    chain = [(PATCH[1], VIT[0]), (VIT[1], ROUTER[0]), (ROUTER[1], EXPERTS[0])]
    if experts == 1:
        chain = [(PATCH[1], VIT[0]), (VIT[1], EXPERTS[0])]
    links += [{"x": a, "y": middle, "x2": b, "y2": middle} for a, b in chain]
    pitch = (EXPERTS[1] - EXPERTS[0]) / MAX_EXPERTS
    for place in range(MAX_EXPERTS):
        left = EXPERTS[0] + place * pitch
        right = left + pitch - 1.4
        boxes.append(_box(left, upper, right, lower, "transparent", colours.rule))
        if place < experts:
            level = lower - (lower - upper) * hidden / most
            boxes.append(_box(left, level, right, lower, colour, colour))
    kind = "dense FFN" if experts == 1 else f"{experts} experts"
    label = f"{kind}, hidden {hidden} of {most}"
    texts.append(_text(EXPERTS[1], top + BLOCK - 13, label, 12, colours.ink, "right"))


def _box(x: float, y: float, x2: float, y2: float, fill: str, stroke: str) -> dict[str, Any]:
    return {"x": x, "y": y, "x2": x2, "y2": y2, "fill": fill, "stroke": stroke}


def _text(
    x: float, y: float, text: str, size: int, colour: str, align: str = "center", weight: str = ""
) -> dict[str, Any]:
    return {
        "x": x,
        "y": y,
        "text": text,
        "size": size,
        "colour": colour,
        "align": align,
        "weight": weight or "normal",
    }


def _draw(
    boxes: list[Any], texts: list[Any], links: list[Any], height: float, colours: Palette
) -> alt.LayerChart:
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.5, WIDTH + 0.5], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[height + 1, -1], nice=False))
    layers: list[Any] = [
        alt.Chart(rows(pd.DataFrame(boxes)))
        .mark_rect(cornerRadius=3, strokeWidth=1)
        .encode(
            x=x,
            y=y,
            x2="x2:Q",
            y2="y2:Q",
            fill=alt.Fill("fill:N", scale=None),
            stroke=alt.Stroke("stroke:N", scale=None),
        ),
        alt.Chart(rows(pd.DataFrame(links)))
        .mark_rule(strokeWidth=1.2, color=colours.muted)
        .encode(x=x, y=y, x2="x2:Q", y2="y2:Q"),
    ]
    words = pd.DataFrame(texts)
    for (align, weight), group in words.groupby(["align", "weight"], sort=True):
        layers.append(
            alt.Chart(rows(group))
            .mark_text(align=str(align), baseline="middle", fontWeight=str(weight), fontSize=12)  # type: ignore[arg-type]
            .encode(x=x, y=y, text="text:N", color=alt.Color("colour:N", scale=None))
        )
    chart = layered(*layers).properties(height=int(height) + 6)
    return chart.configure_view(strokeWidth=0)
