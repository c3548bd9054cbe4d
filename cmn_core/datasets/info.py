"""Facts about each data set (class names, colour statistics), without its images."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cmn_core.assets import ASSETS
from cmn_core.errors import FieldError

FOLDER = ASSETS / "datasets"
NAMES = ("nyuv2", "camvid", "scenes")
DEFAULT = NAMES[0]
DESCRIPTION = "dataset.json"  # what `prepare` writes beside its npz files


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
    """Facts of the named data set, or of the one that a `dataset.json` of `prepare` describes;
    FieldError when there is none of that name."""
    if name.endswith(".json"):
        return described_in(Path(name))
    if name not in NAMES:
        near = difflib.get_close_matches(name, NAMES, n=1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        raise FieldError("dataset", f"found {name!r}", f"{hint}known are {', '.join(NAMES)}")
    raw = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}
    return DatasetInfo(**values)


def described_in(path: Path) -> DatasetInfo:
    """The data set of a description file; FieldError for one that is incomplete."""
    expected = "a dataset.json as the prepare command writes it is expected"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        info = DatasetInfo(
            name=str(raw["name"]),
            title=str(raw["title"]),
            classes=tuple(map(str, raw["classes"])),
            mean=_three(raw["mean"]),
            std=_three(raw["std"]),
            train_pixel_share=tuple(map(float, raw["train_pixel_share"])),
            image=(int(raw["image"][0]), int(raw["image"][1])),
        )
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise FieldError("dataset", f"{path.name}: {reason}", expected) from None
    except (ValueError, KeyError, TypeError, IndexError):
        raise FieldError("dataset", f"{path.name} describes no data set", expected) from None
    if not 2 <= len(info.classes) <= 255 or len(info.train_pixel_share) != len(info.classes):
        raise FieldError("dataset", f"{path.name} has {len(info.classes)} classes", expected)
    if min(info.std) <= 0.0:
        raise FieldError("dataset", f"{path.name} has a deviation of {min(info.std)}", expected)
    return info


def described_beside(data: str | Path) -> str | None:
    """What `dataset_info` takes, by the description beside the data: the shipped set of the same
    name and classes, or the path of that description; None where there is none.

    data: an npz file of `prepare`, its folder, or a word for data that need no file
    """
    folder = Path(data).parent if Path(data).suffix == ".npz" else Path(data)
    beside = folder / DESCRIPTION
    if not beside.is_file():
        return None
    found = described_in(beside)
    shipped = found.name in NAMES and dataset_info(found.name).classes == found.classes
    return found.name if shipped else str(beside)


def refuse_other(npz: Path, info: DatasetInfo) -> None:
    """FieldError where the description beside an npz file names other classes than `info`."""
    beside = npz.with_name(DESCRIPTION)
    if not beside.is_file():
        return
    found = described_in(beside)
    if found.classes != info.classes:
        raise FieldError(
            "dataset",
            f"found {info.name} with {len(info.classes)} classes, and {DESCRIPTION} beside"
            f" {npz.name} describes {found.name} with {len(found.classes)}",
            f"the path of that {DESCRIPTION} is expected",
        )


def _three(values: list[float]) -> tuple[float, float, float]:
    red, green, blue = values
    return float(red), float(green), float(blue)
