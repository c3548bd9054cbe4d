"""The picture command in a process of its own, as the app asks for it."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmn_core.architecture import SPACES
from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.runs.commands.segment_photo import MAX_BYTES, see

DESIGN = Design(SPACES["b0"].smallest)


def photo(size: tuple[int, int] = (64, 48)) -> bytes:
    out = io.BytesIO()
    grey = np.linspace(0, 255, size[0] * size[1] * 3).reshape(size[1], size[0], 3)
    Image.fromarray(grey.astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


def test_a_photograph_comes_back_with_its_regions(home: Path) -> None:
    found = see(DESIGN, photo(), home=home)
    with Image.open(io.BytesIO(found.png)) as picture:
        assert picture.format == "PNG" and picture.width > picture.height
    assert sum(found.shares.values()) == pytest.approx(1.0)
    assert list(found.shares.values()) == sorted(found.shares.values(), reverse=True)


def test_what_is_no_photograph_is_refused_by_name(home: Path) -> None:
    with pytest.raises(FieldError, match="no image that can be read") as error:
        see(DESIGN, b"nothing", home=home)
    assert error.value.field == "image"


def test_a_large_file_is_refused_before_anything_starts(home: Path) -> None:
    with pytest.raises(FieldError, match="at most"):
        see(DESIGN, b"x" * (MAX_BYTES + 1), home=home)
    assert not home.exists()
