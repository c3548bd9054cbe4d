"""Charts as finished specifications, shared by all sessions, keyed by (run, generation, theme)."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cmn_core.charts.blocks import block_bars
from cmn_core.charts.convergence import best_objective, hypervolume
from cmn_core.charts.frames import OBJECTIVES, metrics_frame
from cmn_core.charts.front import front
from cmn_core.charts.hybrid import technology_tiles, totals
from cmn_core.charts.network import network
from cmn_core.charts.palette import MEMORY_NAMES, palette
from cmn_core.charts.paper import printed_blocks
from cmn_core.charts.spec import spec
from pages.parts.store import Run, first_points, snapshot
from pages.parts.text import number

Spec = dict[str, Any]


def theme() -> str:
    """light or dark, as the reader sees the page."""
    return "dark" if st.context.theme.type == "dark" else "light"


def draw(picture: Spec, *, alt: str, key: str) -> None:
    """Put a specification on the page; the key lets a live chart swap its data in place."""
    st.vega_lite_chart(picture, width="stretch", key=key, alt=alt)


def show_convergence(run: Run) -> None:
    latest = snapshot(run)["history"][-1]
    value = number(latest.get("best_objective"))
    draw(
        _search_picture("objective", run.run_id, run.generation, theme(), run),
        alt=f"Best {OBJECTIVES[run.goal]} by generation; {value} after {run.generation}.",
        key="chart_objective",
    )


def show_hypervolume(run: Run) -> None:
    latest = snapshot(run)["history"][-1]
    draw(
        _search_picture("hypervolume", run.run_id, run.generation, theme(), run),
        alt=f"Hypervolume of the front by generation; now {number(latest.get('hypervolume'))}.",
        key="chart_hypervolume",
    )


def show_front(run: Run, cost: str, key: str = "") -> None:
    count = len(snapshot(run)["front"])
    name = {"energy_uj": "energy", "latency_us": "latency"}[cost]
    draw(
        _search_picture(cost, run.run_id, run.generation, theme(), run),
        alt=f"mIoU against {name}: {count} designs on the front of generation {run.generation}.",
        key=f"chart_front_{cost}{key}",
    )


def show_blocks(run: Run, design: Any, quantity: str, *, key: str, top: int | None = None) -> None:
    """Bars of a design of that run, the paper's hollow beside where it prints some."""
    values = ", ".join(map(str, design["architecture"][quantity]))
    noun = {"experts": "Experts", "hidden": "Hidden size"}[quantity]
    draw(
        _bars(design, quantity, run.goal, run.memory, top, theme()),
        alt=f"{noun} of blocks 1 to 4, {MEMORY_NAMES[run.memory]}: {values}.",
        key=key,
    )


def show_network(design: Any, *, key: str) -> None:
    experts = ", ".join(map(str, design["architecture"]["experts"]))
    hidden = ", ".join(map(str, design["architecture"]["hidden"]))
    draw(
        _network(design, theme()),
        alt=f"The network: experts {experts} and hidden sizes {hidden} in blocks 1 to 4.",
        key=key,
    )


def show_tiles(designs: dict[str, Any], *, alt: str) -> None:
    draw(_tiles(designs, theme()), alt=alt, key="chart_tiles")


def show_totals(designs: dict[tuple[str, str], Any], metric: str, *, alt: str) -> None:
    keyed = [(goal, memory, design) for (goal, memory), design in designs.items()]
    draw(_totals(keyed, metric, theme()), alt=alt, key=f"chart_total_{metric}")


@st.cache_data(max_entries=400, show_spinner=False)
def _search_picture(kind: str, run_id: str, generation: int, mode: str, _run: Run) -> Spec:
    run = _run
    colours, seen = palette(mode), snapshot(run)
    if kind in ("objective", "hypervolume"):
        make = best_objective if kind == "objective" else hypervolume
        chart = make(
            seen["history"],
            goal=run.goal,
            memory=run.memory,
            generations=run.generations,
            colours=colours,
        )
        return spec(chart, colours)
    return spec(
        front(
            points=seen["points"],
            designs=seen["front"],
            best=seen["best"],
            limits=seen["limits"],
            cost=kind,
            memory=run.memory,
            colours=colours,
            first=first_points(run),
        ),
        colours,
    )


@st.cache_data(max_entries=200, show_spinner=False)
def _bars(design: Any, quantity: str, goal: str, memory: str, top: int | None, mode: str) -> Spec:
    colours, paper = palette(mode), printed_blocks(goal, memory)
    chart = block_bars(design, quantity=quantity, colours=colours, paper=paper, top=top)
    return spec(chart, colours)


@st.cache_data(max_entries=100, show_spinner=False)
def _network(design: Any, mode: str) -> Spec:
    colours = palette(mode)
    return spec(network(design, colours=colours), colours)


@st.cache_data(max_entries=50, show_spinner=False)
def _tiles(designs: dict[str, Any], mode: str) -> Spec:
    colours = palette(mode)
    return spec(technology_tiles(designs, colours=colours), colours)


@st.cache_data(max_entries=100, show_spinner=False)
def _totals(designs: list[tuple[str, str, Any]], metric: str, mode: str) -> Spec:
    frame = metrics_frame({(goal, memory): design for goal, memory, design in designs})
    colours = palette(mode)
    return spec(totals(frame, metric=metric, colours=colours), colours)
