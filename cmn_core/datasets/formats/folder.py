"""Plain folders: photographs in `images/`, label pictures of the same names in `labels/`.

A split is a folder of its own (`train/images` and `train/labels`, or `images/train` and
`labels/train`) or a list of names (`train.txt`, one a line) beside `images` and `labels`.
Labels are class numbers from 0 (or `first_label`), 255 = unlabelled.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path, PurePosixPath

import numpy as np

from cmn_core.arrays import Ints
from cmn_core.datasets.formats.pairs import MissingSplit, Pair, matched, pictures_in, read_pairs
from cmn_core.datasets.info import DatasetInfo
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.datasets.pictures import LabelPicture, Size
from cmn_core.errors import FieldError, one_line

SPLITS = ("train", "val", "test")


def is_folder_set(path: Path) -> bool:
    """Whether there are images and labels, at the top or in a split's folder."""
    places = [path, *(path / split for split in SPLITS)]
    return any((p / "images").is_dir() and (p / "labels").is_dir() for p in places)


def load_folder(
    path: Path,
    split: str,
    info: DatasetInfo,
    size: Size | None,
    field: str = "data",
    *,
    first_label: int = 0,
) -> SegmentationSet:
    """first_label: the number of the first class in the files; what is below it is unlabelled."""

    colours = _Colours(field)

    def decode(label: LabelPicture) -> Ints:
        values = label.numbers()
        if values is None:
            raise FieldError(
                field,
                f"{label.name} holds colours",
                "label pictures with one class number a pixel (grey or palette) are expected",
            )
        colours.check(label)
        unlabelled = (values == info.ignore) | (values < first_label)
        return np.where(unlabelled, info.ignore, values - first_label)

    return read_pairs(_pairs(path, split, field), decode, info, size, field)


class _Colours:
    """Whether a number has the same colour in every palette: where not, the colours are what
    tells the classes, and the numbers mean something else in each file."""

    def __init__(self, field: str) -> None:
        self._field = field
        self._known: dict[int, tuple[str, tuple[int, ...]]] = {}

    def check(self, label: LabelPicture) -> None:
        palette = label.palette
        if palette is None:
            return
        for number in np.unique(label.values).tolist():
            colour = tuple(int(c) for c in palette[number]) if number < len(palette) else ()
            before, known = self._known.setdefault(number, (label.name, colour))
            if known != colour:
                raise FieldError(
                    self._field,
                    f"number {number} is colour {known} in {before} and {colour} in {label.name}",
                    "one palette for all label files, or grey class numbers, are expected",
                )


def _pairs(path: Path, split: str, field: str) -> list[Pair]:
    for photos, labels in (
        (path / split / "images", path / split / "labels"),
        (path / "images" / split, path / "labels" / split),
    ):
        if photos.is_dir() and labels.is_dir():
            return matched(pictures_in(photos, field), pictures_in(labels, field), field)
    if not (path / f"{split}.txt").is_file() or not (path / "images").is_dir():
        raise MissingSplit(
            field,
            f"folder {path.name} has no split '{split}'",
            f"folders {split}/images and {split}/labels, or a list {split}.txt is expected",
        )
    pairs = matched(pictures_in(path / "images", field), pictures_in(path / "labels", field), field)
    names = listed(path, split, {p.name for p in pairs}, field)
    return [p for p in pairs if p.name in names]


def listed(path: Path, split: str, known: Collection[str], field: str) -> set[str]:
    """Those of the known names that the list of a split has; FieldError for one that is not known.

    A line is a name or a path, with its ending or without, and may have blanks in it; where the
    whole line is no name, its first word is taken: so lists of pairs of paths will do.
    """
    source = path / f"{split}.txt"
    try:
        lines = source.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise FieldError(
            field, f"{source.name} is no text", "one name a line is expected"
        ) from None
    names = set()
    for line in filter(None, map(str.strip, lines)):
        place, first = PurePosixPath(line), PurePosixPath(line.split()[0])
        meant = (place.name, place.stem, first.name, first.stem)
        found = next((name for name in meant if name in known), None)
        if found is None:
            raise FieldError(
                field,
                f"{source.name} names {one_line(line, 60)}, which has no picture",
                "every name needs one",
            )
        names.add(found)
    if not names:
        raise FieldError(field, f"{source.name} is empty", "one name a line is expected")
    return names


def class_names(path: Path) -> tuple[str, ...] | None:
    """Lines of `classes.txt` or `codes.txt` in the folder, if there is one."""
    for name in ("classes.txt", "codes.txt"):
        source = path / name
        if source.is_file():
            return names_in(source)
    return None


def names_in(source: Path, field: str = "classes") -> tuple[str, ...]:
    """One class a line; FieldError for fewer than two or a name that comes twice."""
    try:
        lines = source.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise FieldError(
            field, f"{source.name} cannot be read", "a text with one class a line is expected"
        ) from None
    names = tuple(line.strip() for line in lines if line.strip())
    double = [n for i, n in enumerate(names) if n in names[:i]]
    if len(names) < 2 or len(names) > 255 or double:
        what = f"has '{double[0]}' twice" if double else f"has {len(names)} classes"
        raise FieldError(field, f"{source.name} {what}", "2 to 255 different names are expected")
    return names
