"""A photograph and its label picture: matched by name, read, and what they say checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from cmn_core.arrays import Bytes, Floats, Ints
from cmn_core.datasets.info import DatasetInfo
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.datasets.pictures import (
    ENDINGS,
    LabelPicture,
    Size,
    read_label,
    read_photo,
    shrink,
)
from cmn_core.errors import FieldError

Decode = Callable[[LabelPicture], Ints]
MIN_SIDE = 32
# Pictures from which on class shares say something: see tests/datasets/formats/test_pairs.py.
ENOUGH = 20
# Of the six real files at hand (tests have their shares only) it finds all six moved up and five
# moved down, and accuses none of their parts of 20 pictures.
PROOF = 0.4
TELLING = 8  # classes from which on their shares make a pattern


class MissingSplit(FieldError):
    """The data are there, the asked part of them (train, val or test) is not."""


@dataclass(frozen=True)
class Pair:
    """Two files of one picture; `name` is the photograph's, without its ending."""

    photo: Path
    label: Path

    @property
    def name(self) -> str:
        return self.photo.stem


def pictures_in(folder: Path, field: str) -> list[Path]:
    """All picture files in a folder, by name, without what a system hides there (`._name.png` of
    macOS); FieldError when there is none, or two of one name that differ in their ending."""
    found = sorted(
        p
        for p in folder.iterdir()
        if p.suffix.lower() in ENDINGS and not p.name.startswith(".") and p.is_file()
    )
    if not found:
        raise FieldError(
            field, f"folder {folder.name} holds no pictures", "PNG, JPEG and the like are read"
        )
    for one, other in pairwise(sorted(found, key=lambda p: p.stem)):
        if one.stem == other.stem:
            raise FieldError(
                field,
                f"folder {folder.name} holds {one.name} and {other.name}",
                "one file of each name is expected",
            )
    return found


def matched(
    photos: Iterable[Path], labels: Iterable[Path], field: str, ending: str = ""
) -> list[Pair]:
    """Pairs of equal stems (`ending` is what label stems have in addition, as `_L`)."""
    by_stem = {p.stem.removesuffix(ending): p for p in labels}
    pairs = []
    for photo in photos:
        if photo.stem not in by_stem:
            raise FieldError(
                field,
                f"photograph {photo.name} has no label file",
                f"a label picture {photo.stem}{ending}.png is expected",
            )
        pairs.append(Pair(photo, by_stem.pop(photo.stem)))
    if by_stem:
        extra = min(by_stem.values())
        raise FieldError(
            field,
            f"label file {extra.name} has no photograph",
            "every label needs a photograph of the same name",
        )
    return pairs


def read_pairs(
    pairs: Sequence[Pair],
    decode: Decode,
    info: DatasetInfo,
    size: Size | None,
    field: str = "data",
) -> SegmentationSet:
    """All pairs at one size (default: their own, which must then be the same for all).

    decode: the label file as it is written -> [h, w] class numbers and `info.ignore`
    """
    images: list[Bytes] = []
    labels: list[Bytes] = []
    for pair in pairs:
        photo, raw = read_photo(pair.photo, field), read_label(pair.label, field)
        if photo.shape[:2] != raw.values.shape[:2]:
            raise FieldError(
                field,
                f"{pair.photo.name} is {by(photo.shape)} and its label {by(raw.values.shape)}",
                "photograph, upright, and label of the same height and width are expected",
            )
        values = in_range(decode(raw), info, raw.name, field)
        target = size or (int(photo.shape[0]), int(photo.shape[1]))
        if images and images[0].shape[:2] != target:
            raise FieldError(
                field,
                f"{pairs[0].photo.name} is {by(images[0].shape)} and "
                f"{pair.photo.name} {by(photo.shape)}",
                "pictures of one size are expected; prepare --size 120x160 makes them so",
            )
        small = shrink(photo, values, target)
        images.append(small[0])
        labels.append(small[1])
    names, files = [p.name for p in pairs], tuple(str(p.photo.resolve()) for p in pairs)
    return replace(whole_set(np.stack(images), np.stack(labels), info, names, field), files=files)


def by(shape: tuple[int, ...]) -> str:
    """'480 x 640', height first."""
    return f"{shape[0]} x {shape[1]}"


def in_range(values: Ints, info: DatasetInfo, name: str, field: str) -> Bytes:
    """The class numbers as bytes; FieldError for one that the data set does not have."""
    classes = len(info.classes)
    wrong = values[((values < 0) | (values >= classes)) & (values != info.ignore)]
    if not wrong.size:
        return values.astype(np.uint8)
    cure = ""
    if int(wrong.max()) == classes and int(wrong.min()) == classes:
        cure = "; if yours count from 1 and 0 is unlabelled, --first-label 1 cures it"
    raise FieldError(
        field,
        f"a label of {name} is {int(wrong[0])}",
        f"{info.name} has labels 0 to {classes - 1} and {info.ignore} for unlabelled{cure}",
    )


def whole_set(
    images: Bytes,
    labels: Bytes,
    info: DatasetInfo,
    names: Sequence[str] = (),
    field: str = "data",
) -> SegmentationSet:
    """The set, after what only all pictures together can tell."""
    if min(images.shape[1:3]) < MIN_SIDE:
        raise FieldError(
            field,
            f"pictures are {by(images.shape[1:])}",
            f"at least {MIN_SIDE} x {MIN_SIDE} pixels are expected",
        )
    share = shares(labels, info)
    if not share.any():
        raise FieldError(field, "no pixel is labelled", "some labelled pixels are expected")
    if len(images) >= ENOUGH:
        refuse_shift(share, info, field)
    return SegmentationSet(images, labels, info, tuple(names))


def shares(labels: Bytes, info: DatasetInfo) -> Floats:
    """[classes] share of the labelled pixels; zeros where no pixel is labelled."""
    counts = np.bincount(labels.ravel(), minlength=256)[: len(info.classes)].astype(np.float64)
    return counts / max(1.0, counts.sum())


def refuse_shift(share: Floats, info: DatasetInfo, field: str) -> None:
    """FieldError when the class shares are those of the data set, but moved by one class.

    Labels that are off by one are within the range and train without complaint, to nothing; only
    the shares give them away. Proof is taken to be a distance (sum of absolute differences) from
    the known shares that a move by one brings down to PROOF of it.
    """
    known = np.array(info.train_pixel_share)
    if len(known) < TELLING or np.ptp(known) == 0.0:
        return
    asis = np.abs(share - known).sum()
    for move, found, cure in (
        (1, "counted from 1", "subtract 1 (0 becomes 255), or --first-label 1"),
        (-1, "one too low", "add 1"),
    ):
        shifted = known[:-1] if move > 0 else known[1:]
        seen = share[1:] if move > 0 else share[:-1]
        rest = share[0] if move > 0 else share[-1]
        if np.abs(seen / max(1e-9, 1.0 - rest) - shifted / shifted.sum()).sum() <= PROOF * asis:
            raise FieldError(
                field,
                f"labels seem {found}: their pixel shares are those of {info.name} moved by one",
                f"labels 0 to {len(known) - 1} are expected; {cure}",
            )
