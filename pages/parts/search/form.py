"""The form of a search: what to optimise, on which memory, within which limits, how long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from cmn_core.charts.base.palette import MEMORY_NAMES
from cmn_core.design import Workload
from cmn_core.errors import FieldError
from cmn_core.quantities import GOALS, LIMITS, SHORT_LIMITS
from cmn_core.runs.home import StoreError, told
from cmn_core.runs.workers.accuracy import accuracy_of
from cmn_core.search.scenario import PAPER, Scenario
from cmn_core.search.scoring.codesign_problem import CodesignProblem
from cmn_core.search.scoring.reachable import reachable
from pages.parts.common.text import plain
from pages.parts.design.technology_files import asked_technology, technology_box
from pages.parts.runs.cards import exclusion, reach_lines
from pages.parts.runs.run_link import choose, lay_over
from pages.parts.runs.run_view import STARTED, find_run, open_store, start
from pages.parts.runs.settings import ADVANCED, advanced_fields, read_factors, shown
from pages.parts.search.conditions import (
    CONDITIONS,
    condition_fields,
    conditioned,
    conditions_of,
    paper_button,
    placed,
    placement_fields,
    rest_of,
)
from pages.parts.search.own_accuracy import pick_table, picked_settings, source_box
from pages.parts.search.start_design import BEGIN, begin_box

SOURCE = "duplicated_from"  # id of the run whose settings fill the form
TOGETHER = "queued_together"  # ids of this visitor's last batch
CARRIED = "form_carried"  # settings without a field, of the run that was duplicated
NOTE, REFUSED = "form_note", "form_refused"
REACH = "form_reach"  # limits in force and what can be reached of each
EFFORT = {
    "population": ("Population", 50, 2, "Architectures alive in each generation."),
    "generations": ("Generations", 30, 1, "Rounds of selection, crossover and mutation."),
    "particles": ("Particles", 30, 1, "Hardware points that fly in each inner swarm."),
    "iterations": ("Iterations", 50, 1, "Steps of each inner swarm."),
    "seed": ("Seed", 0, 0, "Same seed, same result. Another seed shows the spread."),
}
BUTTONS = {
    "start": "Start search",
    "reach": "What can be reached?",
    "queue_six": "Queue all six of Table B1",
    "queue_three": "Queue the three hybrid ones",
}
# Settings whose empty field lifts what is on by default.
OPEN = (*(name for name in SHORT_LIMITS if LIMITS[name].open), "patience")
FIELDS = ("scenario", "memory", *SHORT_LIMITS, *EFFORT, *ADVANCED)
# Of whoever started a run; not for who duplicates it.
OWN_FILES = ("accuracy", "data", "weights", "accuracy_table")  # the last comes back to its owner


def fill_form(scenario: Scenario, *, note: str = "") -> None:
    """Lay a scenario into the form; no run is chosen then. Works from any page and callback."""
    settings, usual = scenario.to_json(), Scenario().to_json()
    for name in FIELDS:
        key = "form_goal" if name == "scenario" else f"form_{name}"
        value = shown(name, settings[name])
        whole = name in SHORT_LIMITS and isinstance(value, int)
        st.session_state[key] = float(value) if whole else value
    for name, value in conditions_of(settings["workload"]).items():
        st.session_state[f"form_{name}"] = value
    if scenario.routing is not None:
        st.session_state["form_routing"] = scenario.routing
    st.session_state["form_placement"] = scenario.placement
    carried = {
        name: value
        for name, value in settings.items()
        if name not in (*FIELDS, *OWN_FILES, "start", "workload", "routing", "placement")
        and value != usual.get(name)
    }
    rest = rest_of(settings["workload"])
    st.session_state[CARRIED] = {**carried, "workload": rest} if rest else carried
    st.session_state[BEGIN] = settings.get("start")
    st.session_state[NOTE] = note + pick_table(settings)
    st.session_state.pop(REFUSED, None)
    choose(None)


def search_form() -> None:
    """Draws the form; a submitted search is queued and becomes the one that the page shows."""
    if note := st.session_state.get(NOTE):
        st.info(note)
    _defaults()
    with st.container(horizontal=True, gap="medium"):  # also between lines, on a phone
        picked = st.segmented_control(
            "Scenario",
            list(GOALS),
            required=True,
            format_func=lambda g: GOALS[g].label,
            key="form_goal",
            persist_state="session",
        )
        st.segmented_control(
            "Memory",
            list(MEMORY_NAMES),
            required=True,
            format_func=MEMORY_NAMES.__getitem__,
            key="form_memory",
            persist_state="session",
            help="Hybrid chooses RRAM or SRAM for each block, or for each expert.",
        )
    st.caption(GOALS[str(picked)].about)
    placement_fields()
    source_box()
    begin_box()
    technology_box("search_technologies")
    with st.form("search", border=False, enter_to_submit=False):
        _fields(str(picked))  # one is required
        with st.expander("Advanced", key="form_advanced"):
            advanced_fields()
        st.text_input("Name (optional)", max_chars=60, key="form_label", placeholder="for the list")
        with st.container(horizontal=True):
            for key, label in BUTTONS.items():
                kind: Any = "primary" if key == "start" else "secondary"
                st.form_submit_button(label, type=kind, key=key, on_click=_submitted, args=(key,))
        st.caption(
            "The six are all scenarios on RRAM and on SRAM under the conditions of the paper, with"
            " each scenario's own limits; the three are under the default conditions. The effort"
            " and the seed above count for all of them, nothing else does."
        )
    _reach_lines()
    if carried := st.session_state.get(CARRIED):
        with st.container(horizontal=True, vertical_alignment="center"):
            names = ", ".join(plain(f"{name} {value}", 120) for name, value in carried.items())
            st.caption(f"Kept from the run that was duplicated: {names}.", width="content")
            st.button("Leave out", key="form_leave_out", on_click=_leave_out, type="tertiary")
    if REFUSED in st.session_state:
        st.error(f"The search was not started. {st.session_state.pop(REFUSED)}")


def queue_hybrid() -> list[str]:
    """Queue the three hybrid searches with the default effort; their ids."""
    return queue_all(_batch({}, ("hybrid",), asked_technology("hybrid")))


def newest_batch() -> str | None:
    """Name of the batch that was queued last here."""
    ids = st.session_state.get(TOGETHER) or [""]
    run = find_run(ids[0])
    return None if run is None else run.batch


def queue_all(requests: list[dict[str, Any]], label: str = "") -> list[str]:
    """Queue these scenarios (their JSON) together and show the first; their ids, none where that
    was refused, which the form then says."""
    try:
        scenarios = [Scenario.from_json(request) for request in requests]
        ids = start(scenarios, label=" ".join(label.split()) or None)
    except (FieldError, StoreError) as error:
        st.session_state[REFUSED] = told(error)
        return []
    choose(ids[0])
    source = st.session_state.pop(SOURCE, None)
    if source is not None and len(ids) == 1:  # the run that was duplicated stays in the picture
        lay_over(source)
    st.session_state[TOGETHER] = ids
    st.session_state[STARTED] = ids[:1]
    st.session_state.pop(NOTE, None)
    return ids


def refused() -> str | None:
    """Why the last search was not started, told once."""
    found: str | None = st.session_state.pop(REFUSED, None)
    return found


def _defaults() -> None:
    """Values of fields that nobody has set; a widget's own default would argue with `fill_form`."""
    usual: dict[str, Any] = {"form_goal": "energy", "form_memory": "rram"}
    usual |= {f"form_{name}": value for name, (_, value, _, _) in EFFORT.items()}
    usual |= {f"form_{name}": LIMITS[name].begin for name in SHORT_LIMITS}
    usual |= {f"form_{n}": v for n, v in conditions_of(Scenario().to_json()["workload"]).items()}
    usual |= {f"form_{name}": value for name, value in ADVANCED.items()}
    usual["form_placement"] = Scenario().placement
    for key, value in usual.items():
        if key not in st.session_state:
            st.session_state[key] = value


