"""Published chips beside the simulator: held-out figures, scores, and chips of a visitor's own."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from string import ascii_lowercase
from typing import Any

import pandas as pd
import streamlit as st

from cmn_core.charts.base.palette import MEMORY_NAMES, palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.base.units import figures
from cmn_core.charts.studies.silicon import TITLES, agreement, chip_rows
from cmn_core.design import parse_json
from cmn_core.errors import FieldError
from cmn_core.silicon.agreement import FIGURES, scored
from cmn_core.silicon.calibration import CalibrationPoint
from cmn_core.silicon.chips import COLUMNS, DEVICES, MEASURED, PublishedChip, parse_chips
from cmn_core.silicon.predict import predictions
from cmn_core.silicon.report import CHIPS, VALIDATION, published
from cmn_core.spreadsheet import safe_cell
from pages.parts.common.text import plain
from pages.parts.frame.tables import data_table
from pages.parts.runs.pictures import Spec, draw, theme

MEMORY = {"RRAM": "rram", "SRAM-analog": "sram", "SRAM-digital": "sram"}
CLASSES = {"RRAM": "RRAM", "SRAM-analog": "SRAM, analog", "SRAM-digital": "SRAM, digital"}
NAMES = {
    "energy": "Efficiency",
    "speed": "Speed",
    "area": "Area",
    "speed, clock withheld": "Speed, clock withheld",
    "delay": "Time of a read",
}
# What a score says beside its median factor, in the order of the table.
SAID = (
    *("Chips", "Median factor", "Within 2×", "One line: median", "One line: within 2×"),
    *("50 % intervals cover", "90 % intervals cover", "Ours / published", "Lowest", "Highest"),
    *("Chips of 2024 on", "Their median factor"),
)
MOST_ROWS = 300
MOST_BYTES = 500_000
TABLE = {
    "citation": "Chip",
    "node": "Node",
    "precision": "Precision",
    "published": "Published",
    "ours": "Ours, held out",
    "ratio": "Ours / published",
}


def scores(device: str) -> dict[str, dict[str, Any]]:
    """Held-out scores of a class by quantity, as the stored file has them."""
    known = {(s["device"], s["quantity"]): s for s in _stored()["held_out"]}
    return {name: known[device, name] for name in NAMES}


def score_cards(device: str) -> None:
    """Median factor and share within 2x of each quantity, one vote per chip."""
    cells = "".join(
        f'<article class="cmn-card" data-figure="{name}"><h3>{NAMES[name]}</h3>'
        f'<div class="value">{figures(s["median_factor"])}×</div>'
        f"<p>median factor of {s['chips']} chips</p>"
        f"<p>{s['within_2x']:.0%} within 2×</p></article>"
        for name, s in scores(device).items()
    )
    label = f"Held-out errors of {CLASSES[device]}"
    st.html(f'<section class="cmn-cards" aria-label="{label}">{cells}</section>')


def show_scores(device: str) -> None:
    """Each score beside the one-line baseline, with coverage, lean and the newest chips."""
    rows = []
    for name, s in scores(device).items():
        lean = s["lean"]
        figures_of = (
            *(s["chips"], s["median_factor"], s["within_2x"]),
            *(s["one_line_median_factor"], s["one_line_within_2x"], s["covers_50"]),
            *(s["covers_90"], lean["median"], lean["low"], lean["high"]),
            *(s["newest_chips"], s["newest_median_factor"]),
        )
        rows.append({"Held out": NAMES[name], **dict(zip(SAID, figures_of, strict=True))})
    shares = [name for name in SAID if "ithin" in name or "cover" in name]
    data_table(
        pd.DataFrame(rows),
        f"scores_{device}",
        config={
            name: st.column_config.NumberColumn(format="percent" if name in shares else "%.3g")
            for name in SAID
        },
        alt=f"Every score of {CLASSES[device]} beside its baseline.",
    )
    between = _stored()["energy_lean_sram_digital_over_rram"]
    st.caption(
        "One line: the class's median, times V² for energy. Ours / published: median of the"
        " held-out chips, with its 90 % interval; of energy, digital SRAM leans"
        f" {figures(between)}× as far as RRAM."
    )


def show_agreement(device: str, *, twin: bool) -> None:
    """Three charts, and with twin their tables with every row. FieldError if the stored scores are
    not those of these chips."""
    for quantity, column in zip(FIGURES, st.columns(3, gap="medium"), strict=True):
        points = points_of(device, quantity)
        chips = chip_rows(points)
        far = sum(row["within"] == "no" for row in chips)
        with column:
            st.subheader(NAMES[quantity], anchor=False)
            draw(
                _picture(device, quantity, theme()),
                alt=f"{TITLES[quantity]} of {len(chips)} {CLASSES[device]} chips, published and"
                f" ours: {len(chips) - far} are within 2x, {far} are not.",
                key=f"chart_{quantity}",
            )
            if twin:
                ratio = [{**p, "ratio": p["ours"] / p["published"]} for p in points]
                table = pd.DataFrame(ratio)[list(TABLE)].rename(columns=TABLE)
                name = f"chips_{device}_{quantity}"
                data_table(table, name, alt=f"{NAMES[quantity]}: every row.")


def farthest(device: str, most: int = 6) -> pd.DataFrame:
    """The chips that are farthest off, with what their rows leave open."""
    table = []
    for quantity in FIGURES:
        for row in chip_rows(points_of(device, quantity)):
            factor = row["high"] / row["low"]
            words = "too high" if row["ratio"] > 1.0 else "too low"
            text = f"{NAMES[quantity]}: {figures(factor)}× {words}"
            table.append((factor, row["label"], text, row["citation"], row["assumed"]))
    ranked = sorted(table, key=lambda row: -row[0])[:most]
    columns = ["Chip", "Ours is", "Published in", "Assumed, as the row leaves it open"]
    return pd.DataFrame([row[1:] for row in ranked], columns=columns)


def own_chips() -> None:
    """A CSV of a visitor's own, its answers as a table and to take away."""
    file = st.file_uploader("Chips (CSV)", type="csv", key="chips", max_upload_size=1)
    with st.expander("What a CSV of chips holds"):
        st.markdown(
            "One row per chip and operating point. Needed columns, of which most cells may be"
            f" blank: {', '.join(f'`{name}`' for name in COLUMNS)}. Measured figures"
            f" ({', '.join(f'`{name}`' for name in MEASURED)}) are never read."
        )
        st.download_button(
            "The published chips (CSV)",
            CHIPS.read_bytes(),
            "chips.csv",
            "text/csv",
            on_click="ignore",
            key="download_chips",
            icon=":material/download:",
        )
    if file is None:
        return
    try:
        answers = _answers(file.getvalue(), file.name)
    except FieldError as error:
        st.error(f"{plain(file.name)} was not read. {plain(str(error), limit=400)}.")
        return
    shown = pd.DataFrame(answers).drop(columns=["low", "high"])
    shown["assumed"] = ["; ".join(words) for words in shown["assumed"]]
    data_table(shown, "own_chips", alt="Efficiency, speed and area of each row.")
    with st.container(horizontal=True, gap="small"):
        for text, data, name, kind in (
            (
                "Answers (JSON)",
                json.dumps(answers, indent=1) + "\n",
                "macro.json",
                "application/json",
            ),
            ("Answers (CSV)", _csv(shown), "macro.csv", "text/csv"),
        ):
            st.download_button(
                text,
                data,
                name,
                kind,
                on_click="ignore",
                key=f"download_{name}",
                icon=":material/download:",
            )


