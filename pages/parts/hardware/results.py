"""What a search for a chip found: costs of each group, what bounds them, larger dies, sharing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from cmn_core.charts.base.palette import MEMORY_NAMES, palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.base.tables import table_csv
from cmn_core.charts.base.units import amount
from cmn_core.charts.design.layers import layer_bars, layer_shares
from cmn_core.cim.technologies.parameters import technologies
from cmn_core.cim.technologies.technology import Knob
from cmn_core.models.assigning.options import COPIES
from cmn_core.quantities import COSTS, QUANTITIES, TITLES, limit_named
from pages.parts.common.text import plain, short
from pages.parts.frame.tables import data_table
from pages.parts.hardware.larger import larger_die
from pages.parts.hardware.sharing import sharing_part
from pages.parts.models.answers import Answer
from pages.parts.models.views import PARTS, cards, remarks
from pages.parts.runs.pictures import Spec, draw, theme
from pages.parts.runs.run_view import Run

ALL_BUT = 0.995  # a share that would be written as 100 %
TIGHT = 0.95  # from this share of a limit on, it is what bounds the chip


def results(run: Run, answer: Answer) -> None:
    """Everything that is known so far."""
    if not answer["feasible"]:
        if run.active:
            st.caption("No chip was assembled yet.")
        else:
            st.error(f"Nothing fits. {plain(answer['why_not'], 400)}.")
        return
    best = answer["best"]
    proof = "the best for these macros" if answer["proven"] else "not proven to be the best"
    st.markdown(f"One inference{_each(answer)}. Memory and copies of the groups are {proof}.")
    cards(best)
    for sentence in remarks(best):
        st.caption(sentence)
    st.header("What bounds it", anchor=False)
    st.markdown(bounds_words(answer))
    st.header("What each layer group costs", anchor=False)
    _groups(run, answer)
    if answer["networks"]:
        sharing_part(answer)
    if answer["limits"]["max_area_mm2"] is not None:
        st.header("What a larger die would buy", anchor=False)
        larger_die(run, answer)
    st.header("Macros", anchor=False)
    _macros(run, answer)
    _downloads(answer)


def _each(answer: Answer) -> str:
    return "" if len(answer["models"]) == 1 else f" of each of the {len(answer['models'])} networks"


def bounds_words(answer: Answer) -> str:
    """Which limits the chip comes near, and where its time goes."""
    best = answer["best"]
    near: list[str] = []
    far: list[str] = []
    for limit, allowed in answer["limits"].items():
        if allowed is None:
            continue
        quantity = limit_named(limit).quantity
        found = best.get(quantity.name, best["output_sigma_rel"])
        share = found / allowed
        value, end = (short(quantity.scale * v) for v in (found, allowed))
        text = f"{quantity.word} {value} of {end} {quantity.unit} ({share:.0%})"
        (near if share >= TIGHT else far).append(text)
    arrays, outside = (
        sum(row[name] for row in answer["groups"]) for name in ("arrays_us", "outside_us")
    )
    most = [row["block"] for row in answer["groups"] if row["at_most_copies"]]
    told = [
        f"At its limit: {'; '.join(near)}." if near else "No limit holds it back.",
        f"Room is left: {'; '.join(far)}." if far else "",
        _time_words(arrays / (arrays + outside)),
    ]
    if most:
        names = ", ".join(plain(name) for name in most[:4])
        rest = f" and {len(most) - 4} more" if len(most) > 4 else ""
        told.append(f"{COPIES[-1]} copies, the most that are tried, has {names}{rest}.")
    return " ".join(filter(None, told))


def _time_words(inside: float) -> str:
    """inside: share of the time in arrays"""
    if inside >= ALL_BUT:
        return "All but all of its time passes in arrays."
    rest = "the rest on digital units and at DRAM"
    return f"Of its time {inside:.0%} passes in arrays, {rest}."


def _groups(run: Run, answer: Answer) -> None:
    quantity = st.segmented_control(
        "Show",
        COSTS,
        default="energy_uj",
        required=True,
        format_func=lambda name: QUANTITIES[name].label,
        key="by_group",
    )
    top = max(answer["groups"], key=lambda row: row[quantity])
    draw(
        _bars(run.run_id, run.generation, quantity, theme(), answer["best"]["layers"]),
        alt=f"{QUANTITIES[quantity].label} by layer group; the largest is {top['block']} with"
        f" {amount(quantity, top[quantity])}.",
        key="chart_groups",
    )
    digits = st.column_config.NumberColumn(format="%.4g")
    percent = st.column_config.NumberColumn(format="percent")
    frame = groups_frame(answer)
    data_table(
        frame,
        "layer_groups",
        alt="Memory, copies, costs and bounds of each layer group.",
        config={
            **{TITLES[name]: digits for name in COSTS},
            "Time in arrays": percent,
            "Its share": percent,
        },
    )
    by_memory = frame.groupby("Memory").size().to_dict()
    st.caption(" · ".join(f"{count} of {len(frame)} on {m}" for m, count in by_memory.items()))


def groups_frame(answer: Answer) -> pd.DataFrame:
    """A row per layer group, as people read it."""
    known = {part: cause for cause, parts in PARTS.items() for part in parts}
    arrays = next(iter(PARTS))
    return pd.DataFrame(
        [
            {
                "Layer group": row["block"],
                "Memory": MEMORY_NAMES[row["memory"]],
                "Copies": row["replicas"],
                **{TITLES[name]: row[name] for name in COSTS},
                "Time in arrays": row["arrays_us"] / row["latency_us"]
                if row["latency_us"]
                else 0.0,
                "Most energy in": known.get(row["largest_part"], arrays),
                "Its share": row["largest_share"],
            }
            for row in answer["groups"]
        ]
    )


@st.cache_resource(max_entries=60, show_spinner=False)
def _bars(run_id: str, step: int, quantity: str, mode: str, _layers: Any) -> Spec:
    """One bar per group: the chart of layers, each named as its group."""
    colours = palette(mode)
    rows: list[Mapping[str, Any]] = [
        {**row, "layer": row["block"], "block": "chip"} for row in _layers
    ]
    shares = layer_shares(rows, quantity, PARTS)
    chart = layer_bars(shares, quantity=quantity, causes=list(PARTS), colours=colours)
    return spec(chart, colours)


def _macros(run: Run, answer: Answer) -> None:
    used = {row["memory"] for row in answer["groups"]}
    asked = run.settings
    library = technologies(asked.get("parameters", "silicon"), asked.get("technology") or {})
    for memory, values in answer["best"]["hardware"]["macros"].items():
        if memory in used:
            told = macro_words(values, library[memory].knob)
            st.markdown(f"**{MEMORY_NAMES[memory]}**: {plain(told, 400)}")


def macro_words(values: Mapping[str, float], knobs: Mapping[str, Knob]) -> str:
    """Such as: array rows 64, array columns 128, supply 0.6 V."""
    told = []
    for name, value in values.items():
        knob = knobs[name]
        unit = f" {knob.unit}" if knob.unit and knob.unit not in knob.label.lower() else ""
        label = knob.label if knob.label[:2].isupper() else knob.label[:1].lower() + knob.label[1:]
        told.append(f"{label} {value:g}{unit}")
    return ", ".join(told)


def _downloads(answer: Answer) -> None:
    with st.container(horizontal=True, gap="small"):
        for label, data, name, kind in (
            ("Chip (JSON)", json.dumps(answer, indent=1) + "\n", "chip.json", "application/json"),
            ("Groups (CSV)", table_csv(groups_frame(answer)), "groups.csv", "text/csv"),
        ):
            st.download_button(
                label,
                data,
                name,
                kind,
                on_click="ignore",
                key=f"download_{name}",
                icon=":material/download:",
            )
