"""Error and energy of converters."""

from __future__ import annotations

import json

from cmn_core.charts.base.palette import LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.lessons.converter import converter, converter_frame
from tests.charts.drawn import values


def test_an_error_over_the_limit_is_hollow() -> None:
    frame = converter_frame([(4, 0.4, 10.0), (7, 0.05, 20.0)], 0.08)
    assert frame["allowed"].tolist() == [False, True]
    for quantity, layers in (("error", 5), ("energy_uj", 3)):
        chart = converter(frame, quantity=quantity, chosen=7, limit=8.0, colours=LIGHT)
        picture = spec(chart, LIGHT)
        text = json.dumps(picture)
        assert len(picture["layer"]) == layers
        assert [row["fill"] for row in values(picture)[2]] == [LIGHT.page, LIGHT.rram]
        assert ("limit 8 %" in text) == (quantity == "error")
