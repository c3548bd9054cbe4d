"""Tables with names that people gave: a browser saves what a table shows as CSV."""

from __future__ import annotations

import pandas as pd

from cmn_core.spreadsheet import safe_cell


def safe_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """The same table without a cell or a heading that a spreadsheet would take for a formula."""
    return frame.map(safe_cell).rename(columns=safe_cell)
