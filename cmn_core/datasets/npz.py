"""Reading a segmentation set from an npz file: `images` and `labels`, checked before use."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cmn_core.arrays import Bytes
from cmn_core.datasets.info import DatasetInfo, refuse_other
from cmn_core.errors import FieldError

MAX_FILE_BYTES = 2_000_000_000
MAX_ARRAY_BYTES = 8_000_000_000
SMALLEST = 32  # pixels on a side: one key of block 1, of 8 x 8 patches of 4 pixels


@dataclass(frozen=True)
class SegmentationSet:
    """images: [N, height, width, 3] uint8 RGB; labels: [N, height, width] uint8 or ignore."""

    images: Bytes
    labels: Bytes
    info: DatasetInfo
    names: tuple[str, ...] = ()  # of the source's files, where known
    files: tuple[str, ...] = ()  # the photographs' own, links followed, where each is one

    def __len__(self) -> int:
        return int(self.images.shape[0])


def load_npz(path: str | Path, info: DatasetInfo, field: str = "data") -> SegmentationSet:
    """The set in that file; FieldError says what is wrong with it. Pickled content is refused, and
    so is a set of other classes by the description beside it."""
    path = Path(path)
    found = _header(path, field)
    refuse_other(path, info)
    for key, dims in (("images", 4), ("labels", 3)):
        if key not in found:
            raise FieldError(
                field, f"{path.name} has no array '{key}'", "images and labels are expected"
            )
        shape, dtype = found[key]
        if dtype != np.uint8 or len(shape) != dims:
            raise FieldError(
                field,
                f"'{key}' is {dtype} with shape {shape}",
                "uint8 images (N, height, width, 3) and labels (N, height, width) are expected",
            )
    image_shape, label_shape = found["images"][0], found["labels"][0]
    if image_shape[3] != 3 or image_shape[:3] != label_shape:
        raise FieldError(
            field,
            f"images have shape {image_shape} and labels {label_shape}",
            "the same N, height and width and three channels are expected",
        )
    if image_shape[0] == 0 or min(image_shape[1:3]) < SMALLEST:
        raise FieldError(
            field,
            f"{image_shape[0]} images of {image_shape[1]} x {image_shape[2]} pixels",
            f"at least one image of at least {SMALLEST} x {SMALLEST} pixels is expected",
        )
    if np.prod(image_shape, dtype=np.float64) > MAX_ARRAY_BYTES:
        raise FieldError(field, f"images have shape {image_shape}", "at most 8 GB are read")
    try:
        with np.load(path, allow_pickle=False) as file:
            images, labels = file["images"], file["labels"]
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise FieldError(
            field, f"{path.name} cannot be read ({error})", "a whole npz file is expected"
        ) from None
    classes = len(info.classes)
    wrong = labels[(labels >= classes) & (labels != info.ignore)]
    if wrong.size:
        cure = "; if yours count from 1, subtract 1 (and 0 becomes 255)"
        raise FieldError(
            field,
            f"a label is {int(wrong[0])}",
            f"{info.name} has labels 0 to {classes - 1} and {info.ignore} for unlabelled"
            f"{cure if wrong.max() == classes else ''}",
        )
    if not (labels != info.ignore).any():
        raise FieldError(field, "no pixel is labelled", "some labelled pixels are expected")
    return SegmentationSet(images, labels, info)


def _header(path: Path, field: str) -> dict[str, tuple[tuple[int, ...], np.dtype[np.generic]]]:
    """Shapes and types in the file, without reading the arrays."""
    expected = "an npz file with images and labels is expected"
    try:
        size = path.stat().st_size
        if size == 0:
            raise FieldError(field, f"{path.name} is empty", expected)
        if size > MAX_FILE_BYTES:
            raise FieldError(
                field, f"{path.name} has {size} bytes", f"at most {MAX_FILE_BYTES} are read"
            )
        out = {}
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if not name.endswith(".npy"):
                    continue
                with archive.open(name) as member:
                    version = np.lib.format.read_magic(member)
                    reader = (
                        np.lib.format.read_array_header_1_0
                        if version == (1, 0)
                        else np.lib.format.read_array_header_2_0
                    )
                    shape, _, dtype = reader(member)
                    out[name[:-4]] = (shape, dtype)
        return out
    except FieldError:
        raise
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise FieldError(field, f"{path.name}: {reason}", expected) from None
    except (zipfile.BadZipFile, ValueError, EOFError, KeyError, zlib.error, NotImplementedError):
        raise FieldError(field, f"{path.name} is no whole npz file", expected) from None
