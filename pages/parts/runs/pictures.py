"""Charts as finished specifications, shared by all sessions, keyed by (run, generation, theme)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from cmn_core.charts.base.frames import metrics_frame
from cmn_core.charts.base.palette import MEMORY_NAMES, palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.search.blocks import block_picture
from cmn_core.charts.search.convergence import line_picture
from cmn_core.charts.search.front import AGAINST, PICK, front_picture
from cmn_core.charts.search.hybrid import technology_tiles, totals
from cmn_core.charts.search.network import network
from cmn_core.charts.studies.printed import printed_blocks
from cmn_core.design import Design
from cmn_core.quantities import GOALS, QUANTITIES
from cmn_core.search.constraints import Limits
from pages.parts.common.cache import Shared
from pages.parts.common.text import number
from pages.parts.runs.run_view import Run
from pages.parts.runs.snapshots import snapshot

Spec = dict[str, Any]
_PICTURES: Shared[Spec] = Shared(400)
_BARS: Shared[Spec] = Shared(200)
_NETWORKS: Shared[Spec] = Shared(100)


def theme() -> str:
    """light or dark, as the reader sees the page."""
    return "dark" if st.context.theme.type == "dark" else "light"


def draw(picture: Spec, *, alt: str, key: str) -> None:
    """Put a specification on the page; the key lets a live chart swap its data in place."""
    st.vega_lite_chart(picture, width="stretch", key=key, alt=alt)


def show_convergence(run: Run, other: Run | None = None) -> None:
    value = number(snapshot(run).history[-1].best_objective)
    draw(
        _search_picture("objective", *_key(run, other), theme(), run, other),
        alt=f"Best {GOALS[run.goal].quantity.title} by generation; {value} after {run.generation}."
        + _beside(other),
        key="chart_objective",
    )


def show_hypervolume(run: Run, other: Run | None = None) -> None:
    volume = snapshot(run).history[-1].hypervolume
    draw(
        _search_picture("hypervolume", *_key(run, other), theme(), run, other),
        alt=f"Hypervolume of the front by generation; now {number(volume)}." + _beside(other),
        key="chart_hypervolume",
    )


def show_front(run: Run, cost: str, other: Run | None = None) -> int | None:
    """Number of the design that a reader clicked: place on the front from 1, BEST, or None."""
    count = len(snapshot(run).front)
    event: Any = st.vega_lite_chart(
        _search_picture(cost, *_key(run, other), theme(), run, other),
        width="stretch",
        alt=f"mIoU against {QUANTITIES[cost].word}: {count} designs on the front of generation"
        f" {run.generation}." + _beside(other),
        key=f"chart_front_{cost}",
        on_select="rerun",
        selection_mode=[PICK],
    )
    picked = event["selection"].get(PICK) or []
    found = picked[0].get("number") if picked else None
    return None if found is None else int(found)


def show_sieved(
    run: Run, designs: Sequence[Design], kept: Sequence[bool], limits: Limits, cost: str
) -> None:
    """Designs of a run against limits that were moved since: hollow ones break one."""
    draw(
        _sieved(run.run_id, run.generation, cost, theme(), limits, run, designs, kept),
        alt=f"mIoU against {QUANTITIES[cost].word}: {sum(kept)} of {len(designs)} designs keep the"
        " limits set here.",
        key=f"chart_sieve_{cost}",
    )


def _key(run: Run, other: Run | None) -> tuple[str, int, str, int]:
    beside = ("", 0) if other is None else (other.run_id, other.generation)
    return run.run_id, run.generation, *beside


def _beside(other: Run | None) -> str:
    return "" if other is None else " Crosses, number 2: the other run."


def show_blocks(
    run: Run, design: Design, quantity: str, *, key: str, top: int | None = None
) -> None:
    """Bars of a design of that run, the paper's hollow beside where it prints some of that size."""
    values = ", ".join(map(str, getattr(design.architecture, quantity)))
    noun = {"experts": "Experts", "hidden": "Hidden size"}[quantity]
    draw(
        _BARS.of(
            design,
            (quantity, run.goal, run.memory, top, theme()),
            partial(_bars, design, quantity, run.goal, run.memory, top, theme()),
        ),
        alt=f"{noun} of blocks 1 to 4, {MEMORY_NAMES[run.memory]}: {values}.",
        key=key,
    )


