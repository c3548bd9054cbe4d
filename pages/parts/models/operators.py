"""What became of the operators of an ONNX file."""

from __future__ import annotations

import pandas as pd

from cmn_core.models.report import operators_by_type
from pages.parts.frame.tables import data_table
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
    data_table(frame, "operators", alt="Operators of the file by type and rule.")
