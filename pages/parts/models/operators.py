"""What became of the operators of an ONNX file."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from cmn_core.models.report import operators_by_type
from pages.parts.common.tables import safe_frame
from pages.parts.models.answers import Answer

OPERATOR_COLUMNS = {
    "type": "Operator",
    "nodes": "Nodes",
    "treatment": "Treatment",
    "macs": "MACs",
    "why": "Why",
}


def operator_table(answer: Answer) -> None:
    """Nodes of the graph by type: what is priced, what is free, and by which rule."""
    rows = operators_by_type(answer["operators"])
    frame = pd.DataFrame(rows)[list(OPERATOR_COLUMNS)].rename(columns=OPERATOR_COLUMNS)
    st.dataframe(safe_frame(frame), hide_index=True, alt="Operators of the file by type and rule.")
