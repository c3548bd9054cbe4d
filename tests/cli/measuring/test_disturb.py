"""What recalibrated routers win back, through the command line, on noise for pictures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cmn_core.architecture import SPACES
from cmn_core.datasets.info import dataset_info
from cmn_core.supernet.network import checkpoint
from cmn_core.supernet.network.model import Segmenter


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path, info = tmp_path_factory.mktemp("data"), dataset_info("scenes")
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (2, 32, 48, 3), dtype=np.uint8)
    labels = rng.integers(0, len(info.classes), (2, 32, 48), dtype=np.uint8)
    np.savez(path / "some.npz", images=images, labels=labels)
    fresh = Segmenter(SPACES["b0"], len(info.classes)).reset(torch.Generator().manual_seed(1))
    checkpoint.save_weights(path / "w.safetensors", fresh, {"dataset": "scenes"})
    return path


def test_each_design_and_noise_has_a_row(call: Callable[..., Any], folder: Path) -> None:
    words = ["--data", folder / "some.npz", "--dataset", "scenes"]
    words += ["--weights", folder / "w.safetensors", "--recalibrate", folder / "some.npz"]
    done = call("disturb", *words, "--designs", 2, "--seeds", 1, "--json")
    assert done.code == 0, done.err
    assert [row["write_noise"] for row in done.json] == [0.05, 0.1, 0.05, 0.1]
    assert {"exact", "noisy", "recalibrated"} <= set(done.json[0])
    assert len({row["exact"] for row in done.json[:2]}) == 1


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--data", "nowhere.npz"], "data"),
        (["--data", "some.npz", "--recalibrate", "nowhere.npz"], "recalibrate"),
        (["--data", "some.npz", "--json"], "json"),
    ],
)
def test_refusals(
    refused: Callable[..., str], folder: Path, arguments: list[str], field: str
) -> None:
    words = [str(folder / w) if w == "some.npz" else w for w in arguments]
    assert refused("disturb", "--dataset", "scenes", *words).startswith(f"{field}: ")
