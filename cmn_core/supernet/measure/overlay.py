"""Predictions as people see them: photograph, ground truth and prediction side by side, a legend.

numpy in, numpy RGB out; files are read and written at the edges only.
"""

from __future__ import annotations

import io
import os
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

from cmn_core.arrays import Bytes, Floats
from cmn_core.datasets.info import DatasetInfo
from cmn_core.datasets.pictures import rgb
from cmn_core.errors import FieldError
from cmn_core.supernet.measure.miou import predict
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.network.moe import Routing

MAX_BYTES = 30_000_000
MAX_PIXELS = 60_000_000
MIN_SIDE = 32
MAX_ASPECT = 4.0
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")
UNLABELLED = (0, 0, 0)
DARKEST, LIGHTEST = 0.32, 0.95  # lightness in OKLab
PANEL_HEIGHT, GAP, ROW = 360, 8, 20  # pixels of a drawn picture

# How protanopia and deuteranopia see linear RGB (Machado et al., 2009, severity 1).
_EYES = (
    ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
     (-0.003882, -0.048116, 1.051998)),
    ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
     (-0.011820, 0.042940, 0.968881)),
)  # fmt: skip

_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_OPPONENT = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def read_photo(source: str | Path | bytes, field: str = "image") -> Bytes:
    """A person's photograph, upright (EXIF orientation), [height, width, 3].

    JPEG, PNG, WebP, BMP or TIFF of at most 30 MB and 60 million pixels, at least 32 on a side and
    at most four times as long as wide; transparent parts become white. FieldError otherwise.
    """
    name = "it" if isinstance(source, bytes) else Path(source).name
    expected = "a photograph as JPEG, PNG, WebP, BMP or TIFF is expected"
    try:
        raw = source if isinstance(source, bytes) else _bytes(Path(source), field)
        with Image.open(io.BytesIO(raw), formats=FORMATS) as file:
            width, height = file.size
            if width * height > MAX_PIXELS:
                found = f"{name} has {width} x {height} pixels"
                raise FieldError(field, found, f"at most {MAX_PIXELS} pixels are read")
            if min(width, height) < MIN_SIDE or max(width, height) > MAX_ASPECT * min(file.size):
                raise FieldError(
                    field,
                    f"{name} has {width} x {height} pixels",
                    f"at least {MIN_SIDE} on a side and a shape of at most 4 to 1 are expected",
                )
            return rgb(file, name, field)
    except FieldError:
        raise
    except UnidentifiedImageError:
        raise FieldError(field, f"{name} is no image that can be read", expected) from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise FieldError(field, f"{name} cannot be read ({error})", expected) from None


def segment(network: Segmenter, photo: Bytes, info: DatasetInfo, *, top_k: Routing = None) -> Bytes:
    """Class of each pixel of a photograph of any size, [height, width].

    The network sees it at its own shape with as many pixels as an image of the data set, sides
    rounded to multiples of 8; classes are enlarged to the photograph again.
    """
    height, width = photo.shape[:2]
    pixels = info.image[0] * info.image[1]
    scale = float(np.sqrt(pixels / (height * width)))
    seen = tuple(max(MIN_SIDE, 8 * round(side * scale / 8)) for side in (height, width))
    if photo.shape[:2] == info.image:
        seen = info.image
    small = np.array(_resized(photo, seen[0], seen[1], Image.Resampling.BOX))
    found = predict(network, small[None], info, top_k=top_k)[0].astype(np.uint8)
    return np.asarray(_resized(found, height, width, Image.Resampling.NEAREST))


@cache
def label_colours(count: int) -> tuple[tuple[int, int, int], ...]:
    """`count` colours, each as far as possible from those before it, for eyes that see red and
    green apart and for two kinds that do not; black and white are left to what is no class.

    Greedy choice in OKLab among colours that are neither very dark nor very light. For 40 classes
    not all pairs can be told apart by every eye, so the legend carries the names as well.
    """
    steps = np.linspace(0, 255, 16)
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    light = _oklab(grid, _EYES[0])[:, 0]
    keep = (light >= DARKEST) & (light <= LIGHTEST)
    keep[[0, -1]] = True  # black and white, to keep away from
    grid = grid[keep]
    seen = np.stack([_oklab(grid, eye) for eye in _EYES], axis=1)
    chosen: list[int] = []
    apart = np.full(len(grid), np.inf)
    for start in (0, len(grid) - 1):
        apart = np.minimum(apart, _distance(seen, seen[start]))
    for _ in range(count):
        best = int(np.argmax(apart))
        chosen.append(best)
        apart = np.minimum(apart, _distance(seen, seen[best]))
    return tuple((int(r), int(g), int(b)) for r, g, b in grid[chosen])


