"""Other simulators on the same arrays and layers: their answers, stored, beside ours."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Mapping
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
    frame = pd.DataFrame(
        {
            "Simulator": row["tool"],
            "Array": row["array"],
            "Layer": row["work"],
            "Ours (fJ/MAC)": row["ours"],
            "Theirs (fJ/MAC)": row["theirs"],
            "Ours / theirs": row["ratio"],
            "Ours, time (µs)": row["ours_us"],
            "Theirs, time (µs)": row["theirs_us"],
        }
        for row in rows
    )
    number = st.column_config.NumberColumn(format="%.3g")
    data_table(
        frame,
        "referee",
        alt="Energy and time of the same layers, other simulators beside ours.",
        config=dict.fromkeys(frame.columns[3:], number),
    )
    errors = pd.DataFrame(
        {
            "Simulator": row["tool"],
            "Analog product": row["product"],
            "Ours (%)": row["ours_percent"],
            "Theirs (%)": row["theirs_percent"],
        }
        for row in found["errors"]
    )
    data_table(
        errors,
        "referee_errors",
        alt="Error of analog products of 512 inputs on RRAM, another simulator beside ours.",
        config=dict.fromkeys(errors.columns[2:], number),
    )
    areas = pd.DataFrame(
        {
            "Simulator": row["tool"],
            "Array": row["array"],
            "Ours (µm²)": row["ours_um2"],
            "Theirs (µm²)": row["theirs_um2"],
        }
        for row in found["areas"]
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
