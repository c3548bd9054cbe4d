"""Designs in and out: files and pasted text checked, priced again, and their drift shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import pandas as pd
import streamlit as st

from cmn_core.design import MAX_FILE_BYTES, Design, design_schema
from cmn_core.errors import FieldError
from cmn_core.quantities import TITLES
from cmn_core.reports.design_report import design_report, figures_table
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.compare import Drift, drift
from cmn_core.whatif.formats.exchange import read_designs
from cmn_core.whatif.formats.link import named, pack_design, short_text
from cmn_core.whatif.report import change_text, designs_csv, designs_json, designs_markdown
from pages.parts.common.text import number, plain
from pages.parts.design.answers import answer_of, best_hardware_of
from pages.parts.design.draft import begin_elsewhere, turn_to
from pages.parts.design.pinned import joined, name_of, pin
from pages.parts.frame.downloads import report_button, table_box
from pages.parts.frame.tables import data_table
from pages.parts.runs.run_link import address

SCHEMA_TEXT = """
A design file is JSON of the schema `cmn.design/1`. It holds `space` and `architecture`: experts and
hidden size of four blocks. If they are known, also `workload`, `metrics`, `provenance` and
`hardware`: memory of each block, one macro per technology, copies. Unknown keys are refused. The
command line reads the same file: `python -m cmn_core evaluate design.json` prices it, and
`python -m cmn_core export design.json --out folder` writes the network's sliced weights.
"""
MOST_SHOWN = 6


def export_row(held: Sequence[Design], answers: Sequence[Evaluation]) -> None:
    """Everything pinned, as files and as a link."""
    links = [address("explore", design=pack_design(design)) for design in held]
    made = f"{datetime.now(tz=UTC):%Y-%m-%d}"
    files = (
        ("JSON", designs_json(answers), "designs.json", "application/json"),
        ("CSV", designs_csv(answers), "designs.csv", "text/csv"),
        (
            "Report (Markdown)",
            designs_markdown(answers, made=made, links=links),
            "designs.md",
            "text/markdown",
        ),
    )
    with st.container(horizontal=True, gap="small"):
        for text, data, name, kind in files:
            st.download_button(
                text,
                data,
                name,
                kind,
                on_click="ignore",
                key=f"export_{name}",
                icon=":material/download:",
            )
        names = [name_of(design).replace("\\", "") for design in held]
        report_button(partial(design_report, answers, names, made=made), "designs", key="designs")
        table = figures_table(answers, names)
        table_box(table, "designs_figures", caption="Figures of the designs", key="designs")
        with st.popover("Link", icon=":material/link:"):
            st.caption("The address holds all pinned designs.")
            st.code(address("designs", pins=joined(list(held))), language=None, wrap_lines=True)


def schema_notes() -> None:
    """What a design file holds, and its JSON Schema to take away."""
    with st.expander("What a design file holds"):
        st.markdown(SCHEMA_TEXT)
        st.download_button(
            "JSON Schema",
            json.dumps(design_schema(), indent=2) + "\n",
            "design.schema.json",
            "application/json",
            on_click="ignore",
            key="download_schema",
            icon=":material/download:",
        )


def import_box() -> None:
    """Files or a pasted text; each design is shown with its drift before it is taken."""
    left, right = st.columns(2, gap="large")
    with left:
        files = st.file_uploader(
            "Design files (JSON)",
            type="json",
            accept_multiple_files=True,
            key="upload",
            max_upload_size=1,
        )
    with right:
        text = st.text_area(
            "Or paste JSON",
            key="pasted",
            height=110,
            max_chars=MAX_FILE_BYTES,
            placeholder='{"schema": "cmn.design/1", …',
        )
    sources: list[tuple[str, bytes | str]] = [(f.name, f.getvalue()) for f in files or []]
    if text and text.strip():
        sources.append(("pasted text", text))
    shown = 0
    for name, raw in sources:
        try:
            designs = read_designs(raw, name)
        except FieldError as error:
            st.error(f"{plain(name)} was not read. {plain(str(error), limit=400)}.")
            continue
        for at, design in enumerate(designs[: MOST_SHOWN - shown]):
            _preview(design, name, f"{name}_{at}")
            shown += 1
        if len(designs) > MOST_SHOWN:
            st.caption(
                f"{plain(name)} holds {len(designs)} designs; the first {MOST_SHOWN} are shown."
            )


def _preview(design: Design, source: str, key: str) -> None:
    stem = source.removesuffix(".json")
    label = design if name_of(design) != short_text(design) else named(design, stem)
    try:
        found, searched = _complete(label)
        answer = answer_of(found)
    except FieldError as error:
        st.error(f"{plain(source)} cannot be built. {plain(str(error), limit=400)}.")
        return
    with st.container(border=True):
        st.markdown(f"**{name_of(found)}**  ·  {short_text(found)}")
        if searched:
            st.caption(
                "The file states no complete hardware: it was searched for the least energy"
                " × latency, as `evaluate` does."
            )
        changes = drift(design.metrics, answer)
        if changes:
            data_table(
                pd.DataFrame([_row(d) for d in changes]),
                f"drift_{key}",
                alt="Metrics of the file beside this simulator's.",
            )
        else:
            st.caption("The file states no metrics, so there is nothing to compare.")
        with st.container(horizontal=True):
            st.button(
                "Pin", key=f"take_{key}", icon=":material/push_pin:", on_click=pin, args=(found,)
            )
            st.button("Open in Explore", key=f"explore_{key}", on_click=_to_explore, args=(found,))


def _to_explore(design: Design) -> None:
    begin_elsewhere(design)
    turn_to("explore.py")


def _complete(design: Design) -> tuple[Design, bool]:
    """The design with hardware, and whether that had to be searched."""
    if design.hardware is not None and design.hardware.complete:
        return design, False
    with st.spinner("The file leaves hardware open; searching it…"):
        found = best_hardware_of(design, "edp", design.hardware is None)
    return named(found, name_of(design).replace("\\", "")), True


def _row(d: Drift) -> dict[str, str]:
    within = {True: "yes", False: "no", None: "–"}[d.within]
    change = "0" if d.change == 0.0 else change_text(d.metric, d.change, likely=None)
    return {
        "Figure": TITLES[d.metric],
        "In the file": number(d.claimed),
        "Now": number(d.ours),
        "Drift": change,
        "Within our 90 % interval": within,
    }
