"""The live figure of each chapter of Learn: controls, picture, a sentence that reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from cmn_core.charts.base.palette import MEMORY_NAMES, palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.lessons.landscape import landscape as map_chart
from cmn_core.charts.lessons.tiles import tiles as tiles_chart
from cmn_core.charts.lessons.tiles import tiles_frame
from cmn_core.charts.search.front import front
from cmn_core.classroom.figures.landscape import ACTIVE_ROWS, ITERATIONS, Landscape, landscape
from cmn_core.classroom.figures.landscape import ADC_BITS as MAP_BITS
from cmn_core.classroom.figures.tiles import BlockTiles, tiles
from pages.parts.common.text import number
from pages.parts.learn import array_chapters as arrays
from pages.parts.learn import mapping_chapters as mapping
from pages.parts.learn.array_chapters import LIMIT_PERCENT
from pages.parts.runs.cards import run_title
from pages.parts.runs.pictures import Spec, draw, theme
from pages.parts.runs.run_view import example_runs
from pages.parts.runs.snapshots import example_generation, first_points

MOST_ARRAYS = 1600


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


FIGURES: Mapping[str, Callable[[], None]] = {
    "network": _network,
    "map": mapping.memory_map,
    "stationary": mapping.staying,
    "sparse": mapping.sparse,
    "slices": mapping.slices,
    "evolution": _evolution,
    "swarm": _swarm,
    "array": arrays.array,
    "adc": arrays.adc,
    "cells": arrays.cells,
    "standby": arrays.standby,
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
