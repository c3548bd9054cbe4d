"""Every chart as a specification: plain JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cmn_core.charts.base.frames import metrics_frame
from cmn_core.charts.base.palette import DARK, LIGHT, Palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.search.blocks import block_bars
from cmn_core.charts.search.convergence import best_objective, hypervolume
from cmn_core.charts.search.front import front
from cmn_core.charts.search.hybrid import technology_tiles, totals
from cmn_core.charts.search.network import network

HISTORY = [
    {
        "generation": g,
        "evaluations": 100 * g,
        "best_objective": 10.0 - g if g > 1 else None,
        "hypervolume": 0.1 * g,
        "feasible_share": 0.5,
        "seconds": float(g),
    }
    for g in range(1, 5)
]


POINTS = {
    "miou": [13.0, 14.0],
    "energy_uj": [800.0, 1000.0],
    "latency_us": [5.0, 6.0],
    "feasible": [False, True],
}


def pictures(design: Any, colours: Palette) -> dict[str, dict[str, Any]]:
    kept = {"goal": "energy", "memory": "rram", "generations": 30, "colours": colours}
    seen = {"points": POINTS, "designs": [design()], "best": design(), "memory": "rram"}
    limits = {"min_miou": 13.5, "max_energy_uj": 950.0}
    metrics = metrics_frame({("energy", "rram"): design()})
    charts = {
        "objective": best_objective(HISTORY, **kept),
        "hypervolume": hypervolume(HISTORY, **kept),
        "front": front(**seen, limits=limits, cost="energy_uj", colours=colours),
        "empty": front(
            points=None,
            designs=[],
            best=None,
            limits={},
            cost="latency_us",
            memory="hybrid",
            colours=colours,
        ),
        "bars": block_bars(design(), quantity="hidden", colours=colours),
        "network": network(design(), colours=colours),
        "tiles": technology_tiles({"energy": design()}, colours=colours),
        "totals": totals(metrics, metric="energy_uj", colours=colours),
    }
    return {name: spec(chart, colours) for name, chart in charts.items()}


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_every_picture_is_plain_json_that_names_no_other_place(
    design: Any, colours: Palette
) -> None:
    for name, picture in pictures(design, colours).items():
        text = json.dumps(picture, allow_nan=False)
        assert "http" not in text.replace(picture["$schema"], ""), name
        assert "datasets" not in picture, name
        assert "data" not in picture, name
        assert picture["config"]["axis"]["labelFontSize"] >= 12, name
