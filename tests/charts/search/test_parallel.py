"""Designs on parallel axes."""

from __future__ import annotations

import json
from itertools import pairwise

from cmn_core.charts.base.palette import DARK
from cmn_core.charts.base.spec import spec
from cmn_core.charts.search.parallel import AXES, GAP, parallel, parallel_frame

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


def test_equal_ratios_of_a_cost_are_equal_lengths() -> None:
    costs = [("A", 1.0), ("B", 10.0), ("C", 100.0)]
    frame = parallel_frame([(n, n, "rram", {**ONE, "energy_uj": v}) for n, v in costs])
    at = frame[frame["axis"] == "Energy (µJ)"]["at"]
    assert [round(v, 9) for v in at] == [1.0, 0.5, 0.0]


def test_letters_never_stand_on_each_other_and_ends_have_their_values() -> None:
    found = spec(parallel(parallel_frame(DESIGNS), colours=DARK), DARK)
    json.dumps(found, allow_nan=False)
    letters = found["layer"][-2]["data"]["values"]
    for axis in {row["axis"] for row in letters}:
        at = sorted(row["at"] for row in letters if row["axis"] == axis)
        assert all(b - a >= GAP - 1e-9 for a, b in pairwise(at))
        assert at[0] >= 0.0 and at[-1] <= 1.0
    ends = {(row["axis"], row["text"]) for row in found["layer"][-1]["data"]["values"]}
    assert {("Energy (µJ)", "800"), ("Energy (µJ)", "1,001"), ("Latency (µs)", "10")} <= ends
    shapes = found["layer"][-4]["encoding"]["shape"]["scale"]
    assert shapes["range"] == ["circle", "square", "diamond"]
    assert spec(parallel(parallel_frame([]), colours=DARK), DARK)["layer"]
