"""A data set brought into the project's own form: train.npz, val.npz, test.npz and dataset.json."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.datasets import scenes
from cmn_core.datasets.formats import ade20k, folder
from cmn_core.datasets.formats.pairs import MissingSplit, shares
from cmn_core.datasets.info import DESCRIPTION, NAMES, DatasetInfo, dataset_info
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.datasets.pictures import Size
from cmn_core.datasets.source import kind_of, open_dataset
from cmn_core.errors import FieldError

SPLITS = ("train", "val", "test")
NEEDED = ("train", "val")


def described(where: str | Path, dataset: str, classes: tuple[str, ...] | None) -> DatasetInfo:
    """What is known before any picture is read: of a set that the project knows by name, all of
    it; of another (ade20k, or a person's own), its classes, with statistics yet to be counted."""
    if dataset in NAMES:
        return dataset_info(dataset)
    if not dataset.replace("_", "").replace("-", "").isalnum() or len(dataset) > 40:
        raise FieldError(
            "dataset", f"found '{dataset}'", "a name of letters, digits, - and _ is expected"
        )
    kind, path = kind_of(where, "source"), Path(where)
    if classes is None:
        classes = ade20k.class_names(path) if kind == "ade20k" else folder.class_names(path)
    if classes is None:
        raise FieldError(
            "classes",
            f"{dataset} is no data set known by name, and there is no classes.txt",
            "give their number or a file with one a line",
        )
    even = tuple(1.0 / len(classes) for _ in classes)
    return DatasetInfo(dataset, dataset, classes, (0.0,) * 3, (1.0,) * 3, even, (0, 0))


def counted(train: SegmentationSet) -> DatasetInfo:
    """The set's facts with channel statistics and class shares of these training images."""
    pixels = train.images.reshape(-1, 3)
    total, squares = np.zeros(3), np.zeros(3)
    for start in range(0, len(pixels), 1 << 20):
        part = pixels[start : start + (1 << 20)].astype(np.float64) / 255.0
        total += part.sum(0)
        squares += np.square(part).sum(0)
    mean = total / len(pixels)
    std = np.sqrt(np.maximum(squares / len(pixels) - np.square(mean), 1e-8))
    return replace(
        train.info,
        mean=_rounded(mean),
        std=_rounded(std),
        train_pixel_share=tuple(round(float(v), 5) for v in shares(train.labels, train.info)),
        image=(int(train.images.shape[1]), int(train.images.shape[2])),
    )


def _rounded(channels: Floats) -> tuple[float, float, float]:
    red, green, blue = (round(float(v), 4) for v in channels)
    return red, green, blue


def prepare(
    where: str | Path,
    info: DatasetInfo,
    out: Path,
    size: Size,
    *,
    first_label: int = 0,
    count: int | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Read every split, then write; FieldError (and nothing written) when anything is wrong.

    count: training scenes to generate; val and test get a quarter of it each
    Returns the facts that also go into dataset.json; `warnings` are for a person alone.
    """
    sets: dict[str, SegmentationSet] = {}
    for split in SPLITS:
        number = count if count is None or split == "train" else max(1, count // 4)
        try:
            sets[split] = open_dataset(
                where,
                split,
                info,
                size,
                field="source",
                first_label=first_label,
                count=number,
                seed=seed,
            )
        except MissingSplit:
            if split in NEEDED:
                raise
    warnings = _shared(sets) + _absent(sets, info)
    facts = {
        **asdict(counted(sets["train"])),
        "images": {split: len(data) for split, data in sets.items()},
        "source": Path(where).name,
    }
    if str(where) == "generated":
        facts["seed"] = seed
    try:
        out.mkdir(parents=True, exist_ok=True)
        for split, data in sets.items():
            _write_npz(out / f"{split}.npz", data)
        partial = out / f"{DESCRIPTION}.partial"
        partial.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        os.replace(partial, out / DESCRIPTION)
    except OSError as error:
        reason = (error.strerror or "cannot be written").lower()
        raise FieldError("out", f"{out}: {reason}", "a folder to write to is expected") from None
    return {**facts, "warnings": warnings}


def _shared(sets: Mapping[str, SegmentationSet]) -> list[str]:
    """A sentence where the same pixels are in two parts; FieldError where one file is in both,
    because a score on what was trained on proves nothing."""
    files: dict[str, str] = {}
    pixels: dict[bytes, str] = {}
    twins: dict[tuple[str, str], list[str]] = {}
    for split, data in sets.items():
        for i, image in enumerate(data.images):
            name = data.names[i] if data.names else f"number {i}"
            before = files.setdefault(data.files[i], split) if data.files else split
            if before != split:
                raise FieldError(
                    "source",
                    f"photograph {name} is in {before} and in {split}",
                    "each photograph in one part alone is expected",
                )
            before = pixels.setdefault(sha256(image.tobytes()).digest(), split)
            if before != split:
                twins.setdefault((before, split), []).append(name)
    return [
        f"{len(names)} photographs of {split} have the pixels of one of {before},"
        f" {names[0]} for one: a score on them proves nothing"
        for (before, split), names in twins.items()
    ]


def _absent(sets: Mapping[str, SegmentationSet], info: DatasetInfo) -> list[str]:
    """A sentence for each class that is missing in a part, FieldError where it is in none.

    Of sets known by name nothing is refused: parts of them are as good as the whole.
    """
    found = {split: shares(data.labels, info) > 0.0 for split, data in sets.items()}
    warnings = []
    for number, name in enumerate(info.classes):
        without = [split for split, there in found.items() if not there[number]]
        if len(without) == len(sets) and info.name not in (*NAMES, "ade20k"):
            raise FieldError(
                "classes",
                f"class {number} ({name}) is in no label",
                f"every class in some picture is expected; {info.ignore} stands for unlabelled,"
                " and a mask's second class is 1",
            )
        if without and info.name not in NAMES:
            warnings.append(f"class {number} ({name}) is not in {' and '.join(without)}")
    return warnings


def _write_npz(path: Path, data: SegmentationSet) -> None:
    partial = path.with_suffix(".partial")
    arrays: dict[str, Any] = {"images": data.images, "labels": data.labels}
    if data.names:
        arrays["name"] = np.array(data.names)
    with partial.open("wb") as file:
        np.savez_compressed(file, **arrays)
    os.replace(partial, path)


def named_classes(text: str | None) -> tuple[str, ...] | None:
    """Of the `classes` setting: a number, or a file with one name a line."""
    if text is None:
        return None
    if text.isdecimal() and len(text) < 4:
        if not 2 <= int(text) <= 255:
            raise FieldError("classes", f"found {text}", "2 to 255 are allowed")
        return tuple(f"class {i}" for i in range(int(text)))
    return folder.names_in(Path(text))


def default_size(info: DatasetInfo) -> Size:
    """Of a known set the size that it is measured at, else that of the others."""
    return info.image if info.image[0] else (scenes.HEIGHT, scenes.WIDTH)
