"""The price of few bits, on generated scenes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.slow
def test_weights_and_activations_of_few_bits(call: Callable[..., Any], small_set: Path) -> None:
    done = call(
        "quantise", small_set / "design.json", "--data", small_set, "--bits", "4/6", "--json"
    )
    assert done.code == 0, done.err
    rows = done.json
    assert [(r["weight_bits"], r["activation_bits"]) for r in rows] == [(4, 6)]
    assert rows[0]["change"] == rows[0]["miou_after"] - rows[0]["miou_before"]


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["quantise", "DESIGN", "--data", "FOLDER", "--bits", "8,x"], "bits"),
        (["quantise", "DESIGN", "--data", "FOLDER", "--bits", "8/4/2"], "bits"),
        (["quantise", "DESIGN", "--data", "FOLDER", "--method", "guess"], "method"),
        (["quantise", "DESIGN", "--data", "nowhere"], "data"),
    ],
)
def test_refusals(
    refused: Callable[..., str], small_set: Path, words: list[str], field: str
) -> None:
    paths = {
        "DESIGN": small_set / "design.json",
        "FOLDER": small_set,
    }
    assert refused(*[paths.get(w, w) for w in words]).startswith(f"{field}: ")
