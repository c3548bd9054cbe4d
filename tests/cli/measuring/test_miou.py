"""miou and its options, on generated scenes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def test_miou_knows_every_imperfection(call: Callable[..., Any], small_set: Path) -> None:
    words = (
        "miou",
        small_set / "design.json",
        "--dataset",
        "nyuv2",
        "--data",
        small_set / "val.npz",
    )

    def answer(*options: str) -> dict[str, Any]:
        done = call(*words, *options, "--json")
        assert done.code == 0, done.err
        found: dict[str, Any] = done.json
        return {k: v for k, v in found.items() if k != "seconds"}

    clean = answer()
    assert answer("--output-sigma", "0") == clean
    noisy = answer("--output-sigma", "0.5", "--activation-bits", "2")
    assert noisy["pixel_accuracy"] != clean["pixel_accuracy"]
    assert answer("--output-sigma", "0.5", "--activation-bits", "2") == noisy
    assert answer("--output-sigma", "0.5,0.5,0.5,0.5", "--activation-bits", "2") == noisy
    assert answer("--output-sigma", "0.5", "--activation-bits", "2", "--seed", "1") != noisy


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (["--output-sigma", "-1"], "output_sigma"),
        (["--output-sigma", "nan"], "output_sigma"),
        (["--output-sigma", "1,2"], "output_sigma"),
        (["--output-sigma", "a"], "output_sigma"),
        (["--activation-bits", "0"], "activation_bits"),
        (["--activation-bits", "2.5"], "activation_bits"),
        (["--weight-bits", "17"], "weight_bits"),
    ],
)
def test_miou_refuses(
    refused: Callable[..., str], small_set: Path, options: list[str], field: str
) -> None:
    words = (
        "miou",
        small_set / "design.json",
        "--dataset",
        "nyuv2",
        "--data",
        small_set / "val.npz",
    )
    assert refused(*words, *options).startswith(f"{field}: ")
