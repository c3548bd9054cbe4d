"""The phase map as a file."""

import json

from cmn_core.charts.figures.phase_figure import phase_figure
from cmn_core.charts.figures.rendering import rendered

EMPTY = dict.fromkeys(("memory", "energy_uj", "all_rram_uj", "all_sram_uj", "probability_best"))
SMALL = {"images_per_second": 0.01, "max_area_mm2": 50.0, **EMPTY}
MIXED = {**SMALL, "max_area_mm2": 100.0, "memory": ["sram", "rram", "rram", "rram"]}
MIXED |= {"energy_uj": 90.0, "all_rram_uj": 120.0, "probability_best": 0.4}


def test_it_can_be_drawn_and_asks_nothing_of_a_window() -> None:
    figure = phase_figure(
        [SMALL, MIXED], rates=[0.01, 1.0], dies=[50.0, 100.0], name="mine", source="Source: x."
    )
    text = json.dumps(figure.picture)
    assert "width >" not in text and '"select"' not in text and "nothing fits" in text
    assert b"Which memory, when: mine" in rendered(figure, "svg")