def command() -> str:
    return str(_stored()["command"])


# Shared without copies: what these return is only read.
@st.cache_resource(max_entries=1, show_spinner=False)
def _stored() -> dict[str, Any]:
    try:
        raw = VALIDATION.read_bytes()
    except OSError:
        raise FieldError(VALIDATION.name, "missing", "the stored scores are expected") from None
    found: dict[str, Any] = parse_json(raw, VALIDATION.name)
    return found


@st.cache_resource(max_entries=20, show_spinner="Reading the published chips…")
def points_of(device: str, quantity: str) -> list[dict[str, Any]]:
    """Published and held-out figure of every row of a class that the scores count."""
    ours = scores(device)[quantity]["predicted"]
    rows = scored(published(), device, quantity)
    if {k: len(v) for k, v in ours.items()} != {k: len(v) for k, v in rows.items()}:
        allowed = f"made again by `{_stored()['command']}`"
        raise FieldError(VALIDATION.name, "scores of other chips", allowed)
    return [
        _point(case, quantity, figure)
        for name, found in rows.items()
        for case, figure in zip(found, ours[name], strict=True)
    ]


def _point(case: CalibrationPoint, quantity: str, ours: float) -> dict[str, Any]:
    chip = case.chip
    node = chip.raw["node_nm"]
    return {
        "chip": chip.chip_id,
        "assumed": "; ".join(case.shape.assumed) or "nothing",
        "label": _labels()[chip.chip_id],
        "citation": f"{chip.raw.get('reference') or chip.chip_id}",
        "node": f"{node} nm" if node else "–",
        "precision": chip.raw["figures_precision"] or "–",
        "published": chip.measured(FIGURES[quantity]),
        "ours": ours,
    }


