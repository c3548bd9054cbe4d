"""Tables G1 and G2 on the page: laid out as the paper's, and as points of mIoU and cost."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from cmn_core.charts.base.palette import MEMORY_NAMES, palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.studies.compression import COSTS, cheapest, methods
from cmn_core.quantities import QUANTITIES, TITLES
from cmn_core.studies.result import Result
from pages.parts.common.tables import table_markup
from pages.parts.common.text import number
from pages.parts.frame.tables import html_table
from pages.parts.runs.pictures import draw, theme
from pages.parts.studies.frame import cards

SCOPES = {"ffn": "Expert FFNs", "network": "Whole network"}
METHODS = {"nas": "NAS", "ptq": "PTQ", "none": "as it is", "kd": "KD", "nas+kd": "NAS + KD"}
Line = Mapping[str, Any]


def controls() -> tuple[str, str, str]:
    """Memory, scope and cost of the figure."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        memory = st.segmented_control(
            "Memory",
            ["sram", "rram"],
            default="sram",
            required=True,
            format_func=MEMORY_NAMES.__getitem__,
            key="memory",
            bind="query-params",
        )
        scope = st.segmented_control(
            "Count",
            list(SCOPES),
            default="ffn",
            required=True,
            format_func=SCOPES.__getitem__,
            key="scope",
            bind="query-params",
        )
        cost = st.segmented_control(
            "Against",
            COSTS,
            default="energy_uj",
            required=True,
            format_func=TITLES.__getitem__,
            key="against",
            bind="query-params",
        )
    return str(memory), str(scope), str(cost)


def show_methods(result: Result, memory: str, scope: str, cost: str) -> None:
    """Ours and the paper's side by side, with a floor of mIoU that is asked for."""
    points = method_points(result, memory, scope, cost)
    share = st.slider(
        "What if I need at least this share of the best mIoU",
        0,
        100,
        90,
        format="%d%%",
        key="share",
        bind="query-params",
        help="A share, because the paper's weights and ours reach different levels.",
    )
    colours = palette(theme())
    chosen = []
    for column, whose in zip(st.columns(2, gap="large"), ("ours", "printed"), strict=True):
        known = [p["miou"] for p in points if p["whose"] == whose and p["miou"] is not None]
        floor = share / 100.0 * max(known)
        best = cheapest(points, whose=whose, floor=floor)
        chart = methods(points, cost=cost, floor=floor, whose=whose, memory=memory, colours=colours)
        with column:
            draw(
                spec(chart, colours),
                alt=f"mIoU against {TITLES[cost]} of {len(known)} methods, {whose}; cheapest"
                f" that reaches {floor:.1f} %: {best['method'] if best else 'none'}.",
                key=f"chart_methods_{whose}",
            )
        text = "none" if best is None else best["method"]
        note = ""
        if best is not None:
            unit = QUANTITIES[cost].unit
            note = f"{number(best['cost'])} {unit}, mIoU {best['miou']:.2f} %; "
        chosen.append((f"Cheapest, {whose}", text, f"{note}at least {floor:.2f} %"))
    cards(chosen, "The cheapest method that is good enough")
    st.caption(
        "Filled: ours, mIoU measured with our weights, cost simulated with the constants"
        " fitted to the paper. Hollow: printed. Ringed: the cheapest on or above the rule."
    )


def method_points(result: Result, memory: str, scope: str, cost: str) -> list[dict[str, Any]]:
    """Every line of both tables on that memory, printed and ours."""
    out = []
    for line in result.summary["lines"]:
        if line["memory"] != memory:
            continue
        name = _method(line)
        head = {"method": name, "table": line["table"]}
        ours = {"whose": "ours", "cost": line[f"{cost}_{scope}"], "miou": line["miou"]}
        told = {
            "whose": "printed",
            "cost": line[f"{cost}_printed"],
            "miou": line["miou_percent_printed"],
        }
        out += [{**head, **ours}, {**head, **told}]
    return out


def paper_tables(result: Result, scope: str) -> None:
    """G1 and G2 as printed, ours beside in each cell."""
    for name in ("G1", "G2"):
        lines = [line for line in result.summary["lines"] if line["table"] == name]
        st.subheader(f"Table {name}", anchor=False)
        label = f"Table {name}, ours and printed"
        html_table(_table(lines, scope, label), f"table_{name.lower()}", caption=label)
    st.caption(
        "Each cell: ours, then the paper's in parentheses (print.). mIoU measured on test images,"
        " energy and latency simulated. In G1 the NAS line is the best of each column over all"
        " scenarios, as the paper has it; its mIoU here is scenario 3's. KD: a student of half the"
        " hidden sizes; that of Validation has half of the layers. A dash: not measured."
    )


def own_table(result: Result) -> None:
    """What our own searches find, with the constants calibrated on chips."""
    rows = [r for r in result.rows if r["part"] == "own"]
    head = ("Scenario", "Memory", *(TITLES[name] for name in ("miou", *COSTS, "area_mm2")))
    body = "".join(
        f'<tr><th scope="row">{html.escape(str(r["goal"]).capitalize())}</th>'
        f'<td class="cmn-left">{MEMORY_NAMES[r["memory"]]}</td><td>{r["miou"]:.2f}</td>'
        f"<td>{number(r['energy_uj_network'])}</td><td>{number(r['latency_us_network'])}</td>"
        f"<td>{number(r['area_mm2'])}</td></tr>"
        for r in rows
    )
    label = "Designs of our own searches"
    html_table(_frame(head, body, label), "own_searches", caption=label)
    st.caption("INT8, whole network, constants calibrated on published chips; mIoU measured.")


def _table(lines: Sequence[Line], scope: str, label: str) -> str:
    body = "".join(
        f'<tr><th scope="row">{html.escape(_method(line))}</th>'
        f'<td class="cmn-left">{MEMORY_NAMES[line["memory"]]}</td>'
        + _cell(line["miou"], line["miou_percent_printed"], "meas.")
        + _cell(line[f"energy_uj_{scope}"], line["energy_uj_printed"], "sim.")
        + _cell(line[f"latency_us_{scope}"], line["latency_us_printed"], "sim.")
        + "</tr>"
        for line in lines
    )
    return _frame(("Approach", "Memory", *(TITLES[name] for name in ("miou", *COSTS))), body, label)


def _frame(head: Sequence[str], body: str, label: str) -> str:
    names = "".join(
        f'<th scope="col"{" class=cmn-left" if i < 2 else ""}>{name}</th>'
        for i, name in enumerate(head)
    )
    return table_markup(names, body, label)


def _cell(ours: float | None, printed: float, letter: str) -> str:
    mark = "" if ours is None else f'<span class="cmn-mark">{letter}</span>'
    return f'<td>{number(ours)}{mark} <span class="cmn-paper">({number(printed)})</span></td>'


def _method(line: Line) -> str:
    name = METHODS[line["approach"]]
    return f"{name} INT{line['bits']}" if line["approach"] == "ptq" else name
