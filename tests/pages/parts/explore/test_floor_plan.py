"""The chip below its network."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cmn_core.whatif.edits import completed, with_block
from cmn_core.whatif.formats.link import pack_design
from pages.parts.design.draft import default_design


def plan(at: Any) -> str:
    """The floor plan's HTML."""
    [body] = [e.proto.body for e in at.get("html") if 'class="cmn-die"' in e.proto.body]
    return str(body)


def test_the_chip_stands_below_its_network_and_follows_the_knobs(searches: Any, page: Any) -> None:
    mixed = with_block(completed(default_design()), 1, memory="sram")
    at = page("explore", design=pack_design(mixed))
    first = plan(at)
    assert re.findall(r'class="cmn-block".*?<b>(.*?)</b>', first) == ["1 R", "2 S", "3 R", "4 R"]
    assert "block 2 on SRAM" in first
    assert "cmn-was" not in first
    assert "Fill: share of the energy" in first
    whole = float(re.findall(r"Floor plan of ([\d.]+) mm²", first)[0])
    areas = [float(a) for a in re.findall(r'title="Block [^"]*: ([\d.]+) mm²', first)]
    assert sum(areas) == pytest.approx(whole, rel=0.02)  # of rounded figures
    at.segmented_control(key="quantity").set_value("latency_us").run()
    assert "Fill: share of the time" in plan(at)
    at.slider(key="experts_3").set_value(5).run()
    assert not at.exception
    assert "block 4 5 × " in plan(at)
    assert float(re.findall(r"Floor plan of ([\d.]+) mm²", plan(at))[0]) > whole
    assert "cmn-was" in plan(at)
