"""NYU Depth v2 from its official files: nyu_depth_v2_labeled.mat, splits.mat, classMapping40.mat.

The labelled file (MATLAB 7.3) holds 1,449 frames of 480 x 640 with 894 raw labels, 0 = unlabelled;
`splits.mat` the official 795 training and 654 test frames, counted from 1; `classMapping40.mat` the
class 1..40 of each raw label (Gupta et al., 2013). `val` is every fifth block of 16 consecutive
training frames: neighbouring frames show the same place, so single frames would leak.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cmn_core.arrays import Ints
from cmn_core.datasets.formats.mat import is_hdf5, numbers
from cmn_core.datasets.formats.pairs import MissingSplit, in_range, whole_set
from cmn_core.datasets.info import DatasetInfo
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.datasets.pictures import Size, shrink
from cmn_core.errors import FieldError

if TYPE_CHECKING:
    import h5py

LABELLED, SPLITS, MAPPING = "nyu_depth_v2_labeled.mat", "splits.mat", "classMapping40.mat"
CLASSES = 40
BLOCK, EVERY = 16, 5
SPLIT_NAMES = ("train", "val", "test")


def load_nyu(
    path: Path, split: str, info: DatasetInfo, size: Size | None, field: str = "data"
) -> SegmentationSet:
    """path: the labelled file, with the two small ones beside it."""
    if len(info.classes) != CLASSES:
        raise FieldError(
            "dataset", f"found {info.name!r}", f"{path.name} is NYU Depth v2: nyuv2 is expected"
        )
    chosen = frames(path, split, field)
    lookup = class_lookup(_beside(path, MAPPING, field), info, field)
    try:
        if not is_hdf5(path):
            raise FieldError(
                field, f"{path.name} is no MATLAB 7.3 file", f"the official {LABELLED} is expected"
            )
        import h5py

        with h5py.File(path, "r") as file:
            return _read(file, chosen, lookup, info, size, path.name, field)
    except FieldError:
        raise
    except (OSError, KeyError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is damaged or cut short"
        raise FieldError(
            field, f"{path.name} cannot be read ({reason})", "the whole official file is expected"
        ) from None


def _beside(path: Path, name: str, field: str) -> Path:
    found = path.with_name(name)
    if not found.is_file():
        raise FieldError(field, f"{name} is not there", f"it is expected beside {path.name}")
    return found


def frames(path: Path, split: str, field: str = "data") -> Ints:
    """Frames of the split, counted from 0, in the order of the file."""
    if split not in SPLIT_NAMES:
        raise MissingSplit(
            field, f"there is no split '{split}'", f"NYU Depth v2 has {', '.join(SPLIT_NAMES)}"
        )
    source = _beside(path, SPLITS, field)
    parts = {
        name: np.unique(numbers(source, (f"{name}Ndxs",), field)) for name in ("train", "test")
    }
    if min(p.min(initial=1) for p in parts.values()) < 1:
        raise FieldError(
            field, f"{SPLITS} counts frames from 0", "frames counted from 1 are expected"
        )
    both = np.intersect1d(parts["train"], parts["test"])
    if both.size:
        raise FieldError(
            field, f"{SPLITS} has frame {both[0]} in train and test", "disjoint parts are expected"
        )
    if split == "test":
        return parts["test"] - 1
    held_out = np.arange(len(parts["train"])) // BLOCK % EVERY == 1
    return parts["train"][held_out if split == "val" else ~held_out] - 1


def class_lookup(path: Path, info: DatasetInfo, field: str = "data") -> Ints:
    """[1 + raw labels]: class 0..39 of each raw label, `info.ignore` for raw label 0."""
    classes = numbers(path, ("mapClass", "mapping"), field)
    if classes.min(initial=1) == 0 and classes.max(initial=0) < CLASSES:
        raise FieldError(
            field, f"{path.name} counts classes from 0", "classes 1 to 40 are expected; add 1"
        )
    if classes.min(initial=1) < 0 or classes.max(initial=0) > CLASSES:
        raise FieldError(field, f"{path.name} has class {classes.max()}", "1 to 40 are expected")
    return np.concatenate([[info.ignore], np.where(classes == 0, info.ignore, classes - 1)])


def _read(
    file: h5py.File,
    chosen: Ints,
    lookup: Ints,
    info: DatasetInfo,
    size: Size | None,
    name: str,
    field: str,
) -> SegmentationSet:
    photos: Any = file.get("images")
    raw: Any = file.get("labels")
    for key, array, dims in (("images", photos, 4), ("labels", raw, 3)):
        if array is None or getattr(array, "ndim", 0) != dims:
            raise FieldError(field, f"{name} has no array '{key}' of {dims} axes", "it is expected")
    # MATLAB stores columns first: (frame, channel, width, height) and (frame, width, height). The
    # frames are wider than high, which tells a file that Python wrote the other way round.
    if photos.shape[1] != 3 or photos.dtype != np.uint8 or raw.dtype.kind != "u":
        raise FieldError(
            field,
            f"images have shape {photos.shape}, type {photos.dtype}; labels are {raw.dtype}",
            "images (N, 3, width, height) of uint8 and labels of uint16 are expected",
        )
    if (photos.shape[0], *photos.shape[2:]) != raw.shape:
        raise FieldError(
            field,
            f"images have shape {photos.shape} and labels {raw.shape}",
            "the same frames, width and height are expected",
        )
    if chosen.max(initial=-1) >= raw.shape[0]:
        raise FieldError(
            field,
            f"{SPLITS} names frame {chosen.max() + 1} and {name} has {raw.shape[0]}",
            "files that belong together are expected",
        )
    if raw.shape[1] == raw.shape[2]:
        found = f"frames are {raw.shape[1]} x {raw.shape[2]}"
        raise FieldError(field, found, "frames wider than high are expected")
    upright = raw.shape[1] < raw.shape[2]
    images, labels = [], []
    for i in chosen:
        values = np.asarray(raw[i]).astype(np.int64)
        values = values if upright else values.T
        if values.max(initial=0) >= len(lookup):
            raise FieldError(
                field,
                f"frame {i + 1} has raw label {values.max()}",
                f"{MAPPING} maps labels 1 to {len(lookup) - 1}",
            )
        known = in_range(lookup[values], info, f"frame {i + 1}", field)
        photo = np.asarray(photos[i]).transpose((1, 2, 0) if upright else (2, 1, 0))
        photo = np.ascontiguousarray(photo)
        small = shrink(photo, known, size or (photo.shape[0], photo.shape[1]))
        images.append(small[0])
        labels.append(small[1])
    names = [f"{i + 1:04d}" for i in chosen]
    return whole_set(np.stack(images), np.stack(labels), info, names, field)
