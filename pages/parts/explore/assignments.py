"""The 16 assignments of a hybrid design, priced in a process of their own and shared by all."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import streamlit as st

from cmn_core.charts.base.frames import letters
from cmn_core.charts.base.palette import palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.search.assignments import PICK, assignment_rows, assignments
from cmn_core.design import Design, parse_design
from cmn_core.quantities import GOALS, TITLES
from cmn_core.search.constraints import Limits
from cmn_core.whatif.edits import bare
from pages.parts.common.cache import Shared
from pages.parts.common.child import told_by
from pages.parts.common.text import number
from pages.parts.design.draft import begin_elsewhere
from pages.parts.frame.tables import data_table
from pages.parts.runs.pictures import theme
from pages.parts.runs.repriced import in_force
from pages.parts.runs.run_view import Run

ASKED = "sixteen_asked"  # designs whose assignments this visitor wanted to see
_SIXTEEN: Shared[list[dict[str, Any]]] = Shared(60)


def sixteen(run: Run, design: Design) -> None:
    """A button, then the picture: what this network costs on every assignment of its blocks."""
    network, limits, objective = bare(design), in_force(run), GOALS[run.goal].objective
    constants = {n: run.settings.get(n) for n in ("parameters", "technology")}
    asked: set[Design] = st.session_state.setdefault(ASKED, set())
    if network not in asked:
        st.button(
            "Price all 16 assignments",
            key=f"sixteen_{run.goal}",
            icon=":material/grid_view:",
            on_click=asked.add,
            args=(network,),
            help="Finds hardware for each of them, which takes ten to thirty seconds.",
        )
        return
    try:
        with st.spinner("Finding hardware for 16 chips…", show_time=True):
            found = _SIXTEEN.get(
                (network, objective, limits, json.dumps(constants)),
                lambda: _priced(network, objective, limits, constants),
            )
    except OSError as error:
        st.error(f"They could not be priced. {error}.")
        asked.discard(network)
        return
    quantity, chosen = GOALS[run.goal].cost.name, letters(design)
    table, colours = assignment_rows(found, quantity, chosen), palette(theme())
    event: Any = st.vega_lite_chart(
        spec(assignments(table, quantity=quantity, colours=colours), colours),
        width="stretch",
        key=f"chart_sixteen_{run.goal}",
        alt=f"{TITLES[quantity]} of the 16 assignments; least {number(table[0]['value'])}"
        f" for {table[0]['letters']}, most {number(table[-1]['value'])} for"
        f" {table[-1]['letters']}; the search took {chosen}.",
        on_select="rerun",
        selection_mode=[PICK],
    )
    picked = event["selection"].get(PICK) or []
    if picked and picked[0].get("at") is not None:
        begin_elsewhere(parse_design(found[int(picked[0]["at"])]["design"]))
        st.switch_page("explore.py")
    if st.toggle("As a table", key=f"twin_sixteen_{run.goal}"):
        rows = [{"Blocks 1 to 4": row["letters"], **found[row["at"]]["figures"]} for row in table]
        shown = pd.DataFrame(rows).rename(columns=TITLES).round(2)
        data_table(shown, f"assignments_{run.goal}", alt="The 16 assignments, best first.")


def _priced(
    design: Design, objective: str, limits: Limits, constants: dict[str, Any]
) -> list[dict[str, Any]]:
    """In a process of its own: ten seconds of work would hold up every other visitor."""
    asked = {"design": design.to_json(), "objective": objective, "limits": limits.to_json()}
    asked |= {name: value for name, value in constants.items() if value is not None}
    try:
        answer = "".join(told_by("cmn_core.whatif.assignments", json.dumps(asked)))
        found: list[dict[str, Any]] = json.loads(answer)
    except ValueError as error:  # cut short
        raise OSError("the machine is busy or this version cannot price the design") from error
    return found
