"""Photographs with one label each, to pre-train on: MiniPlaces scenes, Tiny ImageNet objects.

The file format is that of the data's READMEs: a JPEG header common to all pictures of a file, the
rest of each one after another, `offset` to cut them, and a label per picture.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cmn_core.arrays import Bytes, Ints
from cmn_core.errors import FieldError, one_line

EXPECTED = "an npz with header, jpeg, offset and label is expected"


@dataclass(frozen=True)
class ClassifiedSet:
    """images: [N, height, width, 3] uint8 RGB; labels: [N], 0 to classes - 1."""

    images: Bytes
    labels: Ints
    classes: int
    name: str

    def __len__(self) -> int:
        return len(self.labels)


def unpacked(arrays: Mapping[str, NDArray[Any]], chosen: Iterable[int]) -> Bytes:
    """The chosen pictures, [N, height, width, 3], of arrays `header`, `jpeg` and `offset`."""
    header, body, offset = arrays["header"].tobytes(), arrays["jpeg"].tobytes(), arrays["offset"]
    pictures = (Image.open(io.BytesIO(header + body[offset[i] : offset[i + 1]])) for i in chosen)
    return np.stack([np.asarray(picture.convert("RGB")) for picture in pictures])


def load_photographs(paths: Sequence[str | Path], field: str = "photographs") -> ClassifiedSet:
    """All pictures of the files, which count their classes alike; FieldError where one is bad."""
    images, labels = zip(*(_read(Path(path), field) for path in paths), strict=True)
    sizes = {part.shape[1:] for part in images}
    if len(sizes) > 1:
        raise FieldError(
            field, f"pictures of {sorted(sizes)}", "files of one set have pictures of one size"
        )
    joined = np.concatenate(labels)
    name = Path(paths[0]).resolve().parent.name
    return ClassifiedSet(np.concatenate(images), joined, int(joined.max()) + 1, name)


def _read(path: Path, field: str) -> tuple[Bytes, Ints]:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in ("header", "jpeg", "offset", "label")}
        labels = arrays["label"].astype(np.int64)
        if labels.ndim != 1 or len(labels) == 0 or len(arrays["offset"]) != len(labels) + 1:
            raise ValueError(f"{arrays['label'].shape} labels, {len(arrays['offset'])} offsets")
        return unpacked(arrays, range(len(labels))), labels
    except OSError as error:
        reason = (error.strerror or one_line(error, 80)).lower()
        raise FieldError(field, f"{path.name}: {reason}", EXPECTED) from None
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise FieldError(
            field, f"{path.name} cannot be read ({one_line(error, 80)})", EXPECTED
        ) from None
