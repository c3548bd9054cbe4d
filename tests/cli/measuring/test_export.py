"""What export refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["export", "DESIGN", "--out", "DESIGN"], "out"),
        (["export", "DESIGN", "--out", "new", "--weights", "none"], "weights"),
        (["export", "DESIGN", "--out", "new", "--dataset", "nyu"], "dataset"),
    ],
)
def test_refusals(
    refused: Callable[..., str], small_set: Path, words: list[str], field: str
) -> None:
    paths = {
        "DESIGN": small_set / "design.json",
    }
    assert refused(*[paths.get(w, w) for w in words]).startswith(f"{field}: ")
