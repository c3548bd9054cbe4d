"""Spread over seeds: searches that differ in nothing but the seed, and a button for more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

import pandas as pd
import streamlit as st

from cmn_core.charts.base.palette import MEMORY_NAMES, palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.search.seed_spread import spread, spread_rows
from cmn_core.design import Design
from cmn_core.quantities import GOALS, TITLES
from pages.parts.common.text import number
from pages.parts.frame.tables import data_table
from pages.parts.runs.pictures import draw, theme
from pages.parts.runs.progress import Found
from pages.parts.runs.run_choice import take
from pages.parts.runs.run_view import Run, example_runs, stored_runs
from pages.parts.runs.snapshots import snapshot
from pages.parts.search.form import newest_batch, queue_all

MORE = (1, 2, 3, 4)
Siblings = Mapping[tuple[str, str], list[Run]]


def seeds(found: Found) -> None:
    """The section; found: the runs that the page shows."""
    groups = {key: siblings(run) for key, run in found.items()}
    many = {key: runs for key, runs in groups.items() if len(runs) > 1}
    if many:
        _picture(many)
    else:
        st.caption(
            "Each search shown is a single run. The same settings with another seed show how far"
            " chance moves the result; four more seeds make a spread."
        )
    left, right = st.columns([1, 1.2], vertical_alignment="bottom")
    options = list(found)
    if st.session_state.get("seeds_of") not in options:
        st.session_state["seeds_of"] = options[0]
    with left:
        key = st.selectbox("Scenario", options, format_func=_name, key="seeds_of")
    missing = [seed for seed in MORE if seed not in {run.seed for run in groups[key]}]
    busy = [run for run in stored_runs(50) if run.active and _like(run, found[key])]
    with right:
        st.button(
            _label(missing),
            key="queue_seeds",
            icon=":material/shuffle:",
            disabled=not missing or bool(busy),
            on_click=_queue,
            args=(found[key], tuple(missing)),
        )


def siblings(run: Run) -> list[Run]:
    """Finished runs with the settings of this one but for the seed, one per seed, by seed."""
    known: dict[int, Run] = {}
    for other in [run, *example_runs(), *stored_runs(400)]:
        if other.state == "done" and _like(other, run) and snapshot(other).best:
            known.setdefault(other.seed, other)
    return [known[seed] for seed in sorted(known)]


def _label(missing: list[int]) -> str:
    if not missing:
        return "Seeds 1 to 4 are searched"
    if len(missing) == 1:
        return f"Search with seed {missing[0]}"
    return f"Search with seeds {', '.join(map(str, missing[:-1]))} and {missing[-1]}"


def _like(run: Run, other: Run) -> bool:
    same = {**run.settings, "seed": 0} == {**other.settings, "seed": 0}
    return same and (run.goal, run.memory) == (other.goal, other.memory)


def _picture(groups: Siblings) -> None:
    best = {k: _best(runs) for k, runs in groups.items()}
    table, colours = spread_rows(best), palette(theme())
    widest = max(abs(row["off"]) for row in table)
    draw(
        spec(spread(table, colours=colours), colours),
        alt=f"Best of each seed beside the median of its scenario; at most {widest:.2f} off.",
        key="chart_seeds",
    )
    lines = []
    for (goal, memory), found in best.items():
        name = GOALS[goal].quantity.name
        values = sorted(float((design.metrics or {})[name] or 0.0) for _, design in found)
        miou = sorted(float((design.metrics or {})["miou"] or 0.0) for _, design in found)
        lines.append(
            {
                "Search": f"{GOALS[goal].label}, {MEMORY_NAMES[memory]}",
                "Seeds": ", ".join(str(seed) for seed, _ in found),
                "Objective": GOALS[goal].quantity.title,
                "Median": number(median(values)),
                "Range": f"{number(values[0])} to {number(values[-1])}",
                f"{TITLES['miou']} pred.": f"{miou[0]:.2f} to {miou[-1]:.2f}",
                "Networks": len({design.architecture for _, design in found}),
            }
        )
    data_table(pd.DataFrame(lines), "seeds", alt="Median and range over the seeds, row by row.")


def _best(runs: Sequence[Run]) -> list[tuple[int, Design]]:
    """Seed and best design of those that have one."""
    found = [(run.seed, snapshot(run).best) for run in runs]
    return [(seed, design) for seed, design in found if design is not None]


def _name(key: tuple[str, str]) -> str:
    goal, memory = key
    return f"{GOALS[goal].label} on {MEMORY_NAMES[memory]}"


def _queue(run: Run, wanted: tuple[int, ...]) -> None:
    """Callback: the same search with other seeds, as one batch that the page then shows."""
    if queue_all([{**run.settings, "seed": seed} for seed in wanted]):
        st.query_params.pop("run", None)
        if len(wanted) > 1:
            take(newest_batch())
