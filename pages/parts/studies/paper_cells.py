"""The paper's Tables G1 and G2 beside ours: stored answers, charts, tables, the savings."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from cmn_core.charts.base.palette import MEMORY_NAMES, palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.base.units import figures
from cmn_core.charts.studies.paper_cells import SETS, SHOWN, cell_dots, cell_rows
from pages.parts.common.tables import table_markup
from pages.parts.frame.tables import data_table, html_table
from pages.parts.runs.cards import group_row
from pages.parts.runs.pictures import Spec, draw, theme
from pages.parts.studies.frame import stored_result
from pages.parts.studies.stored_answers import (
    MADE_BY,
    Stored,
    compute,
    fingerprint,
    fresh,
    read_stored,
    with_measured,
)

SCOPES = {"ffn": "Expert FFNs", "network": "Whole network"}
CONSTANTS = {"paper": "Paper's tables", "silicon": "Published chips"}
QUANTITIES = {"energy": "Energy", "speed": "Speed", "size": "Size"}
NEW = "computed_again"


def answers() -> Stored | None:
    """The stored answers, or those computed again here, with the mIoU that was measured. Says on
    the page where they are stale or missing, with a button that computes them."""
    found = _answers()
    return None if found is None else with_measured(found, stored_result("compression"))


def _answers() -> Stored | None:
    found = _computed(fingerprint()) if st.session_state.get(NEW) else read_stored()
    if found is not None and fresh(found):
        return found
    if found is None:
        st.info("The comparison with the paper is not stored here. Computing it takes a minute.")
    else:
        st.warning(
            "These figures are older than the constants of this version. Computing them again"
            " takes a minute."
        )
    if st.button("Compute again", key="compute", icon=":material/refresh:"):
        try:
            _computed(fingerprint())
        except OSError as error:
            st.error(f"It could not be computed. {error}.")
            return found
        st.session_state[NEW] = True
        st.rerun()
    return found


def cell_cards(found: Stored, scope: str, constants: str) -> None:
    """How many cells lie within the band, and how far the median is, by quantity."""
    parts = []
    for quantity in SHOWN:
        rows = cell_rows(found["cells"], quantity=quantity, scope=scope, constants=constants)
        known = [row for row in rows if row["ratio"] is not None]
        close = sum(row["close"] for row in known)
        ratios = sorted(row["ratio"] for row in known)
        ends = f"ours / printed: {figures(ratios[0])} to {figures(ratios[-1])}" if known else ""
        parts.append(
            f'<article class="cmn-card" data-figure="{quantity}"><h3>{SHOWN[quantity].label}</h3>'
            f'<div class="value">{close} of {len(known)}</div>'
            f"<p>cells agree{_left_out(len(rows) - len(known))}</p><p>{ends}</p></article>"
        )
    label = f"Cells that agree, {SCOPES[scope]}"
    st.html(f'<section class="cmn-cards" aria-label="{label}">{"".join(parts)}</section>')


def show_cells(found: Stored, scope: str, constants: str) -> None:
    """One chart per quantity."""
    for quantity, column in zip(SHOWN, st.columns(3, gap="medium"), strict=True):
        rows = cell_rows(found["cells"], quantity=quantity, scope=scope, constants=constants)
        close = sum(row["close"] for row in rows)
        with column:
            draw(
                _picture(str(found.get("inputs")), quantity, scope, constants, theme(), found),
                alt=f"{SHOWN[quantity].label}, ours over printed: {close} of {len(rows)} cells"
                " within 15 % of the paper or inside its own spread.",
                key=f"chart_cells_{quantity}",
            )


def cell_table(found: Stored, scope: str, constants: str) -> None:
    """Every cell, printed and ours, with what the paper leaves open."""
    table = []
    for quantity in SHOWN:
        for row in cell_rows(found["cells"], quantity=quantity, scope=scope, constants=constants):
            table.append(
                {
                    "Row": row["row"],
                    "Memory": MEMORY_NAMES[row["memory"]],
                    "Quantity": f"{SHOWN[quantity].title}",
                    "Printed": row["printed"],
                    "Ours": row["ours"],
                    "Ours / printed": row["ratio"],
                    "How": row["how"],
                    "Agrees": "yes" if row["close"] else "no",
                    "Left open by the paper": row["assumed"],
                }
            )
    data_table(
        pd.DataFrame(table).round({"Ours": 4, "Ours / printed": 3}),
        "printed_cells",
        alt="Every printed cell beside ours.",
    )


def savings_table(found: Stored, scope: str, constants: str) -> None:
    """The abstract's factors: what the network saves, what hardware then saves, and printed."""
    lines = [
        line
        for line in found["savings"]
        if "by_network" not in line or (line["scope"], line["parameters"]) == (scope, constants)
    ]
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        groups.setdefault(line["baseline"], []).append(line)
    body = []
    for baseline, rows in groups.items():
        body.append(group_row(f"Against {baseline}", columns=5))
        body += [_saving(row) for row in rows]
    heads = ("By network", "By hardware", "Total", "Printed")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    label = "Where the savings come from"
    table = table_markup(f'<th scope="col" class="cmn-left">Saved</th>{head}', "".join(body), label)
    html_table(table, "savings", caption=label)


def made_by(found: Stored) -> str:
    return str(found.get("command", MADE_BY))


def _left_out(count: int) -> str:
    return f"; {count} printed ones have none of ours" if count else ""


def _saving(line: Mapping[str, Any]) -> str:
    name = f"{QUANTITIES[line['quantity']]}, {MEMORY_NAMES[line['memory']]}"
    if "scenario" in line:
        name = f"{name}, scenario {line['scenario']}"
    cells = [line.get("by_network"), line.get("by_hardware"), line["total"], line["printed"]]
    texts = "".join(f"<td>{'–' if v is None else f'{figures(v)}×'}</td>" for v in cells)
    return f'<tr><th scope="row">{html.escape(name)}</th>{texts}</tr>'


@st.cache_resource(max_entries=30, show_spinner=False)
def _picture(
    inputs: str, quantity: str, scope: str, constants: str, mode: str, _found: Stored
) -> Spec:
    rows = cell_rows(_found["cells"], quantity=quantity, scope=scope, constants=constants)
    colours = palette(mode)
    return spec(cell_dots(rows, quantity=quantity, colours=colours), colours)


@st.cache_resource(max_entries=2, show_spinner="Computing every cell again, about a minute…")
def _computed(key: str) -> Stored:
    return compute()


assert set(CONSTANTS) == set(SETS)
