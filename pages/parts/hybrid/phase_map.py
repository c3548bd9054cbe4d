"""Which memory, when: the map of a network over images per second and die, as it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from cmn_core.charts.base.palette import palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.figures.phase_figure import phase_figure
from cmn_core.charts.search.phase import PICK, memory_letters, phase_map
from cmn_core.design import Design
from cmn_core.quantities import GOALS, TITLES
from cmn_core.search.scenario import Scenario
from cmn_core.whatif.edits import bare
from cmn_core.whatif.formats.link import short_text
from cmn_core.whatif.phase import AREA_SPAN_MM2, POINTS, RATE_SPAN, PhasePoint, steps
from pages.parts.common.text import number
from pages.parts.design.draft import DRAFT, begin_elsewhere
from pages.parts.frame.downloads import figure_box
from pages.parts.frame.tables import data_table
from pages.parts.hybrid.phase_job import PhaseJob, phase_job
from pages.parts.hybrid.phase_words import (
    eased_words,
    phase_answer,
    point_words,
    proof_words,
)
from pages.parts.runs.pictures import theme
from pages.parts.search.form_link import setup_query

OBJECTIVE = "energy"  # waiting is a matter of energy
BEAT_S = 1.0
_ATTEMPT, _OWN = "phase_attempt", "own"
_RATES, _DIES = steps(RATE_SPAN), steps(AREA_SPAN_MM2)


def show_phase(found: Mapping[str, Design]) -> None:
    """found: the hybrid designs of the page, by goal; the one of Explore can be chosen beside."""
    networks = dict(found)
    own: Design | None = st.session_state.get(DRAFT)
    if own is not None:
        networks[_OWN] = own
    st.header("Which memory, when", anchor=False)
    if not networks:
        st.caption("The map is of a network: queue a search, or open a design in Explore.")
        return
    names = list(networks)
    usual = names.index("energy") if "energy" in names else 0
    chosen = st.selectbox(
        "Network",
        names,
        index=usual,
        format_func=lambda name: _title(name, networks[name]),
        key="phase_network",
    )
    network = _network(networks[chosen])
    job = phase_job(network, OBJECTIVE, st.session_state.get(_ATTEMPT, 0))
    st.fragment(_body, run_every=None if job.over else BEAT_S)(job, network, job.over)


def _title(name: str, design: Design) -> str:
    made = design.architecture
    sizes = " ".join(f"{e}×{h}" for e, h in zip(made.experts, made.hidden, strict=True))
    which = "In Explore" if name == _OWN else f"Best hybrid for {GOALS[name].label.lower()}"
    return f"{which}: {sizes}"


def _network(design: Design) -> Design:
    """The network alone: the map finds the hardware, at rates of its own."""
    plain = bare(design)
    return replace(plain, hardware=None, workload=replace(plain.workload, images_per_second=None))


def _body(job: PhaseJob, network: Design, was_over: bool) -> None:
    points, over = job.points, job.over
    if over and not was_over:
        st.rerun()  # no more redraws
    if job.trouble:
        st.error(f"The map was not finished: {job.trouble}.")
        st.button("Try again", key="phase_again", on_click=_again)
    elif not over:
        st.progress(len(points) / POINTS**2, text=f"{len(points)} of {POINTS**2} points done")
    if not points:
        return
    if over:
        st.markdown(f"{phase_answer(points)} {eased_words(points)}")
    rows, colours = [point.to_json() for point in points], palette(theme())
    event: Any = st.vega_lite_chart(
        spec(phase_map(rows, rates=_RATES, dies=_DIES, colours=colours), colours),
        width="stretch",
        key="chart_phase",
        alt=f"Memory of each block over images per second and die. {phase_answer(points)}",
        on_select="rerun",
        selection_mode=[PICK],
    )
    st.caption(
        "Each cell is the best chip for that rate and die, proven but for a few at the edge of"
        " what fits. Arrays take at most 10 MB, more only where the network needs more. Strips:"
        " memory of blocks 1 to 4, **orange RRAM, blue SRAM**. Paler: the best with a probability"
        " below 0.9, 0.75 or 0.5 under the calibration's draws. Percent: energy saved over the"
        " better uniform chip. Grey: nothing fits. Click a cell for its chip. Simulated."
    )
    if over:
        named = short_text(network)
        source = f"Source: cost model, {proof_words(points)}; simulated. CMN Explorer."
        draw = partial(phase_figure, rows, rates=_RATES, dies=_DIES, name=named, source=source)
        figure_box(draw, "phase_map", key="phase", label="Phase map")
    picked = event["selection"].get(PICK) or []
    at = picked[0].get("at") if picked else None
    if at is not None and int(at) < len(points):
        _point(points[int(at)], network)
    if over and st.toggle("Show the map as a table", key="twin_phase"):
        data_table(_table(points), "phase_map", alt="All points of the map.")


def _point(point: PhasePoint, network: Design) -> None:
    with st.container(border=True):
        st.markdown(point_words(point))
        with st.container(horizontal=True, gap="small"):
            if point.hardware is not None and st.button(
                "Open in Explore", key="phase_explore", icon=":material/tune:"
            ):
                begin_elsewhere(_chip(point, network))
                st.switch_page("explore.py")
            scenario = Scenario(
                goal="energy",
                memory="hybrid",
                space=network.space,
                workload=_chip(point, network).workload,
                max_area_mm2=point.max_area_mm2,
            )
            st.page_link("search.py", label="Search there", query_params=setup_query(scenario))


def _chip(point: PhasePoint, network: Design) -> Design:
    workload = replace(network.workload, images_per_second=point.images_per_second)
    return replace(network, workload=workload, hardware=point.hardware)


def _table(points: tuple[PhasePoint, ...]) -> pd.DataFrame:
    names = {"rate": "Images per second", "die": "Die at most (mm²)", "blocks": "Blocks 1 to 4"}
    rows = [
        {
            names["rate"]: point.images_per_second,
            names["die"]: point.max_area_mm2,
            names["blocks"]: memory_letters(point.memory) if point.memory else "–",
            TITLES["energy_uj"]: number(point.energy_uj),
            "All RRAM": number(point.all_rram_uj),
            "All SRAM": number(point.all_sram_uj),
            "Best with probability": number(point.probability_best),
        }
        for point in points
    ]
    return pd.DataFrame(rows)


def _again() -> None:
    st.session_state[_ATTEMPT] = st.session_state.get(_ATTEMPT, 0) + 1
