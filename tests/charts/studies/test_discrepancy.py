"""Errors of what is found, inside a band as wide as the simulator's own error."""

from __future__ import annotations

from cmn_core.charts.base.palette import LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.studies.discrepancy import SHAPES, discrepancy

MEANS = [
    {"quantity": "Latency", "level": v, "error": e}
    for v, e in ((0.0, 0.0), (10.0, 1.0), (20.0, 3.0))
]


def test_the_band_is_the_error_of_the_simulator() -> None:
    chart = discrepancy(MEANS, MEANS[1:], level=10.0, reach=25.0, colours=LIGHT)
    band, chosen, single, line, dots = spec(chart, LIGHT)["layer"]
    corners = [(r["level"], r["low"], r["error"]) for r in band["data"]["values"]]
    assert corners == [(0.0, 0.0, 0.0), (20.0, -20.0, 20.0)]
    assert chosen["data"]["values"] == [{"level": 10.0}]
    assert len(single["data"]["values"]) == 2
    assert dots["encoding"]["shape"]["scale"]["range"] == list(SHAPES.values())
    assert line["encoding"]["y"]["scale"]["domain"] == [-25.0, 25.0]
