"""Designs on parallel axes."""

from __future__ import annotations

import json

from cmn_core.charts.palette import DARK
from cmn_core.charts.parallel import AXES, parallel, parallel_frame
from cmn_core.charts.spec import spec

ONE = {"miou": 14.0, "energy_uj": 800.0, "latency_us": 10.0, "area_mm2": 5.0, "array_mb": 3.0}
DESIGNS = [
    ("A", "first", "rram", ONE),
    ("B", "second", "sram", {**ONE, "miou": 15.0, "energy_uj": 1000.0}),
    ("C", "third", "hybrid", {**ONE, "miou": None, "energy_uj": 1001.0}),
]


def test_up_is_better_on_every_axis() -> None:
    frame = parallel_frame(DESIGNS)
    at = {(r["letter"], r["axis"]): r["at"] for r in frame.to_dict("records")}
    assert (at["A", "mIoU (%)"], at["B", "mIoU (%)"]) == (0.0, 1.0)
    assert (at["A", "Energy (µJ)"], at["C", "Energy (µJ)"]) == (1.0, 0.0)
    assert at["A", "Area (mm²)"] == at["B", "Area (mm²)"] == 0.5
    assert ("C", "mIoU (%)") not in at
    assert len(frame) == len(DESIGNS) * len(AXES) - 1


def test_texts_of_marks_that_lie_close_are_one() -> None:
    found = spec(parallel(parallel_frame(DESIGNS), colours=DARK), DARK)
    json.dumps(found, allow_nan=False)
    labels = {row["label"] for row in found["layer"][-1]["data"]["values"]}
    assert {"A 800", "BC 1,000–1,001", "ABC 10"} <= labels
    shapes = found["layer"][1]["encoding"]["shape"]["scale"]
    assert shapes["range"] == ["circle", "square", "diamond"]
    assert spec(parallel(parallel_frame([]), colours=DARK), DARK)["layer"]
