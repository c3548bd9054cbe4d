"""CamVid from its folders: 701 frames with coloured labels, or SegNet's folders of class numbers.

Layouts: `701_StillsRaw_full` and `LabeledApproved_full` (720 x 960, 32 classes as colours, files
`NAME_L.png`); `train`, `trainannot`, ... (360 x 480, classes 0..11, 11 = unlabelled); `train`,
`train_labels`, ... (720 x 960, colours). Colours are those of the set's label_colors.txt; the 11
classes are the grouping of Sturgess et al. (2009) that SegNet and its successors use.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cmn_core.arrays import Ints
from cmn_core.datasets.formats.folder import listed
from cmn_core.datasets.formats.pairs import MissingSplit, Pair, matched, pictures_in, read_pairs
from cmn_core.datasets.info import DatasetInfo
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.datasets.pictures import LabelPicture, Size
from cmn_core.errors import FieldError

RAW, APPROVED = "701_StillsRaw_full", "LabeledApproved_full"
CLASSES = 11
UNLABELLED = 11  # in SegNet's folders
# Class of the 11 (None: unlabelled) and the colours of the original classes that belong to it.
COLOURS: dict[int | None, tuple[tuple[int, int, int], ...]] = {
    0: ((128, 128, 128),),  # Sky
    # Building, Wall, Bridge, Archway, Tunnel
    1: ((128, 0, 0), (64, 192, 0), (0, 128, 64), (192, 0, 128), (64, 0, 64)),
    2: ((192, 192, 128), (0, 0, 64)),  # Column_Pole, TrafficCone
    3: ((128, 64, 128), (128, 0, 192), (192, 0, 64)),  # Road, both kinds of lane markings
    4: ((0, 0, 192), (64, 192, 128), (128, 128, 192)),  # Sidewalk, ParkingBlock, RoadShoulder
    5: ((128, 128, 0), (192, 192, 0)),  # Tree, VegetationMisc
    6: ((192, 128, 128), (128, 128, 64), (0, 64, 64)),  # SignSymbol, Misc_Text, TrafficLight
    7: ((64, 64, 128),),  # Fence
    # Car, SUVPickupTruck, Truck_Bus, Train, OtherMoving
    8: ((64, 0, 128), (64, 128, 192), (192, 128, 192), (192, 64, 128), (128, 64, 64)),
    # Pedestrian, Child, CartLuggagePram, Animal
    9: ((64, 64, 0), (192, 128, 64), (64, 0, 192), (64, 128, 64)),
    10: ((0, 128, 192), (192, 0, 192)),  # Bicyclist, MotorcycleScooter
    None: ((0, 0, 0),),  # Void
}


def is_camvid(path: Path) -> bool:
    """Whether a folder is laid out as one of the three."""
    return (path / APPROVED).is_dir() or any(
        (path / f"{split}{ending}").is_dir()
        for split in ("train", "val", "test")
        for ending in ("annot", "_labels")
    )


def load_camvid(
    path: Path, split: str, info: DatasetInfo, size: Size | None, field: str = "data"
) -> SegmentationSet:
    """The split of the folder; without lists of names, 701 frames are split as SegNet's are."""
    if len(info.classes) != CLASSES:
        raise FieldError(
            "dataset", f"found {info.name!r}", f"{path.name} is CamVid: camvid is expected"
        )

    def decode(label: LabelPicture) -> Ints:
        colours, values = label.colours(), label.numbers()
        numbered = values is not None and 0 < values.max() <= UNLABELLED
        if colours is not None and not (numbered and label.values.ndim == 3):
            return from_colours(colours, info.ignore, label.name, field)
        if values is None or values.max(initial=0) > UNLABELLED:
            raise FieldError(
                field,
                f"a label of {label.name} is {label.values.max()}",
                "CamVid's folders have 0 to 10 and 11 for unlabelled, or colours",
            )
        return np.where(values == UNLABELLED, info.ignore, values)

    return read_pairs(_pairs(path, split, field), decode, info, size, field)


def _pairs(path: Path, split: str, field: str) -> list[Pair]:
    if (path / APPROVED).is_dir():
        photos = next((path / n for n in (RAW, "images") if (path / n).is_dir()), None)
        if photos is None:
            raise FieldError(
                field, f"folder {path.name} has {APPROVED} and no {RAW}", "both are expected"
            )
        labels = pictures_in(path / APPROVED, field)
        pairs = matched(pictures_in(photos, field), labels, field, ending="_L")
        if (path / f"{split}.txt").is_file():
            names = listed(path, split, {p.name for p in pairs}, field)
            chosen = [p for p in pairs if p.name in names]
        else:
            chosen = [p for p in pairs if split == split_of(p.name)]
        if not chosen:
            raise MissingSplit(
                field, f"none of the {len(pairs)} frames is in split '{split}'", _allowed(split)
            )
        return chosen
    for ending, tail in (("annot", ""), ("_labels", "_L")):
        photos, folder = path / split, path / f"{split}{ending}"
        if photos.is_dir() and folder.is_dir():
            labels = pictures_in(folder, field)
            tail = tail if labels[0].stem.endswith("_L") else ""
            return matched(pictures_in(photos, field), labels, field, ending=tail)
    raise MissingSplit(field, f"folder {path.name} has no split '{split}'", _allowed(split))


def _allowed(split: str) -> str:
    return f"folders {split} and {split}annot or {split}_labels, or a list {split}.txt are expected"


def split_of(name: str) -> str:
    """SegNet's part of a frame: 367 train, 101 val and 233 test of the 701.

    Read off its lists (the training, validation and first 155 test names agree with this rule).
    """
    sequence, _, frame = name.partition("_")
    number = int("".join(c for c in frame if c.isdigit()) or 0)
    if sequence == "Seq05VD" or (sequence == "0001TP" and number >= 8550):
        return "test"
    if sequence == "0016E5" and 7959 <= number <= 8159:
        return "val"
    return "train"


def from_colours(values: Ints, ignore: int, name: str, field: str = "data") -> Ints:
    """[h, w, 3] colours of the 32 classes -> [h, w] classes 0..10 or `ignore`."""
    table = sorted(
        (r << 16 | g << 8 | b, ignore if kind is None else kind)
        for kind, colours in COLOURS.items()
        for r, g, b in colours
    )
    keys, kinds = np.array([k for k, _ in table]), np.array([c for _, c in table])
    packed = values[..., 0] << 16 | values[..., 1] << 8 | values[..., 2]
    place = np.searchsorted(keys, packed).clip(max=len(keys) - 1)
    wrong = keys[place] != packed
    if wrong.any():
        colour = tuple(int(v) for v in values[wrong][0])
        raise FieldError(
            field,
            f"{name} has colour {colour}",
            "the 32 colours of CamVid's label_colors.txt are expected, not smoothed ones",
        )
    found: Ints = kinds[place]
    return found
