"""A student is taught, measured and exported, on generated scenes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.slow
def test_distil_then_measure_then_export(
    call: Callable[..., Any], small_set: Path, tmp_path: Path
) -> None:
    settings = ["--data", small_set, "--epochs", 2, "--batch", 4, "--out", tmp_path / "kd"]
    done = call("distil", small_set / "design.json", *settings, "--json")
    assert done.code == 0, done.err
    assert "epoch 2/2" in done.err
    answer = done.json
    assert answer["miou_teacher"] is not None
    again = call("distil", small_set / "design.json", *settings, "--json")
    assert "epoch" not in again.err  # nothing was left to do
    assert again.json["miou"] == answer["miou"]

    words = ["--dataset", "nyuv2", "--data", small_set / "val.npz", "--weights", answer["weights"]]
    scored = call("miou", small_set / "design.json", *words, "--json").json
    assert scored["miou"] == pytest.approx(answer["miou"], abs=0.5)  # stored in half precision
    assert "taught by" in scored["trained_on"]

    out = tmp_path / "out"
    words = ["--out", out, "--weights", answer["weights"], "--json"]
    done = call("export", small_set / "design.json", *words)
    assert done.code == 0, done.err
    assert sorted(p.name for p in out.iterdir()) == ["network.onnx", "network.safetensors"]
    assert done.json["onnx_bytes"] == (out / "network.onnx").stat().st_size


@pytest.mark.slow
def test_a_student_learns_its_routing_and_to_be_rounded(
    call: Callable[..., Any], small_set: Path, tmp_path: Path
) -> None:
    design = json.loads((small_set / "design.json").read_text())
    design["workload"] = {"routing": {"top_k": 1}}
    sparse = tmp_path / "sparse.json"
    sparse.write_text(json.dumps(design))
    out = ["--out", tmp_path / "rounded"]
    settings = ["--data", small_set, "--epochs", 1, "--batch", 4, "--share", 0, "--bits", "4/8"]
    done = call("distil", sparse, *settings, *out, "--json")
    assert done.code == 0, done.err
    assert (done.json["weight_bits"], done.json["activation_bits"]) == (4, 8)
    settings = ["--data", small_set, "--weights", done.json["weights"], "--bits", "4/8", "--json"]
    (row,) = call("quantise", sparse, *settings).json
    assert row["miou_after"] == pytest.approx(done.json["miou"], abs=0.5)  # half precision


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["distil", "DESIGN", "--data", "FOLDER", "--share", "2"], "share"),
        (["distil", "DESIGN", "--data", "FOLDER", "--temperature", "0"], "temperature"),
        (["distil", "DESIGN", "--data", "FOLDER", "--epochs", "0"], "epochs"),
        (["distil", "DESIGN", "--data", "FOLDER", "--bits", "17"], "bits"),
        (["distil", "DESIGN", "--data", "FOLDER", "--bits", "4/8/8"], "bits"),
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
