"""Figure D1 as a study: how far the simulator is from circuits that it never saw."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from cmn_core.studies.result import Result
from pages.parts.frame.tables import data_table
from pages.parts.studies.frame import beside_the_paper, made_with, study_result


def show_circuits() -> None:
    """The stored study, or one's own: scores by class of chips, and the paper's claim."""
    result = study_result("silicon")
    if result is None:
        return
    table = pd.DataFrame(score_rows(result))
    data_table(table, "figure_d1", alt="Held-out scores by class of chips and figure.")
    share = result.settings["coverage"]
    st.caption(
        "Each chip is predicted without itself. The interval is as wide as the errors on"
        f" {share:.0%} of the class's other chips."
    )
    beside_the_paper(result)
    made_with(result)


def score_rows(result: Result) -> list[dict[str, Any]]:
    """One row per class and figure."""
    return [
        {
            "Chips and figure": name,
            "Chips": found["chips"],
            "Median factor": f"{found['median_factor']:.2f}×",
            "Within 2×": f"{found['within_2x']:.0%}",
            "Inside the interval": f"{found['inside_interval']:.0%}",
        }
        for name, found in result.summary.items()
        if "median_factor" in found
    ]
