"""Colours that can be read."""

from __future__ import annotations

import pytest

from cmn_core.charts.base.palette import DARK, LIGHT, Palette, palette


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_colours_can_be_read(colours: Palette) -> None:
    for name in ("rram", "sram", "hybrid", "paper", "ink", "muted"):
        assert contrast(getattr(colours, name), colours.page) >= 4.5, name
    assert palette(colours.name) is colours
    assert palette(None) is LIGHT
