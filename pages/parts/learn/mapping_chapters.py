"""Figures of how a network lies on arrays: slices and pairs, the map, staying put, resting."""

from __future__ import annotations

import streamlit as st

from cmn_core.charts.base.palette import MEMORY_NAMES, palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.lessons.grid import Kind, grid
from cmn_core.charts.lessons.idle import idle as bars
from cmn_core.classroom.figures.slices import CELL_BITS, MOST, Slices, slice_weight, sliced_chip
from cmn_core.classroom.figures.sparse import routed
from cmn_core.classroom.figures.stationary import residence
from cmn_core.classroom.figures.tiling import Tiling, tiling
from cmn_core.quantities import MAX_SIGMA_REL
from pages.parts.common.text import duration, number
from pages.parts.runs.pictures import Spec, draw, theme

BOTH = ("rram", "sram")
ANEW = {"1": 1, "10": 10, "1,000": 1000, "1,000,000": 10**6}


def slices() -> None:
    with st.container(horizontal=True, gap="medium"):
        weight = st.slider("Weight", -MOST, MOST, -93, key="learn_weight", width=320)
        bits = st.segmented_control(
            "Bits per cell", CELL_BITS, default=1, required=True, key="learn_slice_bits"
        )
    found = slice_weight(int(weight), bits)
    draw(
        _slices_picture(found, theme()),
        alt=f"The weight {found.weight} in {found.columns} pairs of cells with the levels"
        f" {', '.join(map(str, found.digits))}.",
        key="chart_slices",
    )
    sign = "−" if found.weight < 0 else ""
    terms = " + ".join(f"{d}·{p}" for d, p in zip(found.digits, found.places, strict=True))
    area, energy, sigma = sliced_chip(bits)
    plural = "s" if bits > 1 else ""
    st.caption(
        f"{sign}({terms}) = {found.value}. With cells of {bits} bit{plural} the chip takes"
        f" {number(area)} mm² and {number(energy)} µJ per image, at an output error of"
        f" {100 * sigma:.1f} % (sim.); a search allows {100 * MAX_SIGMA_REL:g} %."
    )


def memory_map() -> None:
    with st.container(horizontal=True, gap="medium"):
        block = st.segmented_control(
            "Block", (1, 2, 3, 4), default=2, required=True, key="learn_map_block"
        )
        side = st.segmented_control(
            "Rows and columns of an array",
            (64, 128, 256),
            default=128,
            required=True,
            key="learn_map_side",
        )
    found = tiling("rram", block, side)
    draw(
        _map_picture(found, theme()),
        alt=f"{found.arrays} arrays, {found.filled.mean():.0%} of their cells in use.",
        key="chart_tiling",
    )
    st.caption(
        f"One matrix of an expert, {found.inputs} inputs and {found.outputs} outputs of"
        f" {found.columns} columns each, on RRAM: {found.arrays} arrays of {side} × {side},"
        f" {found.filled.mean():.0%} of their cells in use (sim.). Numbers: cells in use, percent."
    )


def staying() -> None:
    rate = st.segmented_control(
        "Images between two writings of the weights",
        list(ANEW),
        default="1",
        required=True,
        key="learn_anew",
    )
    homes = {memory: residence(memory) for memory in BOTH}
    energies = {memory: dict(home.per_image(ANEW[rate])) for memory, home in homes.items()}
    totals = {memory: sum(parts.values()) for memory, parts in energies.items()}
    draw(
        spec(bars(energies, colours=palette(theme())), palette(theme())),
        alt="; ".join(f"{MEMORY_NAMES[m]} {number(v)} µJ per image" for m, v in totals.items()),
        key="chart_staying",
    )
    rram = homes["rram"]
    st.caption(
        f"An image costs {number(totals['rram'])} µJ on RRAM and {number(totals['sram'])} µJ on"
        f" SRAM (sim.). Writing RRAM takes {number(rram.write_s)} s, an image"
        f" {number(rram.image_s)} s. Written for every image it is worn out after"
        f" {duration(rram.life_s)}."
    )


def sparse() -> None:
    with st.container(horizontal=True, gap="medium"):
        count = int(st.slider("Experts in every block", 2, 5, 4, key="learn_sparse", width=320))
        memory = st.segmented_control(
            "Memory",
            BOTH,
            default="rram",
            required=True,
            format_func=MEMORY_NAMES.__getitem__,
            key="learn_sparse_memory",
        )
    ways = {f"all {count} work": None, "2 of them work": 2, "1 of them works": 1}
    found = {name: routed(memory, count, top_k) for name, top_k in ways.items()}
    draw(
        spec(
            bars({name: {"Energy": r.energy_uj} for name, r in found.items()},
                 colours=palette(theme())),
            palette(theme()),
        ),
        alt="; ".join(f"{name}: {number(r.energy_uj)} µJ" for name, r in found.items()),
        key="chart_sparse",
    )  # fmt: skip
    dense, one = next(iter(found.values())), found["1 of them works"]
    st.caption(
        f"One expert at work instead of {count} takes {1 - one.energy_uj / dense.energy_uj:.0%}"
        f" less energy. Latency is {number(dense.latency_us)} µs and at most"
        f" {number(one.latency_us)} µs. Arrays: {number(dense.array_mb)} MB either way (sim.)."
    )


def _slices_picture(found: Slices, mode: str) -> Spec:
    colours = palette(mode)
    columns = [f"× {place}" for place in found.places]
    lines = ("plus cell", "minus cell")
    boxes: list[tuple[str, str, str, Kind]] = []
    kinds: tuple[Kind, Kind] = ("plus", "minus")
    for line, levels, kind in zip(lines, found.pairs, kinds, strict=True):
        for column, level in zip(columns, levels, strict=True):
            boxes.append((line, column, str(level), kind if level else "empty"))
    return spec(grid(boxes, lines=lines, columns=columns, colours=colours), colours)


def _map_picture(found: Tiling, mode: str) -> Spec:
    colours = palette(mode)
    down, across = found.filled.shape
    lines = [f"rows {r + 1}" for r in range(down)]
    columns = [str(c + 1) for c in range(across)]
    boxes: list[tuple[str, str, str, Kind]] = [
        (
            lines[r],
            columns[c],
            f"{100.0 * found.filled[r, c]:.0f}",
            "plus" if found.filled[r, c] == 1.0 else "part",
        )
        for r in range(down)
        for c in range(across)
    ]
    chart = grid(boxes, lines=lines, columns=columns, colours=colours, title="Array across")
    return spec(chart, colours)
