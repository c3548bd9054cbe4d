"""What a larger die would buy: the best blocks for the same macros on more area."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from cmn_core.quantities import COSTS, TITLES
from pages.parts.common.text import short
from pages.parts.frame.tables import data_table
from pages.parts.models.answers import Answer
from pages.parts.runs.run_view import Run

WORTH = 0.005  # share of the objective from which on a larger die is worth naming


def larger_die(run: Run, answer: Answer) -> None:
    """A sentence and the table; what is still to come is said."""
    rows = answer["larger_die"]
    if not rows:
        st.caption("Comes as the last steps of the search." if run.active else "Not looked at.")
        return
    st.markdown(larger_words(answer))
    frame = pd.DataFrame(rows)[["max_area_mm2", *COSTS, "proven"]]
    names = {"max_area_mm2": "Largest die (mm²)", **TITLES, "proven": "Proven"}
    digits = st.column_config.NumberColumn(format="%.4g")
    data_table(
        frame.rename(columns=names),
        "larger_dies",
        alt="Costs on larger dies with the same macros.",
        config={names[n]: digits for n in ("max_area_mm2", *COSTS)},
    )


def larger_words(answer: Answer) -> str:
    """Such as: a die of 300 mm² would save 4 % of the energy."""
    first, last = answer["larger_die"][0], answer["larger_die"][-1]
    saved = {n: 1.0 - last[n] / first[n] for n in ("energy_uj", "latency_us") if first[n]}
    words = {"energy_uj": "energy", "latency_us": "time"}
    worth = [f"{saved[n]:.1%} of the {words[n]}" for n in saved if saved[n] >= WORTH]
    if last["max_area_mm2"] == first["max_area_mm2"]:
        return "No larger die was looked at yet."
    die = f"A die of {short(last['max_area_mm2'])} mm² with the same macros"
    if not worth:
        return f"{die} would save next to nothing: area does not hold this chip back."
    return f"{die} would save {' and '.join(worth)}."
