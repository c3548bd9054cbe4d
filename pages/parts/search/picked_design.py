"""The design of a run that a reader picked, on a chart or in the table, and what to do with it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from cmn_core.charts.base.frames import letters
from cmn_core.charts.search.front import BEST
from cmn_core.charts.studies.table_b1 import table_b1
from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.quantities import RETICLE_MM2
from cmn_core.search.scenario import Scenario
from cmn_core.whatif.compare import verdicts
from cmn_core.whatif.formats.link import named, pack_design
from pages.parts.common.cache import Shared
from pages.parts.common.text import number
from pages.parts.design.figures import STYLE, answer_cards, remarks_of
from pages.parts.design.pinned import basket_trouble, pin
from pages.parts.frame.chrome import source_line
from pages.parts.frame.downloads import table_box
from pages.parts.runs.cards import (
    design_metrics,
    download_design,
    grouped_table,
    ranked,
    run_title,
    top_table,
)
from pages.parts.runs.pictures import show_blocks, show_tiles
from pages.parts.runs.repriced import in_force, priced, same_miou
from pages.parts.runs.run_link import choose
from pages.parts.runs.run_view import Run, comparable
from pages.parts.runs.snapshots import snapshot
from pages.parts.search.form import SOURCE, fill_form

PICKED, SEEN = "picked_design", "picks_seen"
TOP = 10
_ROWS: Shared[Any] = Shared(100)
_RANKED: Shared[pd.DataFrame] = Shared(100)
_TITLED: Shared[tuple[Design, str]] = Shared(100)


def take_picks(run: Run, **raw: int | None) -> None:
    """Keep the newest pick. raw: by chart or table, the number picked there now: a place on the
    front from 1, BEST, or None; a number that was there before is no new pick."""
    seen: dict[str, int | None] = st.session_state.setdefault(SEEN, {})
    front = snapshot(run).front
    for source, place in raw.items():
        key = f"{run.run_id} {source}"
        before, seen[key] = seen.get(key), place
        if place == before:
            continue
        if place is None or place == BEST or place > len(front):
            st.session_state.pop(PICKED, None)
        else:
            st.session_state[PICKED] = run.run_id, run.generation, place, front[place - 1]


def picked(run: Run) -> tuple[Design, str] | None:
    """The design to show and what it is: the one picked, else the best, else the nearest."""
    seen = snapshot(run)
    run_id, generation, number, design = st.session_state.get(PICKED, ("", 0, 0, None))
    if run_id == run.run_id and design is not None:
        when = "" if generation == run.generation else f" of generation {generation}"
        return design, f"Design {number} of the front{when}"
    if seen.best:
        return seen.best, "Best design"
    if seen.nearest:
        return seen.nearest.design, "Nearest design, which breaks a limit"
    return None


def back_to_best(run: Run) -> None:
    if st.session_state.get(PICKED, ("",))[0] == run.run_id:
        st.button("Back to the best", key="unpick", on_click=_unpick, type="tertiary")


def designs(run: Run) -> int | None:
    """The table of the best or of the whole front; number of the row picked in it."""
    front = snapshot(run).front
    if not front:
        return None
    st.subheader("Designs on the front", anchor=False)
    options = [TOP, len(front)] if len(front) > TOP else [len(front)]
    many = options[0]
    if len(options) > 1:
        many = st.segmented_control(
            "How many",
            options,
            default=TOP,
            required=True,
            format_func=lambda n: "Top ten" if n == TOP else "All on the front",
            key="front_many",
            label_visibility="collapsed",
        )
    st.caption(
        "Best first for this scenario. Pick a row, or a mark on a front above, to look at that"
        " design; without a pick the best one is shown."
    )
    frame = _RANKED.of(front, run.goal, lambda: ranked(front, run.goal))
    return top_table(frame.head(TOP if many == TOP else len(front)), key=f"front_{run.run_id}")


def detail(run: Run) -> None:
    """Figures, blocks and buttons of the design at hand."""
    found = picked(run)
    if found is None:
        return
    design, name = found
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(f"{name}, block by block", anchor=False, width="content")
        back_to_best(run)
    _figures(run, design)
    _actions(run, design, name)
    mixed, larger = run.memory == "hybrid", design.space != "b0"
    rows = _ROWS.of(
        design,
        (run.goal, run.memory),
        lambda: table_b1(
            {(run.goal, run.memory): design},
            "ours" if mixed or larger else "both",
            memories=(run.memory,),
            goals=(run.goal,),
        ),
    )
    grouped_table(rows, caption="Table B1: the rows of this search")
    table_box(rows, "table_b1_rows", caption="Rows of Table B1", key="b1_rows")
    if mixed:
        st.caption("The paper prints no network for a chip with both memories.")
        text = letters(design)
        show_tiles({run.goal: design}, alt=f"Technology of blocks 1 to 4: {text}.")
    elif larger:
        st.caption("The paper searches a network of B0's widths: its numbers are left out here.")
    else:
        st.caption("Ours; in parentheses the paper's Table B1.")
    left, right = st.columns(2, gap="large")
    with left:
        show_blocks(run, design, "experts", key="chart_experts", top=5)
    with right:
        show_blocks(run, design, "hidden", key="chart_hidden")
    if not larger:
        st.caption("Filled: this search. Hollow: the paper's Table B1, where it prints a value.")
    source_line([run], [design])


def duplicate(run: Run) -> None:
    """Callback: the form filled with the run's settings, to change and start."""
    try:
        scenario = Scenario.from_json(run.settings)
    except FieldError as error:
        st.session_state["form_note"] = f"These settings cannot be taken over. {error}"
        return
    fill_form(scenario, note="Filled in from a run. Change what you like and press **Start**.")
    st.session_state[SOURCE] = run.run_id
    choose(run.run_id)  # it stays in view, and is laid under the new one


