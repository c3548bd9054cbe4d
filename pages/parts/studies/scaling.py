"""Figures F1 and F2 on the page: hours by network, the limit lifted, larger models."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from cmn_core.charts.base.palette import MEMORY_NAMES, palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.base.units import counted, figures, signed
from cmn_core.charts.studies.scaling import hours, models
from cmn_core.studies.appendices.statistics import picked
from cmn_core.studies.result import Result
from pages.parts.frame.tables import data_table
from pages.parts.runs.pictures import draw, theme
from pages.parts.studies.frame import cards, twin


def controls() -> tuple[float, bool]:
    """What if a machine were so many times as fast; whether hours are drawn on a log axis."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        factor = st.select_slider(
            "What if my machine were so many times as fast",
            [0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0],
            value=1.0,
            format_func=lambda v: f"{v:g}×",
            key="faster",
            bind="query-params",
            help="Rescales the hours below; they are of one thread of the machine that is named.",
        )
        log = st.toggle("Log axis", key="log_hours", bind="query-params")
    return float(factor), bool(log)


def scaling_cards(result: Result, factor: float) -> None:
    found, spaces = result.summary, _spaces(result)
    growth = found["growth"]
    first, last = spaces[0], spaces[-1]
    weights = found[last]["weights"] / found[first]["weights"]
    cards(
        (
            (
                f"Weights, {first.upper()} to {last.upper()}",
                f"{weights:.1f}×",
                f"{counted(found[first]['weights'])} to {counted(found[last]['weights'])}",
            ),
            (
                "Training",
                f"{found[last]['training_hours'] / found[first]['training_hours']:.1f}×",
                f"grows as weights to the power {growth['training']:.2f}",
            ),
            (
                "Search",
                f"{found[last]['search_hours'] / found[first]['search_hours']:.1f}×",
                f"with the predictor: power {signed(growth['search'], 2)}",
            ),
            (
                "Search, measured mIoU",
                f"{found[last]['search_hours_by_supernet'] / factor:.1f} h",
                f"of {last.upper()}; inference grows to the power {growth['measuring']:.2f}",
            ),
        ),
        "How times grow",
    )


def show_hours(result: Result, factor: float, log: bool) -> None:
    """F1 and F2."""
    colours = palette(theme())
    left, right = st.columns(2, gap="large")
    for column, name, rows in (
        (left, "Supernet training", training_points(result, factor)),
        (right, "Search of 1,500 designs", search_points(result, factor)),
    ):
        with column:
            st.subheader(name, anchor=False)
            where = f"Hours on one thread{'' if factor == 1.0 else f', {factor:g} times as fast'}"
            draw(
                spec(hours(rows, title=where, log=log, colours=colours), colours),
                alt=f"{name}: " + "; ".join(f"{r['bar']} {r['label']}" for r in rows) + ".",
                key=f"chart_{name.split()[0].lower()}",
            )
    st.caption(
        "Dashed bars are extrapolated: timed steps times the number of steps of a whole run. The"
        " paper draws both figures without numbers and names no machine."
    )
    twin(
        training_points(result, factor) + search_points(result, factor),
        key="twin_hours",
        alt="Hours of both figures.",
    )


def training_points(result: Result, factor: float) -> list[dict[str, Any]]:
    return [_bar(r, r["space"].upper(), factor) for r in picked(result.rows, part="training")]


def search_points(result: Result, factor: float) -> list[dict[str, Any]]:
    """Hardware search per memory, and mIoU by the supernet instead of the predictor."""
    out = []
    for space in _spaces(result):
        for r in picked(result.rows, part="hardware", space=space):
            out.append(_bar(r, f"{space.upper()} {MEMORY_NAMES[r['memory']]} hardware", factor))
        for r in picked(result.rows, part="accuracy", space=space):
            out.append(_bar(r, f"{space.upper()} mIoU by supernet", factor))
    return out


def show_models(result: Result) -> None:
    """Larger networks in the simulator, and the 10 MB limit lifted."""
    st.header("Beyond 10 MB", anchor=False)
    rows = picked(result.rows, part="model")
    colours = palette(theme())
    largest = max(rows, key=lambda r: r["weights"])
    draw(
        spec(models(rows, colours=colours), colours),
        alt=f"Energy of {len(rows) // 2} networks on RRAM and SRAM, from the fewest weights to"
        f" {counted(largest['weights'])}.",
        key="chart_models",
    )
    st.caption("Simulated (sim.), every weight resident in arrays, default macros, one inference.")
    names = ("model", "memory", "weights", "array_mb", "chips_of_10_mb", "energy_uj", "latency_us")
    twin([{n: r[n] for n in names} for r in rows], key="twin_models", alt="All larger networks.")
    st.subheader("The limit lifted", anchor=False)
    table = [
        {
            "Largest network of": r["space"].upper(),
            "Memory": MEMORY_NAMES[r["memory"]],
            "Allowed MB": r["max_array_mb"],
            "Fits": "yes" if r["fits"] else "no",
            "Arrays MB": round(r["array_mb"], 1),
            "Energy µJ": figures(r["energy_uj"]),
            "Latency µs": figures(r["latency_us"]),
            "Area mm²": figures(r["area_mm2"]),
        }
        for r in picked(result.rows, part="limit")
    ]
    data_table(
        pd.DataFrame(table), "capacity", alt="The largest networks with more array capacity."
    )
    st.caption(
        "Hardware searched for energy × delay within the capacity; where nothing fits, the nearest"
        " chip stands here. More capacity holds more copies, which work in parallel."
    )


def _bar(row: dict[str, Any], name: str, factor: float) -> dict[str, Any]:
    value = row["hours"] / factor
    text = f"{value:.1f} h" if value >= 1.0 else f"{value * 60:.1f} min"
    return {"bar": name, "hours": value, "label": text, "timed": f"{row['timed']} of {row['of']:,}"}


def _spaces(result: Result) -> list[str]:
    return list(result.settings["spaces"])
