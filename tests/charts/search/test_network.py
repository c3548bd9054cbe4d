"""The network drawn from the top down."""

from __future__ import annotations

from typing import Any

from cmn_core.charts.base.palette import LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.search.network import network
from tests.charts.drawn import values


def test_network_has_as_many_filled_places_as_experts(design: Any) -> None:
    drawn = design(experts=(1, 5, 3, 2), hidden=(128, 16, 640, 512))
    found = spec(network(drawn, colours=LIGHT), LIGHT)
    boxes, links = values(found)[:2]
    assert len(links) == 5 + (2 + 3 + 3 + 3)  # down the page, then inside each block
    filled = [b for b in boxes if b["fill"] == LIGHT.rram]
    assert len(filled) == (1 + 5 + 3 + 2) + 4  # one letter plate per block
    full = [b for b in filled if b["y2"] - b["y"] == 42.0]
    assert len(full) == 1 + 3  # hidden sizes at their maximum fill the place: blocks 1 and 3
    words = [row["text"] for rows in values(found)[2:] for row in rows]
    assert "dense FFN, hidden 128 of 128" in words
    assert "3 experts, hidden 640 of 640" in words
    assert words.count("Router") == 3
    assert "60 × 80 tokens, width 32" in words
    assert "8 × 10 tokens, width 256" in words
