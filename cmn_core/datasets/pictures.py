"""Photographs and label pictures from files, and both at another size.

Photographs are shrunk with an area filter (each new pixel is the mean of what it covers), because
picking pixels would alias. Labels take the class at the centre of each new pixel: a majority vote
would wipe out poles and lamps that are thinner than a new pixel, and an average of class numbers
means nothing. A picture of other proportions loses its margins; nothing is stretched.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from cmn_core.arrays import Bytes, Ints
from cmn_core.errors import FieldError

Size = tuple[int, int]  # height, width
ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
DEEP = ("I;16", "I;16B", "I;16L", "I;16N")  # 16 bits of grey, in either order of bytes
_NUMBERS = ("P", "L", "I", "1", *DEEP)  # modes whose values are numbers, not colours
_FAINT = 4096  # of 65,536: a picture of 16 bits that stays below holds 12 bits or fewer


@dataclass(frozen=True)
class LabelPicture:
    """A label file as it is written.

    values: [h, w] numbers, or [h, w, 3] where classes are written as colours
    palette: [n, 3] colours of the numbers 0 to n - 1, None where the file has none
    """

    name: str
    values: Ints
    palette: Ints | None = None

    def colours(self) -> Ints | None:
        """[h, w, 3] what a person sees in the picture; None where that is shades of grey."""
        if self.values.ndim == 3:
            return self.values
        if self.palette is None or int(self.values.max(initial=0)) >= len(self.palette):
            return None
        seen: Ints = self.palette[self.values]
        return None if (seen == seen[..., :1]).all() else seen

    def numbers(self) -> Ints | None:
        """[h, w] class numbers; three equal channels are one, None where they differ."""
        if self.values.ndim == 2:
            return self.values
        grey: Ints = self.values[..., 0]
        return grey if (self.values == grey[..., None]).all() else None


def read_photo(path: Path, field: str = "data") -> Bytes:
    """[h, w, 3] RGB, upright; FieldError when the file is no picture or is damaged."""
    with _opened(path, field) as image:
        return rgb(_decoded(image, path.name, field), path.name, field)


def rgb(image: Image.Image, name: str, field: str) -> Bytes:
    """[h, w, 3] of an opened picture: turned as its camera says, 16 bits scaled to 8, transparent
    parts white. FieldError for 32 bits and fractions, whose white is not known.

    The one reader of photographs: of data sets and of those that people hand in.
    """
    upright = ImageOps.exif_transpose(image)
    if upright.mode in DEEP:
        deep = np.asarray(upright).astype(np.int64)
        if 255 < deep.max() < _FAINT:
            found = f"{name} has 16 bits a pixel and nothing above {deep.max()}"
            raise FieldError(field, found, "values over the whole range, or 8 bits, are expected")
        bright = deep if deep.max() < 256 else deep >> 8
        return np.repeat(bright.astype(np.uint8)[..., None], 3, axis=-1)
    if upright.mode in ("I", "F"):
        kind = "whole numbers of 32 bits" if upright.mode == "I" else "fractions"
        raise FieldError(field, f"{name} holds {kind}", "8 or 16 bits a channel are expected")
    if upright.has_transparency_data:
        ground = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(ground, upright.convert("RGBA"))
    return np.asarray(upright.convert("RGB"), dtype=np.uint8)


def read_label(path: Path, field: str = "data") -> LabelPicture:
    """The label file, turned as it says; FieldError when nothing exact can be read from it."""
    with _opened(path, field) as image:
        if image.format == "JPEG":
            raise FieldError(
                field,
                f"{path.name} holds labels as JPEG, which blurs them",
                "PNG or another exact format is expected",
            )
        whole = ImageOps.exif_transpose(_decoded(image, path.name, field))
        if whole.mode == "F":
            raise FieldError(field, f"{path.name} holds fractions", "class numbers are expected")
        palette = None
        if whole.mode == "P" and (entries := whole.getpalette("RGB")):
            palette = np.array(entries, dtype=np.int64).reshape(-1, 3)
        if "A" in whole.getbands() and np.asarray(whole.getchannel("A")).min() < 255:
            raise FieldError(
                field, f"{path.name} is partly transparent", "a class for every pixel is expected"
            )
        if whole.mode == "LA":
            whole = whole.getchannel("L")
        if whole.mode not in _NUMBERS:
            whole = whole.convert("RGB")
        return LabelPicture(path.name, np.asarray(whole).astype(np.int64), palette)


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


def _decoded(image: Image.Image, name: str, field: str) -> Image.Image:
    try:
        image.load()
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise FieldError(
            field, f"{name} is damaged ({error})", "a whole picture is expected"
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
