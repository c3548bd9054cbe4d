"""Text that is safe in a cell of somebody's spreadsheet."""

from __future__ import annotations

import re
from typing import Any

_ORDERS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def safe_cell(value: Any) -> Any:
    """The value, a text that a spreadsheet would carry out as a formula with an apostrophe before
    it. Numbers stay numbers, also those written as text."""
    if not isinstance(value, str) or not value.lstrip(" ").startswith(_ORDERS):
        return value
    return value if _NUMBER.fullmatch(value.strip(" ")) else f"'{value}"
