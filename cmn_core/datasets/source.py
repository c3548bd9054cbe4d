"""One door to every data set: looks at what it is given and reads it with the right room."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cmn_core.datasets import scenes
from cmn_core.datasets.formats.ade20k import is_ade20k, load_ade20k
from cmn_core.datasets.formats.camvid import is_camvid, load_camvid
from cmn_core.datasets.formats.folder import is_folder_set, load_folder
from cmn_core.datasets.formats.nyu_mat import LABELLED, load_nyu
from cmn_core.datasets.formats.pairs import ENOUGH, MissingSplit, refuse_shift, shares
from cmn_core.datasets.info import DatasetInfo
from cmn_core.datasets.npz import SegmentationSet, load_npz
from cmn_core.datasets.pictures import Size, shrink
from cmn_core.errors import FieldError

GENERATED = "generated"
KINDS = (
    f"a folder with train.npz and val.npz, {LABELLED} or its folder, CamVid's folders, ADE20K's "
    f"folders, a folder with images and labels, or '{GENERATED}'"
)


def kind_of(where: str | Path, field: str = "data") -> str:
    """generated, npz, nyu, camvid, ade20k or folder; FieldError for anything else."""
    path = Path(where)
    if str(where) == GENERATED:
        return "generated"
    if not path.exists():
        raise FieldError(field, f"{path} does not exist", f"expected is {KINDS}")
    if path.is_file():
        if path.suffix not in (".npz", ".mat"):
            raise FieldError(field, f"{path.name} is no data set", f"expected is {KINDS}")
        return "npz" if path.suffix == ".npz" else "nyu"
    if next(path.glob("*.npz"), None) is not None:
        return "npz"
    if (path / LABELLED).is_file():
        return "nyu"
    for kind, fits in (("camvid", is_camvid), ("ade20k", is_ade20k), ("folder", is_folder_set)):
        if fits(path):
            return kind
    empty = next(path.iterdir(), None) is None
    what = "is empty" if empty else "holds no data set that is known"
    raise FieldError(field, f"folder {path.name} {what}", f"expected is {KINDS}")


def open_dataset(
    where: str | Path,
    split: str,
    info: DatasetInfo,
    size: Size | None = None,
    *,
    field: str = "data",
    first_label: int = 0,
    count: int | None = None,
    seed: int = 0,
) -> SegmentationSet:
    """The split (train, val or test) of a data set in any form that is known.

    size: height and width to bring pictures to (default: their own)
    first_label: of a plain folder; count and seed: of generated scenes
    A file of type npz is one split and is taken as it is, whatever `split` says.
    """
    path, kind = Path(where), kind_of(where, field)
    if first_label != 0 and kind != "folder":
        raise FieldError("first_label", f"found {first_label}", "it is for images and labels only")
    if kind == "camvid":
        return load_camvid(path, split, info, size, field)
    if kind == "ade20k":
        return load_ade20k(path, split, info, size, field)
    if kind == "nyu":
        return load_nyu(path if path.is_file() else path / LABELLED, split, info, size, field)
    if kind == "folder":
        return load_folder(path, split, info, size, field, first_label=first_label)
    if kind == "generated":
        if info.name != "scenes":
            raise FieldError("dataset", f"found {info.name!r}", "generated scenes are 'scenes'")
        if split not in scenes.SPLITS:
            raise MissingSplit(field, f"there is no split '{split}'", "train, val, test are made")
        return resized(scenes.generate(split, count or scenes.COUNTS[split], seed), size)
    file = path if path.is_file() else path / f"{split}.npz"
    if not file.exists():
        raise MissingSplit(
            field, f"folder {path.name} has no split '{split}'", f"{split}.npz is expected in it"
        )
    data = load_npz(file, info, field)
    if len(data) >= ENOUGH:
        refuse_shift(shares(data.labels, info), info, field)
    return resized(data, size)


def resized(data: SegmentationSet, size: Size | None) -> SegmentationSet:
    """The same pictures at another height and width."""
    if size is None or data.images.shape[1:3] == size:
        return data
    parts = [shrink(i, k, size) for i, k in zip(data.images, data.labels, strict=True)]
    images, labels = np.stack([p[0] for p in parts]), np.stack([p[1] for p in parts])
    return SegmentationSet(images, labels, data.info, data.names)
