"""Pre-training through the command line, on a few generated pictures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cmn_core.supernet.network import checkpoint
from tests.datasets.formats.test_photographs import packed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 255, (6, 32, 32, 3), dtype=np.uint8)
    packed(tmp_path / "pretrain_000.npz", pictures[:4], [0, 1, 2, 1])
    packed(tmp_path / "val.npz", pictures[4:], [0, 2])
    return tmp_path


def test_pretrain_and_go_on(call: Callable[..., Any], folder: Path) -> None:
    out = folder / "run"
    settings = ["--photographs", folder / "pretrain_000.npz", "--batch", 2, "--out", out]
    done = call("pretrain", *settings, "--epochs", 1)
    assert done.code == 0, done.err
    assert "epoch 1/1" in done.err
    assert "% of 2 recognised" in done.err
    facts = checkpoint.load(out / "weights.safetensors")[1]
    assert facts["trained_on"] == f"4 labelled photographs of {folder.name}, from scratch"
    again = call("pretrain", *settings, "--epochs", 1)
    assert "epoch" not in again.err  # nothing was left to do


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--photographs", "nowhere.npz"], "photographs"),
        (["--photographs", "nowhere.npz", "--epochs", "0"], "epochs"),
        (["--photographs", "nowhere.npz", "--space", "b9"], "space"),
        (["--photographs", "nowhere.npz", "--rate", "nan"], "rate"),
    ],
)
def test_refusals(refused: Callable[..., str], arguments: list[str], field: str) -> None:
    assert refused("pretrain", *arguments).startswith(f"{field}: ")
