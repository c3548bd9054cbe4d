"""Figure D2 on the page: searches led by a simulator that is wrong on purpose."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cmn_core.charts.base.palette import palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.base.units import signed
from cmn_core.charts.studies.discrepancy import discrepancy
from cmn_core.quantities import GOALS, QUANTITIES
from cmn_core.studies.appendices.discrepancy import OWN
from cmn_core.studies.result import Result
from pages.parts.runs.pictures import draw, theme
from pages.parts.studies.frame import beside_the_paper, cards, made_with, study_result, twin

KINDS = {"systematic": "All parts alike", "random": "Each part on its own"}
D2_HELP = """
- A search is led by a simulator whose constants are wrong by so much; what it finds is priced again
  by the right one. The grey band holds errors smaller than the simulator's own.
- **Lines** are averages over seeds of the worse memory, **small marks** single seeds. Latency
  searches are judged by latency, energy searches by energy, performance searches by mIoU.
- **All parts alike**: one factor on every energy, delay and area. It changes no order among
  designs, it only moves them against the limits. **Each part on its own** changes what is worth
  trading for what.
"""


def show_discrepancy() -> None:
    """The whole section, with its what-if: the error of the simulator."""
    result = study_result("discrepancy")
    if result is None:
        return
    levels = result.settings["levels"]
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        level = st.select_slider(
            "What if the simulator were wrong by",
            levels,
            value=0.1 if 0.1 in levels else levels[0],
            format_func=lambda v: f"{100.0 * v:g}%",
            key="wrong_by",
            bind="query-params",
        )
        kind = st.segmented_control(
            "How",
            list(KINDS),
            default="random",
            required=True,
            format_func=KINDS.__getitem__,
            key="wrong_how",
            bind="query-params",
        )
    line = result.summary[f"{kind} {level:g}"]
    known = [q for q in OWN.values() if q in line]
    kept = line["limits_kept_share"]
    cards(
        (
            *(
                (
                    QUANTITIES[q].label,
                    f"{signed(line[q]['error_of_mean_percent'])} %",
                    f"seeds {signed(line[q]['errors_percent']['low'])} to"
                    f" {signed(line[q]['errors_percent']['high'])} %",
                )
                for q in known
            ),
            (
                "Blocks changed",
                f"{line['blocks_changed_share']:.0%}",
                "other experts, or hidden size by over 10 %",
            ),
            (
                "Limits kept",
                "–" if kept is None else f"{kept:.0%}",
                "performance designs, priced by the right simulator",
            ),
        ),
        "Searches led by a wrong simulator",
    )
    means, seeds = mean_points(result, str(kind)), seed_points(result, str(kind))
    errors = sorted(abs(p["error"]) for p in seeds)
    reach = max(25.0, errors[int(0.9 * (len(errors) - 1))] * 1.2)
    colours = palette(theme())
    draw(
        spec(discrepancy(means, seeds, level=100.0 * level, reach=reach, colours=colours), colours),
        alt="Error of searched latency, energy and mIoU over the error of the simulator: "
        + "; ".join(f"{p['quantity']} {signed(p['error'])} % at {p['level']:g} %" for p in means)
        + ".",
        key="chart_discrepancy",
    )
    twin(means + seeds, key="twin_discrepancy", alt="Errors of averages and single seeds.")
    beside_the_paper(result)
    with st.expander("How to read this"):
        st.markdown(D2_HELP)
    made_with(result)


def mean_points(result: Result, kind: str) -> list[dict[str, Any]]:
    """Error of the average over seeds, from 0 % on."""
    out = []
    for goal in GOALS.values():
        quantity, title = goal.quantity.name, goal.quantity.label
        if quantity not in result.summary[f"{kind} {result.settings['levels'][0]:g}"]:
            continue
        out.append({"quantity": title, "level": 0.0, "error": 0.0, "seed": "mean"})
        for level in result.settings["levels"]:
            found = result.summary[f"{kind} {level:g}"][quantity]["error_of_mean_percent"]
            out.append({"quantity": title, "level": 100.0 * level, "error": found, "seed": "mean"})
    return out


def seed_points(result: Result, kind: str) -> list[dict[str, Any]]:
    """Every search of that kind by its goal's own quantity."""
    return [
        {
            "quantity": GOALS[r["goal"]].quantity.label,
            "level": 100.0 * r["level"],
            "error": r[f"{OWN[r['goal']]}_error_percent"],
            "seed": str(r["seed"]),
        }
        for r in result.rows
        if r["kind"] == kind
    ]
