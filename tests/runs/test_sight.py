"""The picture command in a process of its own, as the app asks for it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cmn_core.errors import FieldError
from cmn_core.runs.home import locks_dir, prepare
from cmn_core.runs.lock import FileLock
from cmn_core.runs.sight import MAX_BYTES, SightError, see

DESIGN: dict[str, Any] = {
    "schema": "cmn.design/1",
    "space": "b0",
    "architecture": {"experts": [1, 1, 1, 1], "hidden": [16, 16, 16, 16]},
}


def photo(size: tuple[int, int] = (64, 48)) -> bytes:
    out = io.BytesIO()
    grey = np.linspace(0, 255, size[0] * size[1] * 3).reshape(size[1], size[0], 3)
    Image.fromarray(grey.astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, which must be empty afterwards."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    return place


def test_a_photograph_comes_back_with_its_regions_and_leaves_nothing(
    home: Path, folder: Path
) -> None:
    found = see(DESIGN, photo(), home=home)
    with Image.open(io.BytesIO(found.png)) as picture:
        assert picture.format == "PNG" and picture.width > picture.height
    assert sum(found.shares.values()) == pytest.approx(1.0)
    assert list(found.shares.values()) == sorted(found.shares.values(), reverse=True)
    assert list(folder.iterdir()) == []


def test_what_is_no_photograph_is_refused_by_name(home: Path, folder: Path) -> None:
    with pytest.raises(FieldError, match="no image that can be read") as error:
        see(DESIGN, b"nothing", home=home)
    assert error.value.field == "image"
    assert list(folder.iterdir()) == []


def test_a_large_file_is_refused_before_anything_starts(home: Path) -> None:
    with pytest.raises(FieldError, match="at most"):
        see(DESIGN, b"x" * (MAX_BYTES + 1), home=home)
    assert not home.exists()


def test_one_photograph_at_a_time(home: Path) -> None:
    lock = FileLock.take(locks_dir(prepare(home)) / "picture.lock")
    assert lock is not None
    with lock, pytest.raises(SightError, match="another photograph"):
        see(DESIGN, photo(), home=home, patience_s=0.0)


def test_a_call_that_takes_too_long_is_ended(home: Path, folder: Path) -> None:
    with pytest.raises(SightError, match=r"longer than 0\.01 s"):
        see(DESIGN, photo(), home=home, limit_s=0.01)
    assert list(folder.iterdir()) == []
    lock = FileLock.take(locks_dir(home) / "picture.lock")
    assert lock is not None
    lock.release()


def test_a_place_that_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RuntimeError, match="cannot be used"):
        see(DESIGN, photo(), home=tmp_path / "file" / "home")


def test_asking_imports_no_torch() -> None:
    code = "import sys, json, cmn_core.runs.sight; print(json.dumps('torch' in sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert json.loads(out.stdout) is False