def _fields(goal: str) -> None:
    with st.grid(min_column_width=190, gap="small"):
        for name in SHORT_LIMITS:
            limit = LIMITS[name]
            st.number_input(
                limit.label,
                min_value=0.0,
                value=None,
                placeholder=GOALS[goal].usual.get(name, limit.usual),
                help=limit.help,
                key=f"form_{name}",
                persist_state="session",
            )
        condition_fields()
    paper_button(_as_paper)
    with st.grid(min_column_width=140, gap="small"):
        for name, (label, _, least, help_) in EFFORT.items():
            st.number_input(
                label,
                min_value=least,
                value=None,
                step=1,
                help=help_,
                key=f"form_{name}",
                persist_state="session",
            )


def _batch(
    values: dict[str, Any], memories: Iterable[str], conditions: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    effort = {name: value for name, value in values.items() if name in EFFORT}
    shared = {**(conditions or {}), **effort}
    pairs = [(goal, memory) for memory in memories for goal in GOALS]
    return [{"scenario": goal, "memory": memory, **shared} for goal, memory in pairs]


def _as_paper() -> None:
    """Callback: the paper's conditions into the fields."""
    settings = {n: v for n, v in PAPER.items() if n != "workload"}
    for name, value in {**settings, **conditions_of(PAPER["workload"])}.items():
        st.session_state[f"form_{name}"] = value


def _submitted(button: str) -> None:
    """Callback: taken in before the page runs, so that no other event can swallow the press."""
    state = st.session_state
    values = {n: state[f"form_{n}"] for n in FIELDS[2:] if state.get(f"form_{n}") is not None}
    lifted = [name for name in OPEN if f"form_{name}" in state]  # an empty field says no limit
    values = {**dict.fromkeys(lifted), **values}
    values["chip_miou"] = None if values.get("chip_miou", True) else False
    carried = state.get(CARRIED, {})
    try:
        values["noise_per_block"] = read_factors(values.get("noise_per_block"))
        begun = {**Workload().to_json(), **carried.get("workload", {})}
        values |= conditioned(begun, {n: state.get(f"form_{n}") for n in CONDITIONS})
    except FieldError as error:
        state[REFUSED] = str(error)
        return
    state.pop(REACH, None)
    if button in ("start", "reach"):
        scenario = {"scenario": state["form_goal"], "memory": state["form_memory"], **values}
        begin = {} if state.get(BEGIN) is None else {"start": state[BEGIN]}
        own = asked_technology(scenario["memory"])
        requests = [{**carried, **begin, **scenario, **placed(), **picked_settings(), **own}]
    elif button == "queue_six":
        requests = _batch(values, ("rram", "sram"), PAPER)
    else:
        requests = _batch(values, ("hybrid",))
    if button == "reach":
        _look(requests[0])
    else:
        queue_all(requests, state.get("form_label") or "")


def _look(request: dict[str, Any]) -> None:
    """What the limits of the form leave possible, before a search is started."""
    try:
        scenario = Scenario.from_json(request)
        if scenario.data is not None or scenario.weights is not None:
            raise FieldError("data", "a file is named", "only the command line reads files")
        problem = CodesignProblem.of(scenario, accuracy_of(scenario, open_store().path))
        st.session_state[REACH] = problem.limits.to_json(), reachable(problem)
    except (FieldError, StoreError) as error:
        st.session_state[REFUSED] = str(error)


def _reach_lines() -> None:
    """What was looked at last: per limit what is asked and what the others allow."""
    found = st.session_state.get(REACH)
    if found is None:
        return
    lines = reach_lines(*found)
    text = "  \n".join(line for line, _ in lines)
    note = "Of a few hundred networks tried with their best hardware; a search may reach further."
    if placed():
        note += " Chips are block by block here; by expert may reach further too."
    if not lines:
        st.info("A robust search judges by other figures; nothing is worked out before it.")
    elif all(kept for _, kept in lines):
        st.info(f"**The limits can be kept.** {note}  \n{text}")
    else:
        if together := exclusion(*found):
            text = f"{together}  \n{text}"
        st.warning(f"**A search may find nothing.** {note}  \n{text}")


def _leave_out() -> None:
    st.session_state.pop(CARRIED, None)
