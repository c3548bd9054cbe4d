"""Photographs and label pictures from files, and both at another size.

Photographs are shrunk with an area filter (each new pixel is the mean of what it covers), because
picking pixels would alias. Labels take the class at the centre of each new pixel: a majority vote
would wipe out poles and lamps that are thinner than a new pixel, and an average of class numbers
means nothing. A picture of other proportions loses its margins; nothing is stretched.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from cmn_core.arrays import Bytes, Ints
from cmn_core.errors import FieldError

Size = tuple[int, int]  # height, width
ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
_INDEXED = ("P", "L", "I", "I;16", "1")  # modes whose values are numbers, not colours


def read_photo(path: Path, field: str = "data") -> Bytes:
    """[h, w, 3] RGB; FieldError when the file is no picture or is damaged."""
    with _opened(path, field) as image:
        return np.asarray(_decoded(image, path, field).convert("RGB"))


def read_label(path: Path, field: str = "data") -> Ints:
    """[h, w] class numbers, or [h, w, 3] where classes are written as colours."""
    with _opened(path, field) as image:
        if image.format == "JPEG":
            raise FieldError(
                field,
                f"{path.name} holds labels as JPEG, which blurs them",
                "PNG or another exact format is expected",
            )
        whole = _decoded(image, path, field)
        if whole.mode not in _INDEXED:
            whole = whole.convert("RGB")
        return np.asarray(whole).astype(np.int64)


def _opened(path: Path, field: str) -> Image.Image:
    try:
        return Image.open(path)
    except UnidentifiedImageError:
        raise FieldError(
            field, f"{path.name} is no picture", "PNG, JPEG and the like are read"
        ) from None
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FieldError(
            field, f"{path.name} cannot be read ({reason})", "a whole picture is expected"
        ) from None


def _decoded(image: Image.Image, path: Path, field: str) -> Image.Image:
    try:
        image.load()
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise FieldError(
            field, f"{path.name} is damaged ({error})", "a whole picture is expected"
        ) from None
    return image


def shrink(photo: Bytes, label: Bytes, size: Size) -> tuple[Bytes, Bytes]:
    """[h, w, 3] and [h, w] at the new size, both of the same part of the picture."""
    top, left, height, width = crop(photo.shape[:2], size)
    if height == size[0] and width == size[1]:
        rows, columns = slice(int(top), int(top) + size[0]), slice(int(left), int(left) + size[1])
        return photo[rows, columns], label[rows, columns]
    box = (left, top, left + width, top + height)
    resized = Image.fromarray(photo).resize(size[::-1], Image.Resampling.BOX, box=box)
    row = np.floor(top + (np.arange(size[0]) + 0.5) * height / size[0]).astype(np.int64)
    column = np.floor(left + (np.arange(size[1]) + 0.5) * width / size[1]).astype(np.int64)
    return np.asarray(resized), label[row[:, None], column]


def crop(found: tuple[int, ...], size: Size) -> tuple[float, float, float, float]:
    """Top, left, height and width of the largest middle part with the proportions of `size`."""
    scale = min(found[0] / size[0], found[1] / size[1])
    height, width = min(size[0] * scale, found[0]), min(size[1] * scale, found[1])  # rounding
    return (found[0] - height) / 2, (found[1] - width) / 2, height, width
