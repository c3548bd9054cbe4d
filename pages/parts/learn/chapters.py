"""The live figure of each chapter of Learn: controls, picture, a sentence that reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from cmn_core.charts.base.palette import MEMORY_NAMES, palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.lessons.converter import converter, converter_frame
from cmn_core.charts.lessons.crossbar import crossbar
from cmn_core.charts.lessons.idle import idle as idle_chart
from cmn_core.charts.lessons.landscape import landscape as map_chart
from cmn_core.charts.lessons.levels import levels
from cmn_core.charts.lessons.tiles import tiles as tiles_chart
from cmn_core.charts.lessons.tiles import tiles_frame
from cmn_core.charts.search.front import front
from cmn_core.classroom.figures.cells import cell_levels
from cmn_core.classroom.figures.converter import BITS, measured_miou, resolutions
from cmn_core.classroom.figures.crossbar import ADC_BITS, ROWS, Reading, read_array
from cmn_core.classroom.figures.idle import even_at_s, idle
from cmn_core.classroom.figures.landscape import ACTIVE_ROWS, ITERATIONS, Landscape, landscape
from cmn_core.classroom.figures.landscape import ADC_BITS as MAP_BITS
from cmn_core.classroom.figures.tiles import BlockTiles, tiles
from cmn_core.quantities import MAX_SIGMA_REL
from pages.parts.common.text import number
from pages.parts.learn import mapping_chapters as mapping
from pages.parts.runs.cards import run_title
from pages.parts.runs.pictures import Spec, draw, theme
from pages.parts.runs.run_view import example_runs
from pages.parts.runs.snapshots import example_generation, first_points

PAUSES: Mapping[str, float | None] = {
    "no pause": None,
    "10 ms": 0.01,
    "0.1 s": 0.1,
    "1 s": 1.0,
    "10 s": 10.0,
    "1 min": 60.0,
    "10 min": 600.0,
    "1 h": 3600.0,
}
MOST_ARRAYS = 1600
LIMIT_PERCENT = round(100 * MAX_SIGMA_REL, 6)


def _network() -> None:
    with st.container(horizontal=True, gap="medium"):
        count = st.slider("Experts in every block", 1, 5, 2, key="learn_experts", width=320)
        memory = st.segmented_control(
            "Memory",
            ("rram", "sram"),
            default="rram",
            required=True,
            format_func=MEMORY_NAMES.__getitem__,
            key="learn_memory",
        )
    found = _tiles(memory, count)
    draw(
        _tiles_picture(memory, count, theme()),
        alt="Arrays of each block: " + ", ".join(f"block {b.block} {b.total}" for b in found) + ".",
        key="chart_tiles",
    )
    first, last = found[0], found[-1]
    st.caption(
        f"A: attention, E: experts. One expert takes {first.per_expert} arrays in block 1 and"
        f" {last.per_expert} in block 4 (sim.). Arrays of 128 × 128, weights of 8 bits, hidden"
        " sizes 64, 128, 320 and 512."
    )


def _evolution() -> None:
    runs = [run for run in example_runs() if run.generation > 1]
    if not runs:
        st.info("No recorded search ships with this copy. Start one, and watch it on Search.")
        st.page_link("search.py", label="Go to Search", icon=":material/play_arrow:")
        return
    run = runs[0]
    at = st.slider("Generation", 1, run.generation, 1, key="learn_generation", width=420)
    best = example_generation(run, at).best
    draw(
        _evolution_picture(run.run_id, at, theme(), run),
        alt=f"mIoU against energy of all networks alive in generation {at} of a recorded search.",
        key="chart_evolution",
    )
    value = number((best.metrics or {}).get("energy_uj")) if best else None
    found = f"best so far {value} µJ (sim.)" if value else "nothing within the limits yet"
    st.caption(f"Recorded search: {run_title(run)}. Generation {at} of {run.generation}: {found}.")


def _swarm() -> None:
    with st.container(horizontal=True, gap="medium"):
        step = st.slider("Step of the swarm", 0, ITERATIONS - 1, 0, key="learn_step", width=320)
        seed = st.number_input("Seed", 0, 99, 0, key="learn_seed", width=140)
    walk = _walk(int(seed))
    row, bit = walk.best_by(step)
    same = walk.best_by(step) == walk.optimum
    draw(
        _map_picture(int(seed), step, theme()),
        alt=f"Map of ADC bits and rows per read with six particles after {step} steps; the best"
        f" place so far is {MAP_BITS[bit]:g} bits and {ACTIVE_ROWS[row]:g} rows.",
        key="chart_map",
    )
    word = "which is the best there is" if same else "and there is a better one"
    st.caption(
        f"★ best place so far: {MAP_BITS[bit]:g} bits, {ACTIVE_ROWS[row]:g} rows,"
        f" {number(float(walk.edp[row, bit]))} µJ ms (sim.), {word}. Circles: particles."
        f" ✕: output error above {LIMIT_PERCENT:g} %."
    )


def _array() -> None:
    lines = list(range(1, ROWS + 1))
    with st.container(horizontal=True, gap="medium"):
        driven = st.pills(
            "Rows that are driven",
            lines,
            selection_mode="multi",
            default=[1, 2, 4, 6],
            key="learn_rows",
        )
        bits = st.segmented_control(
            "Bits of the ADC", ADC_BITS, default=ADC_BITS[-1], required=True, key="learn_bits"
        )
    reading = read_array(tuple(line in driven for line in lines), adc_bits=bits)
    draw(
        _array_picture(reading, theme()),
        alt=f"An array of {ROWS} rows; {len(driven)} are driven, and {reading.wrong} of"
        f" {len(reading.sums)} columns are read wrongly.",
        key="chart_array",
    )
    wrong = f"{reading.wrong} of {len(reading.sums)} columns are read wrongly"
    text = "every column is read rightly" if not reading.wrong else wrong
    st.caption(
        f"The ADC counts in steps of {reading.step}: {text}. Filled orange +1, filled blue −1,"
        " outlined: not driven or 0."
    )


def _adc() -> None:
    with st.container(horizontal=True, gap="medium"):
        rows = st.segmented_control(
            "Rows per read", (16, 32, 64, 128), default=64, required=True, key="learn_active"
        )
        bits = st.slider("Bits of the ADC", BITS[0], BITS[-1], 7, key="learn_adc", width=320)
    at = next(r for r in resolutions(rows) if r.adc_bits == bits)
    for column, quantity, noun in zip(
        st.columns(2, gap="large"), ("error", "energy_uj"), ("Output error", "Energy"), strict=True
    ):
        with column:
            draw(
                _adc_picture(rows, bits, quantity, theme()),
                alt=f"{noun} against ADC bits with {rows} rows per read; at {bits} bits"
                f" {100 * at.sigma_rel:.1f} % error and {number(at.energy_uj)} µJ.",
                key=f"chart_adc_{quantity}",
            )
    kept = f"about {measured_miou(at.sigma_rel):.1f} %"
    st.caption(
        f"{bits} bits: output error {100 * at.sigma_rel:.1f} %, {number(at.energy_uj)} µJ (sim.)."
        f" The largest network keeps a mIoU of {kept} under such an error, of"
        f" {measured_miou(0.0):.1f} % without, read between measured errors. Hollow: over the"
        " limit of a search."
    )


def _cells() -> None:
    bits = st.segmented_control(
        "Bits per cell", (1, 2, 3), default=1, required=True, key="learn_cell"
    )
    found = cell_levels(bits)
    worst = int(found.misread.argmax())
    draw(
        _cells_picture(bits, theme()),
        alt=f"{2**bits} levels of a cell of {bits} bits as hills; level {worst} is misread most, in"
        f" {found.misread[worst]:.1%} of reads.",
        key="chart_cells",
    )
    most = f"misread most: level {worst}, in {found.misread[worst]:.1%} of reads"
    text = most if found.misread[worst] > 1e-4 else "levels are practically never confused"
    st.caption(
        f"A weight of 8 bits takes {found.columns} columns; {text}. Cells alone make an output"
        f" error of {100 * found.sigma_rel:.1f} % (sim.); a search allows {LIMIT_PERCENT:g} %."
    )


def _standby() -> None:
    pause = st.select_slider(
        "One image every", list(PAUSES), value="no pause", key="learn_pause", width=420
    )
    even = even_at_s()
    costs = {m: idle(m, PAUSES[pause]) for m in ("rram", "sram")}
    meet = "they never meet" if even is None else f"they meet at one image every {even:,.0f} s"
    slow = [f"{MEMORY_NAMES[m]}, {number(c.latency_s)} s" for m, c in costs.items() if not c.keeps]
    if slow:
        st.warning(
            f"Too slow for this rate: {'; '.join(slow)} for an image. Its bar is image after image."
        )
    draw(
        _idle_picture(PAUSES[pause], theme()),
        alt="; ".join(
            f"{MEMORY_NAMES[m]} {number(c.total_uj)} µJ per image" for m, c in costs.items()
        ),
        key="chart_idle",
    )
    rram, sram = (number(costs[m].total_uj) for m in ("rram", "sram"))
    st.caption(
        f"One image costs {rram} µJ on RRAM and {sram} µJ on SRAM (sim.), with the wait; {meet}."
        f" Without a pause, image after image takes {number(costs['rram'].latency_s)} s on RRAM,"
        f" {number(costs['sram'].latency_s)} s on SRAM, one copy of every array."
    )


FIGURES: Mapping[str, Callable[[], None]] = {
    "network": _network,
    "map": mapping.memory_map,
    "stationary": mapping.staying,
    "sparse": mapping.sparse,
    "slices": mapping.slices,
    "evolution": _evolution,
    "swarm": _swarm,
    "array": _array,
    "adc": _adc,
    "cells": _cells,
    "standby": _standby,
}


def _tiles(memory: str, count: int) -> list[BlockTiles]:
    return tiles(memory, (count,) * 4)


# Shared without copies: what these return is only read.
@st.cache_resource(max_entries=20, show_spinner=False)
def _walk(seed: int) -> Landscape:
    return landscape(seed)


@st.cache_resource(max_entries=40, show_spinner=False)
def _tiles_picture(memory: str, count: int, mode: str) -> Spec:
    colours = palette(mode)
    found = _tiles(memory, count)
    frame = tiles_frame([(b.block, b.experts, b.per_expert, b.attention) for b in found])
    return spec(tiles_chart(frame, memory=memory, most=MOST_ARRAYS, colours=colours), colours)


@st.cache_resource(max_entries=80, show_spinner=False)
def _evolution_picture(run_id: str, at: int, mode: str, _run: Any) -> Spec:
    colours, seen = palette(mode), example_generation(_run, at)
    chart = front(
        points=seen.columns,
        designs=[],
        outline=True,
        best=seen.best,
        limits=seen.ceilings,
        cost="energy_uj",
        memory=_run.memory,
        colours=colours,
        first=first_points(_run),
    )
    return spec(chart, colours)


@st.cache_resource(max_entries=80, show_spinner=False)
def _map_picture(seed: int, step: int, mode: str) -> Spec:
    colours, walk = palette(mode), _walk(seed)
    count_r, count_b = walk.edp.shape
    fields = [
        (r, b, float(walk.edp[r, b]), bool(walk.allowed[r, b]))
        for r in range(count_r)
        for b in range(count_b)
    ]
    chart = map_chart(
        fields,
        [(float(r), float(b)) for r, b in walk.steps[step]],
        walk.best_by(step),
        rows_per_read=[int(v) for v in ACTIVE_ROWS],
        adc_bits=[int(v) for v in MAP_BITS],
        colours=colours,
    )
    return spec(chart, colours)


def _array_picture(reading: Reading, mode: str) -> Spec:
    colours = palette(mode)
    chart = crossbar(
        reading.weights.tolist(),
        reading.driven,
        reading.sums.tolist(),
        reading.read.tolist(),
        colours=colours,
    )
    return spec(chart, colours)


@st.cache_resource(max_entries=80, show_spinner=False)
def _adc_picture(rows: int, bits: int, quantity: str, mode: str) -> Spec:
    colours = palette(mode)
    points = [(r.adc_bits, r.sigma_rel, r.energy_uj) for r in resolutions(rows)]
    frame = converter_frame(points, MAX_SIGMA_REL)
    chart = converter(frame, quantity=quantity, chosen=bits, limit=LIMIT_PERCENT, colours=colours)
    return spec(chart, colours)


@st.cache_resource(max_entries=10, show_spinner=False)
def _cells_picture(bits: int, mode: str) -> Spec:
    colours, found = palette(mode), cell_levels(bits)
    return spec(levels(found.curves(), found.mean.tolist(), colours=colours), colours)


@st.cache_resource(max_entries=20, show_spinner=False)
def _idle_picture(interval_s: float | None, mode: str) -> Spec:
    colours = palette(mode)
    energies = {m: idle(m, interval_s).energy_uj for m in ("rram", "sram")}
    return spec(idle_chart(energies, colours=colours), colours)
