"""Pictures of a photograph and of a data set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image


def test_picture_of_a_photo_and_of_a_set(
    call: Callable[..., Any], small_set: Path, tmp_path: Path
) -> None:
    words = ("picture", small_set / "design.json", "--out", tmp_path / "seen.png", "--json")
    photo = call(*words, "--image", small_set / "photo.jpg")
    assert photo.code == 0, photo.err
    assert photo.json["size"] == [90, 60]
    assert sum(photo.json["shares"].values()) == pytest.approx(1.0)
    width = Image.open(tmp_path / "seen.png").width
    assert call(*words, "--data", small_set / "val.npz", "--index", "1").code == 0
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
    ],
)
def test_refusals(
    refused: Callable[..., str], small_set: Path, words: list[str], field: str
) -> None:
    paths = {
        "DESIGN": small_set / "design.json",
        "PHOTO": small_set / "photo.jpg",
        "VAL": small_set / "val.npz",
    }
    assert refused(*[paths.get(w, w) for w in words]).startswith(f"{field}: ")
