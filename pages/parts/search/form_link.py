"""A search as an address: the form filled in by ?scenario=...&memory=..., validated like a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import streamlit as st

from cmn_core.cli.searching.command_line import TABLE_FILE, command_line
from cmn_core.design import Workload
from cmn_core.errors import FieldError, one_line
from cmn_core.quantities import LIFTED, SHORT_LIMITS
from cmn_core.search.scenario import Scenario
from cmn_core.search.start import START, start_design, start_json
from cmn_core.whatif.formats.link import pack_design, unpack_design
from pages.parts.common.text import plain
from pages.parts.runs.run_link import address
from pages.parts.runs.run_view import Run, comparable
from pages.parts.runs.settings import ADVANCED, read_factors, shown
from pages.parts.runs.settings import REAL as ADVANCED_REAL
from pages.parts.search.conditions import CONDITIONS, conditioned, conditions_of
from pages.parts.search.form import EFFORT, FIELDS, OPEN, fill_form

WHOLE = (*EFFORT, "patience")
REAL = (*SHORT_LIMITS, *ADVANCED_REAL, *(n for n in CONDITIONS if n not in ("image", "routing")))
COUNT = "a whole number of 0 or more is expected"
SWITCH = {"true": True, "false": False}
_DIGITS = re.compile(r"[0-9]{1,16}")
_NUMBER = re.compile(r"[0-9.eE+-]{1,24}")


def open_setup() -> str | None:
    """Fill the form from the address, once; why not, where the address says what cannot be."""
    names = (*FIELDS, *CONDITIONS, "placement", START)
    query = {name: st.query_params[name] for name in names if name in st.query_params}
    if not query:
        return None
    for name in query:
        del st.query_params[name]
    try:
        scenario = read_setup(query)
    except FieldError as error:
        return plain(str(error), 240)
    fill_form(scenario, note="Filled in from the link. Press **Start search** to begin.")
    return None


def read_setup(query: Mapping[str, str]) -> Scenario:
    """The scenario of an address; FieldError names the first parameter that is wrong."""
    settings: dict[str, Any] = {"scenario": "energy"}
    conditions: dict[str, Any] = {}
    for name, text in query.items():
        if name in OPEN and text == LIFTED:
            settings[name] = None
        elif name in ("image", "routing"):
            conditions[name] = text
        elif name in CONDITIONS:
            conditions[name] = _real(name, text)
        elif name in WHOLE:
            settings[name] = int(_checked(_DIGITS, name, text, COUNT))
        elif name in REAL:
            settings[name] = _real(name, text)
        elif name == "chip_miou":
            settings[name] = SWITCH.get(text.lower(), text)
        elif name == "noise_per_block":
            settings[name] = read_factors(text)
        elif name == START:
            settings |= _begun(text)
        else:
            settings[name] = text
    if conditions:
        settings |= conditioned(settings.get("workload", Workload().to_json()), conditions)
    return Scenario.from_json(settings)


def setup_query(scenario: Scenario) -> dict[str, str]:
    """The address of a scenario, without what is as in every search."""
    values, usual = scenario.to_json(), Scenario().to_json()
    first = {name: str(values[name]) for name in ("scenario", "memory")}
    rest = [*SHORT_LIMITS, *EFFORT, *ADVANCED]
    out = first | {n: _text(n, values[n]) for n in rest if values[n] not in (None, usual[n])}
    out |= {n: LIFTED for n in OPEN if values[n] is None and usual[n] is not None}
    plain = conditions_of(usual["workload"])
    stated = conditions_of(values["workload"])
    stated["routing"] = scenario.routing or stated["routing"]
    out |= {n: _text(n, v) for n, v in stated.items() if v not in (None, plain[n])}
    if scenario.placement != Scenario().placement:
        out["placement"] = scenario.placement
    if scenario.start is None:
        return out
    return out | {START: pack_design(start_design(scenario.start, scenario.workload))}


def _begun(token: str) -> dict[str, Any]:
    """The start of an address; the search is in its space and on its workload."""
    try:
        design = unpack_design(token)
    except FieldError as error:
        raise FieldError(START, error.found, error.allowed) from None
    workload = design.workload.to_json()
    return {START: start_json(design), "space": design.space, "workload": workload}


def _real(name: str, text: str) -> float:
    try:
        return float(_checked(_NUMBER, name, text, "a number is expected"))
    except ValueError:
        raise FieldError(name, f"found '{one_line(text, 24)}'", "a number is expected") from None


def _checked(pattern: re.Pattern[str], name: str, text: str, allowed: str) -> str:
    if not pattern.fullmatch(text):
        raise FieldError(name, f"found '{one_line(text, 24)}'", allowed)
    return text


def _text(name: str, value: object) -> str:
    value = shown(name, value)
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def repeat_box(run: Run) -> None:
    """Folded: the address that fills the form as that run's was, and its command."""
    with st.expander("The same search again", key="links", on_change="rerun") as folded:
        if folded.open:  # what shows code is a program of 1.6 MB in the browser
            _repeated(run)
    if not comparable(run):
        st.caption(
            "The own table of accuracy is not in the link: pick it after opening. Beside the"
            f" command it must lie as {TABLE_FILE}."
        )


def _repeated(run: Run) -> None:
    try:
        scenario = Scenario.from_json(run.settings)
    except FieldError as error:
        st.caption(f"This version cannot repeat it. {plain(str(error), 240)}.")
        return
    st.caption("As a link, which fills the form:")
    st.code(address("search", **setup_query(scenario)), language=None, wrap_lines=True)
    line = command_line(scenario)
    st.caption("As a command, which gives the same result:")
    st.code(line.text, language="bash", wrap_lines=True)
    if line.missing:
        st.caption(f"No option of the command states: {', '.join(line.missing)}.")
    if line.files:
        st.caption("It reads these files:")
    for name, content in line.files.items():
        st.download_button(name, content, name, on_click="ignore", key=f"repeat_{name}")
