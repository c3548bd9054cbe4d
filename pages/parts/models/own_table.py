"""A visitor's own table of measured accuracy, laid beside what its networks cost."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from cmn_core.architecture import SPACES
from cmn_core.assets import ASSETS
from cmn_core.charts.base.palette import MEMORY_NAMES, palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.design.measured import measured
from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.quantities import COSTS, QUANTITIES, TITLES
from cmn_core.whatif.formats.link import named
from cmn_core.whatif.formats.measured import (
    NEEDED,
    PLACED,
    MeasuredTable,
    NetworkCosts,
    design_of,
    priced,
    read_measured,
)
from pages.parts.common.text import plain
from pages.parts.design.draft import begin_elsewhere, turn_to
from pages.parts.frame.downloads import table_box
from pages.parts.runs.pictures import draw, theme
from pages.parts.search.own_accuracy import keep_button, own_tables_list

SHIPPED = ASSETS / "accuracy"
KEPT = "own_table"  # file name, text and space that were read last


def own_accuracy() -> None:
    """Upload, chart with a front for each memory, table of the fronts."""
    st.markdown(
        "Networks that you measured yourself: how does their accuracy stand against their cost on"
        " RRAM, SRAM and both?"
    )
    left, right = st.columns([1, 3], gap="large")
    space = left.selectbox(
        "Network family",
        list(SPACES),
        format_func=str.upper,
        key="own_table_space",
        help="Widths and depths of MiT-B0 to B2; the table gives experts and hidden sizes.",
    )
    file = right.file_uploader(
        "Measured accuracy (CSV)", type="csv", key="own_table_file", max_upload_size=1
    )
    _format(space)
    if file is not None:
        st.session_state[KEPT] = (file.name, file.getvalue())
    own_tables_list()
    held = st.session_state.get(KEPT)
    if held is None:
        st.caption("No table yet. Its networks appear here, priced on default macros, one copy.")
        return
    name, raw = held
    try:
        _answer(*_priced(raw, name, space), name)
        keep_button(raw, name, space)
    except FieldError as error:
        st.error(f"{plain(name)} was not read. {plain(str(error), limit=400)}.")


def _format(space: str) -> None:
    with st.expander("What a table of measured accuracy holds"):
        st.markdown(
            f"A CSV with a row per network. Needed columns: {', '.join(f'`{n}`' for n in NEEDED)}"
            " (experts and hidden size of blocks 1 to 4, mIoU in percent). Others are ignored;"
            " rows with `weight_bits` or `output_sigma` are left out of the chart, because they"
            " answer another question. A search needs at least 60 different networks, spread over"
            " the space. `python -m cmn_core measure` writes such tables."
        )
        shipped = SHIPPED / f"{space}_nyuv2.csv"
        if shipped.is_file():
            st.download_button(
                "Our own measured table (CSV)",
                shipped.read_bytes(),
                shipped.name,
                "text/csv",
                on_click="ignore",
                key="download_own_table",
                icon=":material/download:",
            )


def _answer(table: MeasuredTable, found: dict[str, NetworkCosts], name: str) -> None:
    left_out = f"; {table.left_out:,} rows of another kind left out" if table.left_out else ""
    st.caption(f"{plain(name)}: {len(table.networks):,} networks{left_out}.")
    cost = st.segmented_control(
        "Against",
        COSTS,
        default="energy_uj",
        required=True,
        format_func=lambda name: QUANTITIES[name].label,
        key="own_table_cost",
        label_visibility="collapsed",
    )
    fronts = {memory: found[memory].front(table.miou, cost) for memory in PLACED}
    rows = {memory: _rows(table, found[memory], fronts[memory], cost) for memory in PLACED}
    colours = palette(theme())
    best = max(table.miou)
    draw(
        spec(measured(rows, cost=cost, colours=colours), colours),
        alt=f"Measured mIoU against {QUANTITIES[cost].word} on RRAM, SRAM and hybrid; the best of"
        f" {len(table.networks)} networks reaches {best:.2f} %.",
        key="chart_own_table",
    )
    memory = st.segmented_control(
        "Front on",
        PLACED,
        default="hybrid",
        required=True,
        format_func=MEMORY_NAMES.__getitem__,
        key="own_table_memory",
    )
    _front(table, found[memory], fronts[memory], name)
    st.caption(
        "mIoU as your table has it (meas.); energy, latency and area simulated at 480 × 640 on"
        " default macros, one copy. Hybrid: each block on the memory with the least energy ×"
        " latency."
    )


def _front(table: MeasuredTable, found: NetworkCosts, front: list[int], name: str) -> None:
    """The networks that no other beats, and the way to Explore."""
    shown = [
        {
            "Row": at + 1,
            "Experts": " ".join(map(str, table.networks[at].experts)),
            "Hidden sizes": " ".join(map(str, table.networks[at].hidden)),
            "Memory": "".join("R" if here else "S" for here in found.rram[at]),
            TITLES["miou"]: table.miou[at],
            **{TITLES[n]: float(found.costs[n][at]) for n in COSTS},
        }
        for at in front
    ]
    digits = {TITLES[n]: st.column_config.NumberColumn(format="%.4g") for n in COSTS}
    networks = pd.DataFrame(shown)
    event: Any = st.dataframe(
        networks,
        hide_index=True,
        column_config=digits,
        on_select="rerun",
        selection_mode="single-row",
        key="own_table_front",
        alt="Networks on the front of your table.",
    )
    table_box(networks, "own_table_front", caption="Front of the table", key="own_table")
    rows = event["selection"]["rows"]
    at = front[rows[0]] if rows and rows[0] < len(front) else front[-1]
    st.button(
        f"Explore row {at + 1}" + ("" if rows else ", the most accurate"),
        key="own_table_explore",
        icon=":material/tune:",
        on_click=_explore,
        args=(named(design_of(table, found, at), f"{name.removesuffix('.csv')}, row {at + 1}"),),
    )


def _rows(
    table: MeasuredTable, found: NetworkCosts, front: list[int], cost: str
) -> list[dict[str, Any]]:
    best = set(front)
    return [
        {"number": at + 1, "miou": miou, cost: float(found.costs[cost][at]), "front": at in best}
        for at, miou in enumerate(table.miou)
    ]


def _explore(design: Design) -> None:
    begin_elsewhere(design)
    turn_to("explore.py")


# Shared without copies: what this returns is only read.
@st.cache_resource(max_entries=10, show_spinner="Pricing the table…")
def _priced(raw: bytes, name: str, space: str) -> tuple[MeasuredTable, dict[str, NetworkCosts]]:
    table = read_measured(raw, name, space=space)
    return table, {memory: priced(table, memory) for memory in PLACED}
