"""Figure E1 on the page: the searched design and the population under noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from cmn_core.charts.base.palette import LETTERS, palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.studies.noise import KIND_TITLES, noise_lines, population
from cmn_core.studies.appendices.statistics import picked
from cmn_core.studies.result import Result
from pages.parts.frame.tables import data_table
from pages.parts.runs.pictures import draw, theme
from pages.parts.studies.frame import cards, genes_text, twin

SEARCHES = ("search", "placement")  # rows of those are no subnets under noise


def controls(result: Result) -> tuple[float, str]:
    """What if the cells were so noisy: the level as a share, and the kind of noise."""
    levels = [0.0, *result.settings["levels"]]
    kinds = [k for k in KIND_TITLES if k in result.settings["population_kinds"]]
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        level = st.select_slider(
            "What if the noise were",
            levels,
            value=_near(levels, 0.05),
            format_func=lambda v: f"{100.0 * v:g}%",
            key="noise_level",
            bind="query-params",
            help="Standard deviation of a stored weight, relative to the largest of its matrix.",
        )
        kind = st.segmented_control(
            "Where",
            kinds,
            default=kinds[0],
            required=True,
            format_func=KIND_TITLES.__getitem__,
            key="noise_kind",
            bind="query-params",
            help="All kinds have the same mean power over the four blocks.",
        )
    return float(level), str(kind)


def noise_cards(result: Result, level: float, kind: str) -> None:
    """The searched design at that level, and the population."""
    exact = _exact(result)
    mine = [r["miou"] for r in _searched(result) if (r["level"], r["kind"]) == (level, kind)]
    now = float(np.mean(mine)) if level and mine else exact["searched"]
    own = [r for r in result.rows if str(r["who"]).isdigit() and r["level"] == level]
    crowd = [r["miou"] for r in own if level == 0.0 or r["kind"] == kind]
    loss = [exact[r["who"]] - r["miou"] for r in own if level == 0.0 or r["kind"] == kind]
    order = result.summary.get(f"population {kind} {level:g}", {}).get("order_kept", 1.0)
    cards(
        (
            (
                "Searched design",
                f"{now:.2f} %",
                f"mIoU; without noise {exact['searched']:.2f}",
            ),
            ("It loses", f"{exact['searched'] - now:.2f}", "points of mIoU"),
            (
                "Population",
                f"{np.median(crowd):.2f} %",
                f"median of {len(crowd)}; loses {min(loss):.2f} to {max(loss):.2f}",
            ),
            ("Order kept", f"{order:.2f}", "1: noise changes no ranking (Kendall)"),
        ),
        "Networks under this noise",
    )


def show_noise(result: Result, level: float, kind: str) -> None:
    """Lines of the searched design and strips of the population, with their tables."""
    exact = _exact(result)
    lines, strips = line_points(result), strip_points(result, kind)
    colours = palette(theme())
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("The searched design", anchor=False)
        chart = noise_lines(lines, exact=exact["searched"], level=100.0 * level, colours=colours)
        worst = min(lines, key=lambda p: p["miou"])
        draw(
            spec(chart, colours),
            alt=f"mIoU falls from {exact['searched']:.1f} % without noise to {worst['miou']:.1f} %"
            f" at {worst['level']:g} % ({worst['title']}).",
            key="chart_noise_lines",
        )
    with right:
        st.subheader("A population", anchor=False)
        chart = population(strips, level=100.0 * level, colours=colours)
        draw(
            spec(chart, colours),
            alt=f"mIoU of {len(exact) - 1} subnets and the searched design by noise level,"
            f" {KIND_TITLES[kind]}.",
            key="chart_noise_population",
        )
    images = "generated scenes" if result.quick else "real images"
    st.caption(
        f"Each tick is a subnet of the supernet, run on {images}; the long tick is the median,"
        " the ring the searched design. The dashed rule is one point below no noise."
    )
    twin(lines + strips, key="twin_noise", alt="All points of both figures.")


def line_points(result: Result) -> list[dict[str, Any]]:
    """The searched design by kind and level, mean and range over the seeds of the noise."""
    exact = _exact(result)["searched"]
    out = []
    for kind in result.settings["kinds"]:
        out.append(_point(kind, 0.0, [exact]))
        for level in result.settings["levels"]:
            found = picked(_searched(result), kind=kind, level=level)
            out.append(_point(kind, level, [r["miou"] for r in found]))
    return out


def strip_points(result: Result, kind: str) -> list[dict[str, Any]]:
    """Every subnet without noise and at each level of that kind."""
    return [
        {
            "who": r["who"],
            "level": 100.0 * r["level"],
            "miou": r["miou"],
            "size": genes_text(r),
        }
        for r in result.rows
        if r["who"] not in SEARCHES and r["kind"] in ("none", kind)
    ]


def search_tables(result: Result) -> None:
    """What searches find that know of the noise, beside those that do not: on RRAM alone, and where
    blocks may be on SRAM."""
    level, seeds = result.settings["search_noise"], result.settings["search_seeds"]
    for who, header, about in (
        (
            "search",
            "On RRAM alone",
            "Performance searches on RRAM; accuracy in the search is measured on every second image"
            " (meas.), with that noise or without, the judgement on the others.",
        ),
        (
            "placement",
            "Where blocks may be on SRAM",
            "Energy searches for hybrids with the constants fitted to the paper, by the predictor;"
            " one that knows has the noise in its floor of mIoU. The designs are then measured."
            " R: RRAM. S: SRAM.",
        ),
    ):
        st.subheader(header, anchor=False)
        data_table(
            pd.DataFrame(gain_rows(result, who)),
            f"noise_{who}",
            alt=f"{header}: mIoU under the noise of searches that knew of it and of those that did"
            " not.",
        )
        st.caption(
            f"{about} Noise of {level:.0%}, mean over {seeds} seeds (least to greatest); a gain"
            " within half a point says nothing."
        )
    if st.toggle("Every search as a table", key="twin_searches"):
        for who in SEARCHES:
            data_table(
                pd.DataFrame(search_rows(result, who)),
                f"noise_{who}_all",
                alt="Designs of all searches with and without noise.",
            )


def gain_rows(result: Result, who: str) -> list[dict[str, Any]]:
    """One row per kind of noise that designs are judged under."""
    out = []
    for kind in result.settings[f"{who}_kinds"]:
        found = result.summary[f"{who} {kind}"]
        row = {
            "Judged under": KIND_TITLES[kind],
            "mIoU, search did not know (meas.)": _ranged(found["blind"]),
            "mIoU, search knew (meas.)": _ranged(found["aware"]),
            "Gain (points)": _ranged(found["gain"], sign=True),
            "Energy (sim.)": f"{found['energy_ratio']['mean']:.2f}×",
        }
        if who == "placement":
            rows = picked(result.rows, who=who, judged_under=kind)
            for title, known in (("Blocks, not known", "none"), ("Blocks, known", kind)):
                mine = {"".join(LETTERS[b] for b in r["blocks"]) for r in picked(rows, kind=known)}
                row[title] = ", ".join(sorted(mine))
        out.append(row)
    return out


def search_rows(result: Result, who: str) -> list[dict[str, Any]]:
    """One row per search and kind of noise that its design is judged under."""
    rows = picked(result.rows, who=who)
    table = []
    for r in sorted(rows, key=lambda r: (r["judged_under"], r["kind"] != "none", r["search_seed"])):
        row = {
            "Search knew": "of no noise" if r["kind"] == "none" else "of that noise",
            "Judged under": KIND_TITLES[r["judged_under"]],
            "Seed": r["search_seed"],
            "mIoU exact (meas.)": round(r["miou_exact"], 2),
            "mIoU noisy (meas.)": round(r["miou"], 2),
            "Energy µJ (sim.)": round(r["energy_uj"]),
            "Latency µs (sim.)": round(r["latency_us"]),
        }
        if "blocks" in r:
            row["Blocks"] = "".join(LETTERS[b] for b in r["blocks"])
        table.append({**row, "Experts × hidden size": genes_text(r)})
    return table


def _exact(result: Result) -> dict[str, float]:
    return {
        r["who"]: r["miou"] for r in result.rows if r["kind"] == "none" and r["who"] not in SEARCHES
    }


def _searched(result: Result) -> list[dict[str, Any]]:
    return picked(result.rows, who="searched")


def _point(kind: str, level: float, miou: list[float]) -> dict[str, Any]:
    return {
        "kind": kind,
        "title": KIND_TITLES[kind],
        "level": round(100.0 * level, 6),
        "miou": float(np.mean(miou)),
        "low": min(miou),
        "high": max(miou),
    }


def _ranged(found: dict[str, float], *, sign: bool = False) -> str:
    form = "+.2f" if sign else ".2f"
    return f"{found['mean']:{form}} ({found['low']:{form}} to {found['high']:{form}})"


def _near(levels: list[float], wanted: float) -> float:
    return min(levels, key=lambda v: abs(v - wanted))
