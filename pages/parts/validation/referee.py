"""Other simulators on the same arrays and layers: their answers, stored, beside ours."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pandas as pd
import streamlit as st

from cmn_core.assets import ASSETS
from cmn_core.charts.base.palette import palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.base.units import figures
from cmn_core.charts.studies.referee import energy_ratios
from pages.parts.frame.chrome import brief_source
from pages.parts.frame.tables import data_table
from pages.parts.runs.pictures import draw, theme

FILE = ASSETS / "referee" / "others.json"
TWICE = 2.0


@cache
def stored() -> Mapping[str, Any]:
    """The file as benchmarks/referee.py wrote it."""
    found: Mapping[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def energy_rows() -> list[dict[str, Any]]:
    """One row per tool, array and layer, with the ratio of energies."""
    return [
        {
            **{name: row[name] for name in ("tool", "array", "work")},
            "ours": (ours := row["ours"]["energy_fj_per_mac"]),
            "theirs": (theirs := row["theirs"]["energy_fj_per_mac"]),
            "ratio": ours / theirs,
            "ours_us": row["ours"]["time_us"],
            "theirs_us": row["theirs"]["time_us"],
        }
        for row in stored()["prices"]
    ]


def in_a_sentence(rows: list[dict[str, Any]]) -> str:
    """How far ours is from theirs."""
    ratios = [row["ratio"] for row in rows]
    off = [math.exp(abs(math.log(ratio))) for ratio in ratios]
    within = sum(factor <= TWICE for factor in off)
    return (
        f"Of {len(rows)} energies {within} lie within 2×, the median is"
        f" {figures(statistics.median(off))}× off, and ours are {figures(min(ratios))} to"
        f" {figures(max(ratios))} times theirs."
    )


def show_referee() -> None:
    """A sentence, a chart, tables of energy and time, of errors, and the reasons."""
    found, rows = stored(), energy_rows()
    st.markdown(in_a_sentence(rows))
    draw(
        spec(energy_ratios(rows, colours=(colours := palette(theme()))), colours),
        alt=f"Energy of {len(rows)} layers on four arrays, ours over that of"
        f" {', '.join(sorted({row['tool'] for row in rows}))}. {in_a_sentence(rows)}",
        key="chart_referee",
    )
    st.caption(found["conditions"])
    frame = _frame(
        rows,
        {
            "Simulator": "tool",
            "Array": "array",
            "Layer": "work",
            "Ours (fJ/MAC)": "ours",
            "Theirs (fJ/MAC)": "theirs",
            "Ours / theirs": "ratio",
            "Ours, time (µs)": "ours_us",
            "Theirs, time (µs)": "theirs_us",
        },
    )
    number = st.column_config.NumberColumn(format="%.3g")
    data_table(
        frame,
        "referee",
        alt="Energy and time of the same layers, other simulators beside ours.",
        config=dict.fromkeys(frame.columns[3:], number),
    )
    errors = _frame(
        found["errors"],
        {
            "Simulator": "tool",
            "Analog product": "product",
            "Ours (%)": "ours_percent",
            "Theirs (%)": "theirs_percent",
        },
    )
    data_table(
        errors,
        "referee_errors",
        alt="Error of analog products of 512 inputs on RRAM, another simulator beside ours.",
        config=dict.fromkeys(errors.columns[2:], number),
    )
    areas = _frame(
        found["areas"],
        {
            "Simulator": "tool",
            "Array": "array",
            "Ours (µm²)": "ours_um2",
            "Theirs (µm²)": "theirs_um2",
        },
    )
    data_table(areas, "referee_areas", alt="Area of one array, another simulator beside ours.")
    st.subheader("Why they differ", anchor=False)
    reasons = [
        {"Simulator": r["tool"], "Differs": r["what"], "Because": r["why"]}
        for r in found["reasons"]
    ]
    missing = [
        {"Simulator": r["tool"], "Differs": "not run", "Because": r["why"]}
        for r in found["not_run"]
    ]
    data_table(
        pd.DataFrame([*reasons, *missing]),
        "referee_reasons",
        alt="Reasons of each difference, and what was not run.",
    )
    brief_source(
        f"Source: {', '.join(found['tools'])}, run on {found['made']}; ours simulated; made by"
        f" `{found['command']}`."
    )


def _frame(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    """columns: name of the row's value by the column's title."""
    return pd.DataFrame({title: row[name] for title, name in columns.items()} for row in rows)
