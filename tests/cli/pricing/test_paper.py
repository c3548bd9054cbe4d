from __future__ import annotations

from collections.abc import Callable
from typing import Any

Call = Callable[..., Any]


def test_every_cell_as_json_and_as_a_table(call: Call, home: object) -> None:
    cells = call("paper", "--json").json
    assert len(cells) == 80
    keys = ["table", "row", "memory", "quantity", "scope", "printed", "ours", "ratio", "how"]
    assert all(key in cell for cell in cells for key in [*keys, "assumed"])
    text = call("paper").out
    assert "nas int8" in text and "whole network" in text.lower()


def test_one_question_at_a_time(call: Call, home: object) -> None:
    refused = call("paper", "--attribution", "--sensitivity")
    assert refused.code == 2
    assert refused.err.startswith("error: options: ") and refused.err.count("\n") == 1
