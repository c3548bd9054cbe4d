"""prepare, and training on what it wrote, as a person types it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cmn_core.supernet.network import checkpoint


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders of a person with two classes."""
    path = tmp_path_factory.mktemp("own")
    rng = np.random.default_rng(0)
    for split, count in (("train", 4), ("val", 2)):
        for kind in ("images", "labels"):
            (path / split / kind).mkdir(parents=True)
        for i in range(count):
            marks = np.repeat(np.repeat(rng.integers(0, 2, (4, 5), dtype=np.uint8), 16, 0), 16, 1)
            Image.fromarray(marks).save(path / split / "labels" / f"{i}.png")
            photo = np.stack([marks * 90] * 3, -1)
            Image.fromarray(photo).save(path / split / "images" / f"{i}.png")
    return path


def test_from_ones_own_folders_to_weights(
    call: Callable[..., Any], own: Path, tmp_path: Path
) -> None:
    out = tmp_path / "mine"
    options = ["--dataset", "mine", "--classes", 2, "--size", "32x40", "--out", out]
    done = call("prepare", own, *options, "--json")
    assert done.code == 0 and done.err == "", done.err
    facts = done.json
    assert facts["images"] == {"train": 4, "val": 2} and facts["image"] == [32, 40]
    run = tmp_path / "run"
    options = ["--data", out, "--dataset", out / "dataset.json", "--epochs", 1, "--batch", 2]
    done = call("train", *options, "--out", run)
    assert done.code == 0, done.err
    known = checkpoint.load(run / "weights.safetensors")[1]
    assert known["trained_on"] == "4 mine images, from scratch" and known["classes"] == 2


def test_generated_scenes(call: Callable[..., Any], tmp_path: Path) -> None:
    done = call("prepare", "generated", "--count", 8, "--out", tmp_path, "--size", "60x80")
    assert done.code == 0 and done.err == ""
    assert "8 train, 2 val, 2 test images" in done.out and "wall" in done.out
    assert (tmp_path / "dataset.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["nowhere"], "source"),
        (["OWN"], "dataset"),
        (["OWN", "--dataset", "mine"], "classes"),
        (["OWN", "--dataset", "mine", "--classes", "none.txt"], "classes"),
        (["OWN", "--dataset", "mine", "--classes", "2", "--size", "120"], "size"),
        (["OWN", "--dataset", "mine", "--classes", "2", "--size", "8x8"], "size"),
        (["OWN", "--dataset", "mine", "--classes", "2", "--first-label", "2"], "first_label"),
        (["OWN", "--dataset", "mine", "--classes", "2", "--count", "9"], "count"),
        (["OWN", "--dataset", "m/e", "--classes", "2"], "dataset"),
        (["generated", "--dataset", "nyuv2"], "dataset"),
        (["generated", "--count", "0"], "count"),
        (["generated", "--first-label", "1"], "first_label"),
    ],
)
def test_refusals(refused: Callable[..., str], own: Path, arguments: list[str], field: str) -> None:
    words = [own if a == "OWN" else a for a in arguments]
    assert refused("prepare", *words, "--out", "out").startswith(f"{field}: ")


def test_an_encoder_that_is_none_is_refused_before_anything_is_written(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    wrong = tmp_path / "x.pth"
    wrong.write_bytes(b"\x80\x04rubbish")
    labels = np.zeros((2, 32, 40), np.uint8)
    for part in ("train", "val"):
        np.savez(tmp_path / f"{part}.npz", images=np.stack([labels] * 3, -1), labels=labels)
    data = ["--data", tmp_path, "--dataset", "scenes", "--out", "run"]
    for more, word in (
        (["--pretrained", wrong], "no file of plain tensors"),
        (["--pretrained", wrong, "--start", wrong], "one of the two"),
    ):
        line = refused("train", *data, *more)
        assert line.startswith("pretrained: ") and word in line