def show_network(design: Design, *, key: str) -> None:
    experts = ", ".join(map(str, design.architecture.experts))
    hidden = ", ".join(map(str, design.architecture.hidden))
    draw(
        _NETWORKS.of(design, theme(), lambda: _network(design, theme())),
        alt=f"The network: experts {experts} and hidden sizes {hidden} in blocks 1 to 4.",
        key=key,
    )


def show_tiles(designs: dict[str, Design], *, alt: str) -> None:
    draw(_tiles(designs, theme()), alt=alt, key="chart_tiles")


def show_totals(designs: Mapping[tuple[str, str], Design], metric: str, *, alt: str) -> None:
    rows = metrics_frame(designs)
    draw(_totals(rows, metric, theme()), alt=alt, key=f"chart_total_{metric}")


def _search_picture(
    kind: str,
    run_id: str,
    generation: int,
    other_id: str,
    other_generation: int,
    mode: str,
    _run: Run,
    _other: Run | None,
) -> Spec:
    key = (kind, run_id, generation, other_id, other_generation, mode)
    return _PICTURES.of(snapshot(_run), key, lambda: _drawn(kind, mode, _run, _other))


def _drawn(kind: str, mode: str, run: Run, _other: Run | None) -> Spec:
    colours, seen = palette(mode), snapshot(run)
    second = None if _other is None else snapshot(_other)
    if kind in ("objective", "hypervolume"):
        return line_picture(
            "best_objective" if kind == "objective" else kind,
            seen.rows,
            goal=run.goal,
            memory=run.memory,
            generations=max(run.generations, 0 if _other is None else _other.generation),
            colours=colours,
            other=() if second is None else second.rows,
            other_memory="" if _other is None else _other.memory,
        )
    return front_picture(
        points=seen.columns,
        designs=seen.front,
        best=seen.best,
        limits=seen.ceilings,
        cost=kind,
        memory=run.memory,
        colours=colours,
        other=() if second is None else second.front,
        other_memory="" if _other is None else _other.memory,
    )


# Shared without copies: what this returns is only read.
@st.cache_resource(max_entries=200, show_spinner=False)
def _sieved(
    run_id: str,
    generation: int,
    cost: str,
    mode: str,
    limits: Limits,
    _run: Run,
    _designs: Sequence[Design],
    _kept: Sequence[bool],
) -> Spec:
    known = [design.metrics or {} for design in _designs]
    points: dict[str, list[Any]] = {n: [row.get(n) for row in known] for n in ("miou", *AGAINST)}
    points["feasible"] = list(_kept)
    colours = palette(mode)
    return front_picture(
        points=points,
        designs=[design for design, ok in zip(_designs, _kept, strict=True) if ok],
        best=None,
        limits=limits.to_json(),
        cost=cost,
        memory=_run.memory,
        colours=colours,
        first=points,
    )


def _bars(
    design: Design, quantity: str, goal: str, memory: str, top: int | None, mode: str
) -> Spec:
    colours, of_b0 = palette(mode), design.space == "b0"
    paper = printed_blocks(goal, memory) if of_b0 else None
    return block_picture(design, quantity=quantity, colours=colours, paper=paper, top=top)


def _network(design: Design, mode: str) -> Spec:
    colours = palette(mode)
    return spec(network(design, colours=colours), colours)


@st.cache_data(max_entries=50, show_spinner=False)
def _tiles(designs: dict[str, Design], mode: str) -> Spec:
    colours = palette(mode)
    return spec(technology_tiles(designs, colours=colours), colours)


@st.cache_data(max_entries=100, show_spinner=False)
def _totals(frame: pd.DataFrame, metric: str, mode: str) -> Spec:
    colours = palette(mode)
    return spec(totals(frame, metric=metric, colours=colours), colours)
