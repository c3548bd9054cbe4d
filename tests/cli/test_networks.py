"""quantise, distil, export, picture and the options of miou, on generated scenes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small design, and train.npz and val.npz with a few scenes of NYUv2's classes."""
    path = tmp_path_factory.mktemp("networks")
    rng = np.random.default_rng(0)
    for name, count in (("train", 8), ("val", 2)):
        labels = np.repeat(rng.integers(0, 40, (count, 4, 6), dtype=np.uint8), 12, axis=1)
        labels = np.repeat(labels, 12, axis=2)
        images = np.stack([labels * 6] * 3, axis=-1)
        np.savez(path / f"{name}.npz", images=images, labels=labels)
    design = {"experts": [1, 2, 1, 1], "hidden": [16, 32, 48, 64]}
    text = json.dumps({"schema": "cmn.design/1", "space": "b0", "architecture": design})
    (path / "design.json").write_text(text)
    photo = np.random.default_rng(1).integers(0, 256, (90, 60, 3), dtype=np.uint8)
    Image.fromarray(photo).save(path / "photo.jpg")
    return path


def test_miou_knows_every_imperfection(call: Callable[..., Any], folder: Path) -> None:
    words = ("miou", folder / "design.json", "--dataset", "nyuv2", "--data", folder / "val.npz")

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
    refused: Callable[..., str], folder: Path, options: list[str], field: str
) -> None:
    words = ("miou", folder / "design.json", "--dataset", "nyuv2", "--data", folder / "val.npz")
    assert refused(*words, *options).startswith(f"{field}: ")


@pytest.mark.slow
def test_quantise_then_distil_then_export(
    call: Callable[..., Any], folder: Path, tmp_path: Path
) -> None:
    done = call("quantise", folder / "design.json", "--data", folder, "--bits", "4/6", "--json")
    assert done.code == 0, done.err
    rows = done.json
    assert [(r["weight_bits"], r["activation_bits"]) for r in rows] == [(4, 6)]
    assert rows[0]["change"] == rows[0]["miou_after"] - rows[0]["miou_before"]

    settings = ["--data", folder, "--epochs", 2, "--batch", 4, "--out", tmp_path / "kd"]
    done = call("distil", folder / "design.json", *settings, "--json")
    assert done.code == 0, done.err
    assert "epoch 2/2" in done.err
    answer = done.json
    assert answer["miou_teacher"] is not None
    again = call("distil", folder / "design.json", *settings, "--json")
    assert "epoch" not in again.err  # nothing was left to do
    assert again.json["miou"] == answer["miou"]

    words = ["--dataset", "nyuv2", "--data", folder / "val.npz", "--weights", answer["weights"]]
    scored = call("miou", folder / "design.json", *words, "--json").json
    assert scored["miou"] == pytest.approx(answer["miou"], abs=0.5)  # stored in half precision
    assert "taught by" in scored["trained_on"]

    out = tmp_path / "out"
    words = ["--out", out, "--weights", answer["weights"], "--json"]
    done = call("export", folder / "design.json", *words)
    assert done.code == 0, done.err
    assert sorted(p.name for p in out.iterdir()) == ["network.onnx", "network.safetensors"]
    assert done.json["onnx_bytes"] == (out / "network.onnx").stat().st_size


def test_picture_of_a_photo_and_of_a_set(
    call: Callable[..., Any], folder: Path, tmp_path: Path
) -> None:
    words = ("picture", folder / "design.json", "--out", tmp_path / "seen.png", "--json")
    photo = call(*words, "--image", folder / "photo.jpg")
    assert photo.code == 0, photo.err
    assert photo.json["size"] == [90, 60]
    assert sum(photo.json["shares"].values()) == pytest.approx(1.0)
    width = Image.open(tmp_path / "seen.png").width
    assert call(*words, "--data", folder / "val.npz", "--index", "1").code == 0
    assert Image.open(tmp_path / "seen.png").width > width  # with the ground truth


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["picture", "DESIGN", "--out", "a.png"], "image"),
        (["picture", "DESIGN", "--out", "a.png", "--image", "x.jpg", "--data", "y.npz"], "image"),
        (["picture", "DESIGN", "--out", "a.png", "--image", "none.jpg"], "image"),
        (["picture", "DESIGN", "--out", "no/where.png", "--image", "PHOTO"], "out"),
        (["picture", "DESIGN", "--out", "a.png", "--data", "VAL", "--index", "2"], "index"),
        (["picture", "DESIGN", "--out", "a.png", "--image", "DESIGN"], "image"),
        (["export", "DESIGN", "--out", "DESIGN"], "out"),
        (["export", "DESIGN", "--out", "new", "--weights", "none"], "weights"),
        (["export", "DESIGN", "--out", "new", "--dataset", "nyu"], "dataset"),
        (["quantise", "DESIGN", "--data", "FOLDER", "--bits", "8,x"], "bits"),
        (["quantise", "DESIGN", "--data", "FOLDER", "--bits", "8/4/2"], "bits"),
        (["quantise", "DESIGN", "--data", "FOLDER", "--method", "guess"], "method"),
        (["quantise", "DESIGN", "--data", "nowhere"], "data"),
        (["distil", "DESIGN", "--data", "FOLDER", "--share", "2"], "share"),
        (["distil", "DESIGN", "--data", "FOLDER", "--temperature", "0"], "temperature"),
        (["distil", "DESIGN", "--data", "FOLDER", "--epochs", "0"], "epochs"),
    ],
)
def test_refusals(refused: Callable[..., str], folder: Path, words: list[str], field: str) -> None:
    paths = {
        "DESIGN": folder / "design.json",
        "PHOTO": folder / "photo.jpg",
        "VAL": folder / "val.npz",
        "FOLDER": folder,
    }
    assert refused(*[paths.get(w, w) for w in words]).startswith(f"{field}: ")
