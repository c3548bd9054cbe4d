"""Our metrics beside what the paper prints: scenario by scenario, and the lines of G1 and G2."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import streamlit as st

from cmn_core.charts.base.palette import MEMORY_NAMES
from cmn_core.charts.studies.printed import Printed, printed_metrics
from cmn_core.design import Design
from cmn_core.quantities import (
    COSTS,
    ENERGY,
    GOALS,
    LATENCY,
    MIOU,
    RETICLE_MM2,
    TITLES,
    reticle_note,
)
from pages.parts.common.tables import table_markup
from pages.parts.common.text import number, origin
from pages.parts.frame.tables import html_table
from pages.parts.runs.cards import group_row, small_note
from pages.parts.runs.progress import Found
from pages.parts.runs.repriced import priced
from pages.parts.studies.frame import stored_result
from pages.parts.studies.paper_cells import SCOPES
from pages.parts.studies.stored_answers import fresh, read_stored, with_measured

NAMES = (*COSTS, MIOU.name)
NOTE = (
    "Ours is the whole network on the chip. The paper's energies and latencies fit the expert"
    " layers alone, so they stand beside ours and are not subtracted. In parentheses: printed in"
    " the paper. A dash is not given. **On chip**: mIoU with the error of the chip's own arrays and"
    " converters."
)
OURS = ("print.", "fitted sim.", "chips sim.")
LINES = {
    "nas": "Searched",
    "ptq": "Quantised",
    "none": "As it is",
    "kd": "Distilled, half of the layers",
    "nas+kd": "Searched, distilled",
}


def metric_table(
    found: Found,
    designs: Mapping[tuple[str, str], Design],
    notes: Mapping[tuple[str, str], str],
) -> None:
    """Rows scenario x memory; each cell ours with its letter, the paper's in parentheses.

    notes: (goal, memory) -> small words under the memory
    """
    heads = [*(TITLES[name] for name in NAMES), "On chip (%)"]
    head = "".join(f'<th scope="col">{head}</th>' for head in heads)
    body, large = [], False
    for goal in GOALS:
        body.append(group_row(GOALS[goal].title, columns=len(heads) + 1))
        for memory in ("rram", "sram"):
            design = designs.get((goal, memory))
            printed = printed_metrics(goal, memory)
            cells = "".join(_cell(name, design, printed.get(name)) for name in NAMES)
            run = found.get((goal, memory))
            answer = priced(run, design) if run and design else None
            on_chip = answer.metrics["miou_on_chip"] if answer else None
            cells += f"<td>{number(on_chip)}{'' if on_chip is None else _mark('pred.', '')}</td>"
            large |= bool(reticle_note(_known(design).get("area_mm2")))
            first = MEMORY_NAMES[memory] + small_note(notes.get((goal, memory), ""))
            body.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    _table(
        "metrics",
        "Metrics, ours and printed",
        f'<th scope="col" class="cmn-left">Memory</th>{head}',
        body,
    )
    st.caption(NOTE)
    if large:
        st.caption(
            f"\\* larger than one die can be (about {RETICLE_MM2:.0f} mm²). A search with a limit"
            " on area stays below."
        )


def tables_g() -> None:
    """Every line of Tables G1 and G2 beside ours, from the stored comparison."""
    stored = read_stored()
    if stored is None:
        st.info("The comparison with the paper is not stored here; Validation computes it.")
        st.page_link("validation.py", label="Go to Validation", icon=":material/fact_check:")
        return
    answers = with_measured(stored, stored_result("compression"))
    scope = st.segmented_control(
        "Count",
        list(SCOPES),
        default="ffn",
        required=True,
        format_func=SCOPES.__getitem__,
        key="g_scope",
    )
    values: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for cell in answers["cells"]:
        if cell.get("scope") in (scope, None) or cell["quantity"] == "miou_percent":
            values[cell["table"], cell["row"], cell["memory"], cell["quantity"]] = cell
    lines = dict.fromkeys(key[:3] for key in values)
    body, table = [], ""
    for line in lines:
        if line[0] != table:
            table = line[0]
            body.append(group_row(f"Table {table}", columns=9))
        body.append(_line(line, values))
    names = [
        *(
            f"{q} {n}"
            for q in (ENERGY.title, LATENCY.title)
            for n in ("print.", "fitted sim.", "chips sim.")
        ),
        *(f"{MIOU.title} print.", f"{MIOU.title} ours"),
    ]
    head = '<th scope="col" class="cmn-left">Network</th>' + "".join(
        f'<th scope="col" class="cmn-wrap">{name}</th>' for name in names
    )
    _table("tables_g1_g2", "Tables G1 and G2, printed and ours", head, body)
    old = "" if fresh(stored) else " These figures are older than the constants of this version."
    st.caption(
        "*print.*: printed. *Fitted*: ours with constants fitted to these very cells. *Chips*: ours"
        " with those of published chips, which never saw the paper. The tables count the expert"
        " layers alone; with the whole network every cell moves. Our mIoU is measured on test"
        f" images, as on Compression, with weights trained from scratch at low resolution.{old}"
    )
    st.page_link("validation.py", label="Cell by cell on Validation", icon=":material/fact_check:")


def _line(line: tuple[str, ...], values: Mapping[tuple[str, ...], Mapping[str, Any]]) -> str:
    approach, _, bits = line[1].partition(" ")
    name = f"{LINES.get(approach, approach)} {bits.upper()}".strip()
    cells = []
    for quantity in ("energy_uj", "latency_us"):
        cell = values.get((*line, quantity), {})
        cells += [cell.get("printed"), cell.get("ours"), cell.get("ours_silicon")]
    miou = values.get((*line, "miou_percent"), {})
    cells += [miou.get("printed"), miou.get("ours")]
    first = html.escape(f"{name}, {MEMORY_NAMES[line[2]]}")
    texts = "".join(f"<td>{number(value)}</td>" for value in cells)
    return f'<tr><th scope="row">{first}</th>{texts}</tr>'


def _table(name: str, label: str, head: str, body: list[str]) -> None:
    html_table(table_markup(head, "".join(body), label), name, caption=label)


def _known(design: Design | None) -> Mapping[str, float | None]:
    return {} if design is None else design.metrics or {}


def _cell(name: str, design: Design | None, printed: Printed | None) -> str:
    value = _known(design).get(name)
    star = "*" if name == "area_mm2" and reticle_note(value) else ""
    letter = "" if value is None or design is None else _mark(origin(name, design), "")
    ours = number(value) + star + letter
    if printed is None:
        return f"<td>{ours}</td>"
    paper = number(printed.value) + _mark("print.", printed.where)
    return f'<td>{ours} <span class="cmn-paper">({paper})</span></td>'


def _mark(letter: str, title: str) -> str:
    return f'<span class="cmn-mark" title="{html.escape(title)}">{letter}</span>'
