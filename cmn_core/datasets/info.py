"""Facts about each data set (class names, colour statistics), without its images."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cmn_core.errors import FieldError

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "datasets"
NAMES = ("nyuv2", "camvid")


@dataclass(frozen=True)
class DatasetInfo:
    """Channel statistics are of the training images, in 0..1; shares are of labelled pixels."""

    name: str
    title: str
    classes: tuple[str, ...]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    train_pixel_share: tuple[float, ...]
    image: tuple[int, int]  # height, width of the measured images
    ignore: int = 255


@cache
def dataset_info(name: str) -> DatasetInfo:
    """Facts of the named data set; FieldError when there is none of that name."""
    if name not in NAMES:
        near = difflib.get_close_matches(name, NAMES, n=1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        raise FieldError("dataset", f"found {name!r}", f"{hint}known are {', '.join(NAMES)}")
    raw = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}
    return DatasetInfo(**values)
