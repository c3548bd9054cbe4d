"""MiniPlaces object masks as extra training images with the classes of another data set.

The file format (one common JPEG header, pictures one after another) is that of the data's README;
`classes.json` beside it maps the 175 object classes to those of NYUv2 or CamVid.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from cmn_core.datasets.formats.photographs import unpacked
from cmn_core.datasets.info import DatasetInfo
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.errors import FieldError

COLUMNS = {"nyuv2": "nyu40_suggested", "camvid": "camvid_suggested"}


def load_miniplaces(path: str | Path, info: DatasetInfo, field: str = "extra") -> SegmentationSet:
    """Images of scenes that resemble the data set's (indoor for NYUv2), masks in its classes."""
    path = Path(path)
    table_path = path.with_name("classes.json")
    try:
        table = json.loads(table_path.read_text(encoding="utf-8"))
        with np.load(path, allow_pickle=False) as file:
            arrays = {k: file[k] for k in ("header", "jpeg", "offset", "label", "mask")}
    except (OSError, ValueError, KeyError) as error:
        raise FieldError(
            field,
            f"{path.name} or its classes.json cannot be read ({error})",
            "a MiniPlaces npz with masks and classes.json beside it are expected",
        ) from None
    lookup = np.full(256, info.ignore, dtype=np.uint8)
    for entry in table["objects"]:
        target = entry[COLUMNS[info.name]]
        if target >= 0:
            lookup[entry["id"]] = target
    indoor = {s["id"] for s in table["scenes"] if s["indoor"] == (info.name == "nyuv2")}
    labels = lookup[arrays["mask"]]
    labelled = (labels != info.ignore).mean((1, 2)) > 0.3
    chosen = [i for i in range(len(labels)) if labelled[i] and int(arrays["label"][i]) in indoor]
    return SegmentationSet(unpacked(arrays, chosen), labels[chosen], info)