def coloured(labels: Bytes, classes: int) -> Bytes:
    """labels: [height, width] -> RGB; what is no class is black."""
    table = np.array([UNLABELLED] * 256, dtype=np.uint8)
    table[:classes] = label_colours(classes)
    return table[labels]


def picture(photo: Bytes, predicted: Bytes, info: DatasetInfo, truth: Bytes | None = None) -> Bytes:
    """Photograph, ground truth (if any) and prediction in label colours above a legend.

    photo: [h, w, 3]; predicted, truth: [h, w] classes or 255. The legend names every class that
    occurs, the largest first, with its share of the prediction. FieldError where shapes differ.
    """
    for name, labels in (("predicted", predicted), ("truth", truth)):
        if labels is not None and labels.shape != photo.shape[:2]:
            found = f"found shape {labels.shape}"
            raise FieldError(name, found, f"the photograph's {photo.shape[:2]} is expected")
    classes = len(info.classes)
    panels = [("photograph", photo)]
    if truth is not None:
        panels.append(("ground truth", coloured(truth, classes)))
    panels.append(("prediction", coloured(predicted, classes)))
    width = max(MIN_SIDE, round(photo.shape[1] * PANEL_HEIGHT / photo.shape[0]))
    total = len(panels) * (width + GAP) + GAP
    shares = np.bincount(predicted.ravel(), minlength=256)[:classes] / predicted.size
    listed = set(np.flatnonzero(shares).tolist())
    if truth is not None:
        listed |= {int(c) for c in np.unique(truth) if c < classes}
    order = sorted(listed, key=lambda c: (-shares[c], c))
    columns = max(1, total // 190)
    rows = -(-len(order) // columns)
    out = Image.new("RGB", (total, ROW + PANEL_HEIGHT + 2 * GAP + rows * ROW + GAP), "white")
    draw, font = ImageDraw.Draw(out), ImageFont.load_default(13)
    for i, (title, panel) in enumerate(panels):
        left = GAP + i * (width + GAP)
        smooth = Image.Resampling.BICUBIC if i == 0 else Image.Resampling.NEAREST
        draw.text((left, 3), title, fill="black", font=font)
        out.paste(_resized(panel, PANEL_HEIGHT, width, smooth), (left, ROW))
    top = ROW + PANEL_HEIGHT + 2 * GAP
    colours = label_colours(classes)
    for i, c in enumerate(order):
        x, y = GAP + i % columns * (total // columns), top + i // columns * ROW
        draw.rectangle((x, y + 2, x + 14, y + 16), fill=colours[c], outline="black")
        draw.text((x + 20, y + 1), f"{info.classes[c]} {shares[c]:.1%}", fill="black", font=font)
    return np.asarray(out)


def write_png(path: Path, rgb: Bytes) -> None:
    """Write in one step: never half a file."""
    partial = path.with_name(path.name + ".partial")
    Image.fromarray(rgb).save(partial, format="PNG")
    os.replace(partial, path)


def _bytes(path: Path, field: str) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            found = f"{path.name} has {size} bytes"
            raise FieldError(field, found, f"at most {MAX_BYTES} are read")
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise FieldError(field, f"{path.name}: {reason}", "a photograph is expected") from None


def _resized(image: Bytes, height: int, width: int, how: Image.Resampling) -> Image.Image:
    return Image.fromarray(image).resize((width, height), how)


def _oklab(rgb: Floats, eye: tuple[tuple[float, ...], ...]) -> Floats:
    """OKLab (Ottosson, 2020) of sRGB 0..255 as that eye sees it; lightness is 0..1."""
    share = rgb / 255.0
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    linear = np.clip((linear[:, None, :] * np.array(eye)).sum(-1), 0.0, 1.0)
    cones = np.cbrt((linear[:, None, :] * np.array(_CONES)).sum(-1))
    return np.asarray((cones[:, None, :] * np.array(_OPPONENT)).sum(-1))


def _distance(seen: Floats, one: Floats) -> Floats:
    """seen: [N, eyes, 3] -> the least distance over the eyes, those of red-green blindness
    counted one and a half times, because they have less room."""
    each = np.sqrt(((seen - one) ** 2).sum(-1))
    return np.asarray((each * np.array((1.0, 1.5, 1.5))).min(axis=-1))