def _label(chip: PublishedChip) -> str:
    """First author and year; the venue where nobody is named, the id where neither is."""
    reference = (chip.raw.get("reference") or chip.chip_id).split(" (")[0]
    author, named, _ = reference.partition(" et al")
    venue = reference.split(",")[0]
    known = venue if any(sign.isdigit() for sign in venue) else chip.chip_id
    first = author.split()[-1] if named else known
    year = chip.raw.get("year", "")
    return first if year in first else f"{first} {year}"


@st.cache_resource(max_entries=1, show_spinner=False)
def _labels() -> Mapping[str, str]:
    """Label of every chip; letters tell apart those of one author and year."""
    same: dict[str, list[str]] = {}
    for name, label in {chip.chip_id: _label(chip) for chip in published()}.items():
        same.setdefault(label, []).append(name)
    return {
        name: f"{label} {ascii_lowercase[at]}" if len(names) > 1 else label
        for label, names in same.items()
        for at, name in enumerate(names)
    }


@st.cache_resource(max_entries=12, show_spinner=False)
def _picture(device: str, quantity: str, mode: str) -> Spec:
    colours = palette(mode)
    chips = chip_rows(points_of(device, quantity))
    return spec(
        agreement(chips, quantity=quantity, memory=MEMORY[device], colours=colours), colours
    )


@st.cache_resource(max_entries=20, show_spinner="Predicting the chips…")
def _answers(raw: bytes, name: str) -> list[dict[str, Any]]:
    if len(raw) > MOST_BYTES:
        raise FieldError(name, f"{len(raw):,} bytes", f"at most {MOST_BYTES:,} are read")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FieldError(name, "no UTF-8 text", "a CSV file is expected") from None
    chips = parse_chips(text, name)
    if len(chips) > MOST_ROWS:
        allowed = f"this page reads up to {MOST_ROWS}, the command line any number"
        raise FieldError(name, f"found {len(chips):,} rows", allowed)
    if not chips:
        raise FieldError(name, "no rows", "a header and rows are expected")
    return predictions(chips)


def _csv(table: pd.DataFrame) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(safe_cell, table.columns))
    rows = table.astype(object).where(table.notna(), "").itertuples(index=False)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return out.getvalue()


assert set(MEMORY) == set(DEVICES) and set(MEMORY.values()) <= set(MEMORY_NAMES)
