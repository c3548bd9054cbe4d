"""Which disturbances are measured, and that a table goes on where it stopped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from cmn_core.architecture import SPACES
from cmn_core.datasets.info import dataset_info
from cmn_core.nonideal import IDEAL, NonIdeal
from cmn_core.supernet.measure.disturbance import (
    COLUMNS,
    STEPS,
    Disturbance,
    disturb,
    disturbances,
    read_rows,
)
from cmn_core.supernet.network import checkpoint
from cmn_core.supernet.network.model import Segmenter

SMALL = SPACES["b0"].smallest


def test_every_step_for_every_subnet() -> None:
    wanted = disturbances(SPACES["b0"], 3, 2, 0)
    assert len(wanted) == 3 * (1 + 2 * len(STEPS)) == len({d.key for d in wanted})
    assert sum(d.kind == "none" for d in wanted) == 3


def test_what_each_step_does_to_hardware() -> None:
    assert Disturbance(SMALL, "none", 0, 0.0, 0).nonideal == IDEAL
    third = Disturbance(SMALL, "output", 3, 0.3, 0).nonideal
    assert third == NonIdeal(output_sigma=(0.0, 0.0, 0.3, 0.0))
    assert Disturbance(SMALL, "write", 0, 0.02, 0).nonideal == NonIdeal(write_noise=0.02)
    assert Disturbance(SMALL, "read", 0, 0.05, 0).nonideal == NonIdeal(read_noise=0.05)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Weights that nobody trained, and two scenes."""
    info = dataset_info("scenes")
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, *info.image, 3), dtype=np.uint8)
    labels = rng.integers(0, len(info.classes), (2, *info.image), dtype=np.uint8)
    np.savez(tmp_path / "val.npz", images=images, labels=labels)
    fresh = Segmenter(SPACES["b0"], len(info.classes)).reset(torch.Generator().manual_seed(1))
    checkpoint.save_weights(tmp_path / "w.safetensors", fresh, {})
    return tmp_path / "w.safetensors", tmp_path / "val.npz"


def test_it_goes_on_where_it_stopped(tmp_path: Path, files: tuple[Path, Path]) -> None:
    weights, data = files
    wanted = [
        Disturbance(SMALL, *step, 0)
        for step in (("none", 0, 0.0), ("output", 1, 0.15), ("write", 0, 0.05))
    ]

    def run(table: Path) -> list[int]:
        return list(
            disturb(wanted, table, space="b0", dataset="scenes", weights=weights, data=data)
        )

    whole, cut = tmp_path / "whole.csv", tmp_path / "cut.csv"
    assert run(whole) == [1, 2, 3]
    assert run(whole) == []
    lines = whole.read_text().splitlines()
    assert lines[0] == ",".join(COLUMNS)
    cut.write_text("\n".join(lines[:2]) + "\n1,1,1,1,16,1")
    assert run(cut) == [2, 3]
    assert cut.read_text() == whole.read_text()
    assert {r["kind"] for r in read_rows(whole)} == {"none", "output", "write"}
