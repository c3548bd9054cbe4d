"""Designs of one's own over a front."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cmn_core.charts.base.palette import LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.base.template import refilled
from cmn_core.charts.search.design_on_front import THIS, laid_over, layers, mark_rows, marks
from cmn_core.charts.search.front import front

INSIDE = {"miou": 14.0, "energy_uj": 900.0, "latency_us": 5.0, "miou_low": 13.9, "miou_high": 14.1}


def picture(design: Any) -> dict[str, Any]:
    points = {"miou": [13.0, 15.0], "energy_uj": [800.0, 1000.0], "latency_us": [5.0, 6.0]}
    chart = front(
        points={**points, "feasible": [True, True]},
        designs=[design()],
        best=design(),
        limits={"min_miou": 13.5},
        cost="energy_uj",
        memory="rram",
        colours=LIGHT,
    )
    return spec(chart, LIGHT)


def over(below: dict[str, Any], table: list[dict[str, Any]]) -> dict[str, Any]:
    empty = spec(marks([], cost="energy_uj", colours=LIGHT), LIGHT)
    return laid_over(below, refilled(empty, *layers(table)), table, cost="energy_uj")


def spans(found: dict[str, Any]) -> tuple[list[float], list[float]]:
    encoding = found["layer"][len(found["layer"]) - 5]["encoding"]
    return encoding["x"]["scale"]["domain"], encoding["y"]["scale"]["domain"]


def test_this_design_is_a_ring_and_pinned_ones_are_diamonds(design: Any) -> None:
    below = picture(design)
    table = mark_rows([("A", INSIDE), (THIS, INSIDE), ("B", {**INSIDE, "miou": None})])
    found = over(below, table)
    assert len(found["layer"]) == len(below["layer"]) + 4
    intervals, diamonds, names, ring = found["layer"][-4:]
    assert (diamonds["mark"]["shape"], ring["mark"]["shape"]) == ("diamond", "circle")
    assert [row["name"] for row in names["data"]["values"]] == ["A"]
    assert [row["name"] for row in ring["data"]["values"]] == [THIS]
    assert len(intervals["data"]["values"]) == 2
    assert ring["mark"]["size"] > diamonds["mark"]["size"]
    assert spans(found) == spans({"layer": [*below["layer"], *found["layer"][-4:]]})


@given(st.floats(0.1, 1e6), st.floats(0.1, 99.0))
def test_the_axes_reach_every_mark_and_never_shrink(energy: float, miou: float) -> None:
    scale = {"scale": {"domain": [800.0, 1000.0]}}
    below = {"layer": [{"encoding": {"x": scale, "y": {"scale": {"domain": [13.0, 15.0]}}}}]}
    table = mark_rows([(THIS, {**INSIDE, "energy_uj": energy, "miou": miou})])
    found = laid_over(below, {"layer": []}, table, cost="energy_uj")["layer"][0]["encoding"]
    (left, right), (low, high) = (found[c]["scale"]["domain"] for c in "xy")
    slack = 1e-9 * max(energy, 1.0)
    assert min(800.0, energy) + slack >= left
    assert right + slack >= max(1000.0, energy)
    assert low <= min(13.0, miou) + slack
    assert high + slack >= max(15.0, miou)
    ring = 0.02 * (right - left)  # a mark at the end of an axis would be cut
    assert left == 0.0 or left + ring < energy
    assert energy < right - ring
    assert below["layer"][0]["encoding"]["x"]["scale"]["domain"] == [800.0, 1000.0]
