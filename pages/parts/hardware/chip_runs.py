"""Searches for the chip of given networks: started, listed, chosen, and what they found so far."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from cmn_core.models.assigning.steps import settings
from cmn_core.models.assigning.task import HardwareTask
from cmn_core.models.file import parse_model
from cmn_core.quantities import LIMITS, OBJECTIVES
from cmn_core.runs.home import home_dir
from cmn_core.runs.store.record import CHIP
from cmn_core.runs.workers.launch import top_up
from pages.parts.common.cache import Shared
from pages.parts.common.text import limit_text, plain
from pages.parts.common.visitor import take_key, visitor
from pages.parts.runs.run_view import STARTED, Run, find_run, mine, open_store, stored_runs

KEY = "chosen_chip"
MEMORY_WORDS = {"hybrid": "RRAM and SRAM", "rram": "RRAM", "sram": "SRAM"}
MOST_NAMES = 2  # of networks in a title
_ID = re.compile(r"[A-Za-z0-9_-]{4,64}")
_ANSWERS: Shared[Mapping[str, Any] | None] = Shared(40)


def start_chip(task: HardwareTask, networks: Sequence[str]) -> str:
    """Queue the search for the chip of these model files, JSON texts; its run id. FieldError where
    it cannot be searched for, or the visitor has enough in the queue."""
    files = [json.loads(text) for text in networks]
    stated = settings(task, [parse_model(file) for file in files])
    store = open_store()
    run_id = store.create(stated, visitor=visitor(), networks=files)
    top_up(store.home)
    st.session_state.setdefault(STARTED, []).append(run_id)
    st.session_state[KEY] = run_id
    return run_id


def chip_runs() -> list[Run]:
    """Newest first, as `stored_runs`."""
    return stored_runs(kind=CHIP)


def chosen_chip(runs: Sequence[Run]) -> Run | None:
    """The run of ?run=..., else that of the session, else the visitor's newest one."""
    take_key()
    wanted = st.query_params.get("run") or st.session_state.get(KEY)
    found = find_run(wanted) if wanted and _ID.fullmatch(wanted) else None
    if wanted and (found is None or not found.chip):
        st.session_state.pop(KEY, None)
        st.query_params.pop("run", None)
        st.warning("The address names no search for hardware on this machine. Pick one below.")
        found = None
    run = found or next(filter(mine, runs), None)
    if run is not None:
        show_chip(run.run_id)
    return run


def show_chip(run_id: str) -> None:
    """Show this run from now on."""
    st.session_state[KEY] = run_id
    if st.query_params.get("run") != run_id:
        st.query_params["run"] = run_id


def chip_title(run: Run) -> str:
    """Such as: resnet18 on RRAM and SRAM, least energy, area at most 20 mm²; names as in files."""
    names = [str(name) for name in run.settings.get("models", ())]
    left = len(names) - MOST_NAMES
    rest = f" and {left} other{'s' if left > 1 else ''}" if left > 0 else ""
    shown = ", ".join(names[:MOST_NAMES]) + rest
    memory = MEMORY_WORDS.get(run.memory, run.memory)
    label = f" “{run.label}”" if run.label else ""
    asked = [
        limit_text(name, value) if value else f"no limit on {limit.quantity.word}"
        for name, limit in LIMITS.items()
        if name in run.settings
        if (value := run.settings[name]) != getattr(HardwareTask, name)  # the default
    ]
    words = ", ".join([OBJECTIVES.get(run.goal, run.goal), *asked])
    return f"{shown} on {memory}, {words}{label}"


def chip_option(run: Run) -> str:
    """One line in the list of runs; no Markdown is read there."""
    end = "" if run.active else f" · {run.state}"
    return f"{run.date} · {chip_title(run)}{end}"


def chip_name(run: Run) -> str:
    """The title with nothing in it that Markdown would act on."""
    return plain(chip_title(run), 160)


def answer_of_run(run: Run) -> Mapping[str, Any] | None:
    """The cmn.chip/1 so far; None before the first step. Shared: a step never changes."""
    if not run.generation:
        return None
    key = (str(home_dir()), run.run_id, run.generation)
    return _ANSWERS.get(key, lambda: _answer(run.run_id))


def _answer(run_id: str) -> Mapping[str, Any] | None:
    step = open_store().chip_step(run_id)
    return None if step is None else {**step.answer, "run_id": run_id}
