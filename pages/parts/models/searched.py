"""The form that searches hardware for the model of the page, alone or with others on one chip."""

from __future__ import annotations

import json
from dataclasses import replace

import streamlit as st

from cmn_core.design import Workload
from cmn_core.errors import FieldError
from cmn_core.models.assigning.task import HardwareTask
from cmn_core.quantities import LIMITS, MAX_AREA_MM2, OBJECTIVES
from cmn_core.runs.home import StoreError, told
from pages.parts.common.text import plain, shown_limit
from pages.parts.design.conditions import CONDITIONS, shown_condition, stated_condition
from pages.parts.hardware.chip_runs import MEMORY_WORDS, chip_name, chip_runs, start_chip
from pages.parts.models.answers import (
    OWN_FILES,
    Wanted,
    most_onnx_mb,
    presets,
    read_own,
    titles,
)

ASKED = ("images_per_second", "node_nm")  # conditions that the form offers again
# Limits of the form beside that of the die.
LIMITED = [name for name in LIMITS if name != "max_area_mm2" and hasattr(HardwareTask, name)]
MOST_LISTED = 3


def search_box(asked: Wanted) -> None:
    """A form that starts a search in the background, and the newest ones with where to see them."""
    with st.form("hardware_search", border=True):
        left, middle, right = st.columns(3, gap="medium")
        memory = left.selectbox(
            "Memory", list(MEMORY_WORDS), format_func=MEMORY_WORDS.__getitem__, key="sought_memory"
        )
        objective = middle.selectbox(
            "Wanted", list(OBJECTIVES), format_func=_capital, key="sought_objective"
        )
        area = right.number_input(
            "Largest die (mm²)",
            min_value=0.1,
            max_value=1e6,
            value=MAX_AREA_MM2,
            key="sought_area",
            help="Empty: no limit.",
        )
        place = asked.conditions
        for column, name in zip((left, middle), ASKED, strict=True):
            place = _condition(column, name, place)
        others = right.multiselect(
            "Share the chip with",
            [name for name, text in presets().items() if text != asked.model],
            format_func=lambda name: titles().get(name, name),
            key="sought_others",
            help="One chip for all of them, each with weights of its own.",
        )
        limits: dict[str, float | None] = {}
        for column, name in zip((left, middle, right), LIMITED, strict=True):
            limits[name] = _limit(column, name)
        files = st.file_uploader(
            "Other networks of your own (ONNX, JSON, ZigZag YAML, NeuroSim CSV)",
            type=[kind.strip(".") for kind in OWN_FILES],
            accept_multiple_files=True,
            key="sought_files",
            max_upload_size=most_onnx_mb(),
            help="They share the chip too, after those of the list.",
        )
        weights = st.text_input(
            "How often each is used",
            key="sought_weights",
            max_chars=200,
            placeholder="alike; or such as 3, 1: this network three times as often as the other",
            help="One number per network, this one first. They weigh what is minimised.",
        )
        started = st.form_submit_button("Search hardware", key="sought", type="primary")
    if started:
        try:
            task = HardwareTask(
                memory=memory,
                objective=objective,
                max_area_mm2=area,
                **limits,
                weights=_numbers(weights),
                parameters=asked.constants,
                technology=asked.documents,
                conditions=place,
            )
            listed = [presets()[name] for name in others]
            own = [read_own(file.getvalue(), file.name) for file in files]
            start_chip(task, [asked.model, *listed, *own])
        except (FieldError, StoreError) as error:
            st.error(f"No hardware can be searched. {plain(told(error), 400)}.")
        else:
            # A page whose fields are bound to the address cannot leave it by itself.
            st.success("The search is in the queue. Hardware shows what it finds, step by step:")
    for run in chip_runs()[:MOST_LISTED]:
        st.page_link(
            "hardware.py",
            label=f"{run.state.capitalize()}: {chip_name(run)}",
            icon=":material/memory:",
            query_params={"run": run.run_id},
        )


def _limit(column: st.delta_generator.DeltaGenerator, name: str) -> float | None:
    """One field of a limit, in the unit in which it is shown; None: no limit."""
    limit, usual = LIMITS[name], getattr(HardwareTask, name)
    value = column.number_input(
        f"Most {limit.quantity.word} ({limit.quantity.unit})",
        min_value=0.0,
        value=None if usual is None else shown_limit(name, usual),
        placeholder="no limit",
        format="%g",
        key=f"sought_{name}",
        help=f"{limit.help} Empty: no limit.",
    )
    return None if value is None else float(value) / limit.quantity.scale


def _capital(objective: str) -> str:
    return OBJECTIVES[objective].capitalize()


def _condition(column: st.delta_generator.DeltaGenerator, name: str, place: Workload) -> Workload:
    """One field of the conditions, which begins with what the page has."""
    known, usual = CONDITIONS[name], shown_condition(place, name)
    options = known.options(usual)
    value = column.selectbox(
        known.title,
        options,
        index=options.index(usual),
        format_func=known.text,
        key=f"sought_{name}_{usual:g}",  # another one when the page's changes
        help=known.help,
    )
    return replace(place, **{name: stated_condition(name, value)})  # type: ignore[arg-type]


def _numbers(text: str | None) -> tuple[float, ...]:
    """ "3, 1" -> (3.0, 1.0); FieldError for anything else."""
    out = []
    for word in filter(None, (part.strip() for part in (text or "").split(","))):
        try:
            out.append(float(json.loads(word)))
        except (ValueError, TypeError):
            found = f"found '{word[:20]}'"
            raise FieldError("weight", found, "numbers with commas between are expected") from None
    return tuple(out)
