"""Small data sets on disk, written as their owners lay them out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmn_core.datasets.info import DatasetInfo

Save = Callable[[Path, np.ndarray], Path]


@pytest.fixture
def save() -> Save:
    """Write an array as a picture, with its folders."""

    def write(path: Path, values: np.ndarray) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.asarray(values, np.uint8)).save(path)
        return path

    return write


@pytest.fixture
def three() -> DatasetInfo:
    """A set of three classes of unequal share."""
    return DatasetInfo(
        "three", "Three", ("a", "b", "c"), (0.5,) * 3, (0.25,) * 3, (0.6, 0.3, 0.1), (32, 40)
    )
