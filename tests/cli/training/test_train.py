"""Training and measuring through the command line, on generated scenes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.supernet.measure import accuracy_table
from cmn_core.supernet.measure.table_sample import jobs
from cmn_core.supernet.network import checkpoint


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """train.npz and val.npz with a few noisy scenes of CamVid's classes."""
    path = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for name, count in (("train", 8), ("val", 2)):
        labels = np.repeat(rng.integers(0, 11, (count, 4, 6), dtype=np.uint8), 8, axis=1)
        labels = np.repeat(labels, 8, axis=2)
        images = np.stack([labels * 20] * 3, axis=-1)
        np.savez(path / f"{name}.npz", images=images, labels=labels)
    return path


def test_train_then_measure(call: Callable[..., Any], folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    settings = ["--data", folder, "--dataset", "camvid", "--batch", 4, "--out", out]
    done = call("train", *settings, "--epochs", 2)
    assert done.code == 0, done.err
    assert done.out == ""
    assert "epoch 2/2" in done.err
    weights = out / "weights.safetensors"
    assert checkpoint.load(weights)[1]["trained_on"] == "8 camvid images, from scratch"
    again = call("train", *settings, "--epochs", 2)
    assert "epoch" not in again.err  # nothing was left to do
    other = call("train", *settings, "--epochs", 3)
    assert other.code == 2
    assert other.err.startswith("error: out: ")

    table = tmp_path / "table.csv"
    wanted = jobs(SPACES["b0"], 3, 1, 1, 0)
    wanted = [*wanted[:4], wanted[-1]]  # three subnets, one of them at 1 bit and one disturbed
    source = accuracy_table.Source("b0", "camvid", weights, folder / "val.npz")
    counts = list(accuracy_table.tabulate(wanted[:2], table, source, processes=1))
    assert counts == [1, 2]
    rest = list(accuracy_table.tabulate(wanted, table, source, processes=2))
    assert rest == [3, 4, 5]  # what was there is not measured again
    assert len(accuracy_table.sort_table(table)) == 5
    last = accuracy_table.read_rows(table)[-1]
    assert last["output_sigma"] == "0.3"
    assert len(last["class_iou"].split()) == 11
    assert [len(b.split()) for b in last["routing"].split("/")] == [
        int(last[f"e{b}"]) for b in (1, 2, 3, 4)
    ]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--data", "nowhere"], "data"),
        (["--data", "nowhere", "--epochs", "0"], "epochs"),
        (["--data", "nowhere", "--epochs", "3", "--stop", "4"], "stop"),
        (["--data", "nowhere", "--dataset", "nyu"], "dataset"),
        (["--data", "nowhere", "--space", "b9"], "space"),
        (["--data", "nowhere", "--rate", "nan"], "rate"),
        (["--data", "nowhere", "--crop", "1.2"], "crop"),
        (["--data", "nowhere", "--paste", "half"], "paste"),
    ],
)
def test_refusals(refused: Callable[..., str], arguments: list[str], field: str) -> None:
    assert refused("train", *arguments).startswith(f"{field}: ")
