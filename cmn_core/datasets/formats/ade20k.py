"""ADE20K (scene parsing, 150 classes) from its folders `images` and `annotations`.

`training` and `validation` lie in each; an annotation is 0 for other and 1..150 for the classes
(Zhou et al., 2017, ADEChallengeData2016). The official test images have no labels.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cmn_core.arrays import Ints
from cmn_core.datasets.formats.pairs import MissingSplit, matched, pictures_in, read_pairs
from cmn_core.datasets.info import DatasetInfo
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.datasets.pictures import LabelPicture, Size
from cmn_core.errors import FieldError

CLASSES = 150
FOLDERS = {"train": "training", "val": "validation"}


def is_ade20k(path: Path) -> bool:
    """Whether a folder has images and annotations."""
    return (path / "images").is_dir() and (path / "annotations").is_dir()


def load_ade20k(
    path: Path, split: str, info: DatasetInfo, size: Size | None, field: str = "data"
) -> SegmentationSet:
    """train or val of the folder; other (0) becomes unlabelled, class 1 becomes 0."""
    if len(info.classes) != CLASSES:
        raise FieldError(
            "dataset", f"found {info.name!r}", f"{path.name} is ADE20K: ade20k is expected"
        )
    part = FOLDERS.get(split)
    places = [path / kind / str(part) for kind in ("images", "annotations")]
    if part is None or not all(p.is_dir() for p in places):
        raise MissingSplit(
            field,
            f"folder {path.name} has no split '{split}'",
            "images/training, annotations/training (train) and .../validation (val) are expected",
        )

    def decode(label: LabelPicture) -> Ints:
        values = label.numbers()
        if values is None or values.max(initial=0) > CLASSES:
            found = "holds colours" if values is None else f"has label {values.max()}"
            raise FieldError(
                field,
                f"{label.name} {found}",
                "the scene parsing release is expected: 0 for other and 1 to 150",
            )
        return np.where(values == 0, info.ignore, values - 1)

    pairs = matched(pictures_in(places[0], field), pictures_in(places[1], field), field)
    return read_pairs(pairs, decode, info, size, field)


def class_names(path: Path) -> tuple[str, ...]:
    """The first word of each class in objectInfo150.txt, or plain numbers without that file."""
    plain = tuple(f"class {i + 1}" for i in range(CLASSES))
    source = path / "objectInfo150.txt"
    if not source.is_file():
        return plain
    rows = [
        r.split("\t") for r in source.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    ]
    names = {int(r[0]): r[-1].split(",")[0].strip() for r in rows if r and r[0].strip().isdigit()}
    if set(names) != set(range(1, CLASSES + 1)):
        return plain
    return tuple(names[i] for i in range(1, CLASSES + 1))