def _figures(run: Run, design: Design) -> None:
    answer = priced(run, design)
    if answer is not None and same_miou(answer, design):
        st.html(STYLE)
        answer_cards(answer, verdicts=verdicts(answer, in_force(run)))
        return
    design_metrics(design)
    for sentence in remarks_of(design.metrics or {}):
        st.caption(sentence)
    if not comparable(run):
        st.caption(
            "mIoU from the own table of accuracy of this search, predicted as it was fitted then."
        )
    elif answer is not None and answer.metrics["miou"] is not None:
        on_chip = number(answer.metrics["miou_on_chip"])
        st.caption(
            f"mIoU as the run knew it. This version predicts {number(answer.metrics['miou'])} %,"
            f" and {on_chip} % with the error of the chip itself (pred.)."
        )


def _actions(run: Run, design: Design, name: str) -> None:
    title = f"{run_title(run).replace(chr(92), '')}: {name.lower()}"
    titled, token = _TITLED.of(design, title, lambda: _titled(design, title))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.page_link(
            "explore.py",
            label="Open in Explore",
            icon=":material/tune:",
            query_params={"design": token},
        )
        st.button(
            "Pin",
            key="pick_pin",
            icon=":material/push_pin:",
            on_click=pin,
            args=(titled,),
            help="Keep this design for comparison on Designs.",
        )
        file = f"design_{run.goal}_{run.memory}_{name.split(' of ')[0].replace(' ', '_').lower()}"
        download_design(design, file, key="download")
        if ((design.metrics or {}).get("area_mm2") or 0.0) > RETICLE_MM2:
            st.button(
                f"Search again within {RETICLE_MM2:.0f} mm²",
                key="one_die",
                icon=":material/crop:",
                on_click=_one_die,
                args=(run,),
            )
        if held := len(st.session_state.get("basket", ())):
            st.page_link("designs.py", label=f"{held} pinned", icon=":material/table_chart:")
    if trouble := basket_trouble():
        st.warning(trouble)


def _titled(design: Design, title: str) -> tuple[Design, str]:
    """The design under that name, and the same for an address."""
    whole = named(design, title)
    return whole, pack_design(whole)


def _one_die(run: Run) -> None:
    settings = {**run.settings, "max_area_mm2": RETICLE_MM2}
    try:
        scenario = Scenario.from_json(settings)
    except FieldError:
        return
    fill_form(scenario, note="Filled in from a run, with a limit on area. Press **Start search**.")
    st.session_state["draw_page_again"] = True  # AGAIN of live.py, which draws this


def _unpick() -> None:
    st.session_state.pop(PICKED, None)
