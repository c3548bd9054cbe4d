"""The breakdown of a design as a figure: a panel per quantity, one legend."""

import json

from cmn_core.charts.figures.cost_figure import breakdown_figure


def test_a_panel_for_each_quantity_and_one_legend():
    shares = {
        "energy_uj": [("Block 1", "Arrays", 3.0, 0.75), ("Block 1", "Leakage", 1.0, 0.25)],
        "latency_us": [("Block 1", "Arrays", 7.0, 1.0)],
    }
    figure = breakdown_figure(
        shares, name="mine", causes=["Arrays", "Leakage"], blocks=["Block 1"], source="s"
    )
    energy, latency = figure.picture["vconcat"][1]["hconcat"]
    assert [row["value"] for row in energy["layer"][0]["data"]["values"]] == [3.0, 1.0]
    assert [row["value"] for row in latency["layer"][0]["data"]["values"]] == [7.0]
    assert energy["layer"][0]["encoding"]["fill"]["legend"] is None
    legend = figure.picture["vconcat"][0]["layer"][0]["data"]["values"]
    assert [row["text"] for row in legend] == ["Arrays", "Leakage"]
    assert "mine" in figure.title and json.dumps(figure.picture)
