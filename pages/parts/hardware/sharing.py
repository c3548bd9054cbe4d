"""One chip for several networks: what each costs there, and on a chip of its own."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from cmn_core.charts.base.units import amount
from cmn_core.quantities import TITLES
from pages.parts.common.text import short
from pages.parts.frame.tables import data_table
from pages.parts.models.answers import Answer

SHARED = ("energy_uj", "latency_us")


def sharing_part(answer: Answer) -> None:
    """What sharing costs, in a sentence and a table."""
    st.header("One chip for all, and one for each", anchor=False)
    if words := sharing_words(answer):
        st.markdown(words)
    rows = []
    for row in answer["networks"]:
        alone = row["alone"] or {}
        rows.append(
            {
                "Network": row["model"],
                "Weight": row["weight"],
                **{TITLES[n]: row[n] for n in SHARED},
                **{f"Alone: {TITLES[n]}": alone.get(n) for n in (*SHARED, "area_mm2")},
            }
        )
    digits = st.column_config.NumberColumn(format="%.4g")
    frame = pd.DataFrame(rows)
    data_table(
        frame,
        "sharing",
        alt="Costs of each network on the shared chip and on a chip of its own.",
        config=dict.fromkeys(frame.columns[1:], digits),
    )
    left = len(answer["models"]) - len(rows)
    if left:
        st.caption(f"{left} networks are still to be searched alone, or were not reached.")


def sharing_words(answer: Answer) -> str | None:
    """Such as: an inference costs 12 µJ on the shared chip and 9 µJ on chips of their own."""
    found = answer["sharing"]
    if found is None:
        return None
    energy, area = found["energy_uj"], found["area_mm2"]
    more = energy["shared"] / energy["alone"] - 1.0
    shared, alone = (amount("energy_uj", energy[name]) for name in ("shared", "alone"))
    return (
        f"An average inference takes **{shared}** on the shared chip of {short(area['shared'])} mm²"
        f" and {alone} on chips of their own, {short(area['alone'])} mm² together:"
        f" sharing costs **{more:+.1%}** of energy."
    )
