"""mIoU of all images from some of them: what subnets that saw all of them got on these few.

A subset is harder or easier than the whole for every subnet alike. The mean difference of subnets
that were measured image by image is added (a control variate); what is left differs from row to
row, so that a fit to many rows averages over it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cmn_core.arrays import Floats, Ints
from cmn_core.supernet.measure.table_sample import MeasurementPoint

Key = tuple[float, ...]
_SUBSET = 2  # random stream


@dataclass(frozen=True)
class ImageCounts:
    """Pixels of each image and class: rightly found ones, and union of label and prediction."""

    hits: Ints  # [images, classes]
    unions: Ints  # [images, classes]

    def miou(self, chosen: Ints | slice = slice(None)) -> float:
        """Percent, over the chosen images, of the classes that occur in them."""
        hits, unions = self.hits[chosen].sum(0), self.unions[chosen].sum(0)
        return float(100.0 * (hits[unions > 0] / unions[unions > 0]).mean())


def subset(point: MeasurementPoint, images: int, count: int, seed: int) -> Ints:
    """[count] indices of images, in order: the same for a subnet with and without output error."""
    address = [seed, _SUBSET, *(int(v) for v in point.exact.key)]
    return np.sort(np.random.default_rng(address).permutation(images)[:count])


@dataclass
class WholeRows:
    """Rows measured on all images, with their counts, in a file beside the table."""

    path: Path
    counts: dict[Key, ImageCounts] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, digest: str) -> WholeRows:
        """Those of that file; none where it is of other weights or images, or cut off."""
        try:
            with np.load(path, allow_pickle=False) as file:
                if str(file["digest"]) != digest:
                    return cls(path)
                stored = zip(file["keys"], file["hits"], file["unions"], strict=True)
                found = {_key(k): ImageCounts(h, u) for k, h, u in stored}
                return cls(path, found)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return cls(path)

    def write(self, digest: str) -> None:
        """All of them, in place of what was there."""
        fresh = self.path.with_suffix(".part.npz")
        np.savez_compressed(
            fresh,
            digest=digest,
            keys=np.array(list(self.counts), dtype=np.float64),
            hits=np.array([c.hits for c in self.counts.values()], dtype=np.int32),
            unions=np.array([c.unions for c in self.counts.values()], dtype=np.int32),
        )
        fresh.replace(self.path)

    def corrected(
        self, point: MeasurementPoint, miou: float, chosen: Ints
    ) -> tuple[float, float | None]:
        """mIoU on all images of a row that got `miou` on the chosen ones, and its deviation.

        By its own row without output error where that saw all images, else by all rows that saw
        all images at that size. The deviation is that of these, each judged by the others.
        """
        own = self.counts.get(point.exact.key)
        if own is not None:
            return miou + own.miou() - own.miou(chosen), None
        same = [c for key, c in self.counts.items() if key[-2:] == point.key[-2:]]
        off = np.array([c.miou() - c.miou(chosen) for c in same])
        if not len(off):
            raise ValueError("no row of that image size was measured on all images")
        spread = _left_out(off) if len(off) > 2 else None
        return miou + float(off.mean()), spread


def _left_out(values: Floats) -> float:
    """Deviation of each from the mean of the others."""
    others = (values.sum() - values) / (len(values) - 1)
    return float(np.sqrt(np.square(values - others).mean()))


def _key(stored: Sequence[float]) -> Key:
    return tuple(float(v) for v in stored)
