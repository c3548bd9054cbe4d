"""Colours that everybody can read: contrast of text and marks, and eyes that lack a cone.

Contrast is that of WCAG 2.2. Eyes: Machado, Oliveira and Fernandes (2009), severity 1.0, on linear
RGB; distances in OKLab, where 0.02 is just seen side by side.
"""

from __future__ import annotations

import re
import tomllib
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from cmn_core.arrays import Floats
from cmn_core.charts.base.palette import DARK, FAINT, LETTERS, LIGHT, SHAPES, Palette, palette
from cmn_core.charts.design.breakdown import FILLS

ROOT = Path(__file__).resolve().parents[3]
BOTH = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
EYES = (
    np.eye(3),
    np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
              [-0.003882, -0.048116, 1.051998]]),  # no long-wave cones
    np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
              [-0.011820, 0.042940, 0.968881]]),  # no middle ones
    np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
              [0.004733, 0.691367, 0.303900]]),  # no short-wave ones
)  # fmt: skip
TO_CONES = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip


def linear(colour: str) -> Floats:
    share = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    weights = np.array([0.2126, 0.7152, 0.0722])
    dark, light = sorted(float(linear(c) @ weights) for c in (one, other))
    return (light + 0.05) / (dark + 0.05)


def blend(colour: str, page: str, opacity: float) -> str:
    parts = [
        round(int(colour[i : i + 2], 16) * opacity + int(page[i : i + 2], 16) * (1.0 - opacity))
        for i in (1, 3, 5)
    ]
    return "#{:02X}{:02X}{:02X}".format(*parts)


def apart(one: str, other: str) -> float:
    """Distance of two colours to the eye that tells them apart worst."""

    def lab(colour: str, eye: Floats) -> Floats:
        seen: Floats = np.cbrt(np.clip(eye @ linear(colour), 0.0, 1.0) @ TO_CONES.T) @ TO_LAB.T
        return seen

    return min(float(np.linalg.norm(lab(one, eye) - lab(other, eye))) for eye in EYES)


def test_the_ruler_itself() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert apart("#C00000", "#606000") < 0.12 < apart("#C00000", "#0000C0")


@BOTH
def test_text_stands_out_from_the_page(colours: Palette) -> None:
    for text in (colours.rram, colours.sram, colours.hybrid, colours.paper, colours.ink,
                 colours.muted):  # fmt: skip
        assert contrast(text, colours.page) >= 4.5
    assert contrast(colours.ink, colours.panel) >= 4.5
    assert contrast(colours.muted, colours.panel) >= 4.5


@BOTH
def test_letters_stand_out_from_their_segments(colours: Palette) -> None:
    for fill in FILLS[colours.name]:
        assert contrast(fill, colours.page) >= 4.5


@BOTH
def test_no_two_causes_look_alike_to_anybody(colours: Palette) -> None:
    for one, other in combinations(FILLS[colours.name], 2):
        assert apart(one, other) >= 0.09, (one, other)


@BOTH
def test_faint_marks_stand_out_too(colours: Palette) -> None:
    for mark in (colours.rram, colours.sram, colours.hybrid, colours.paper, colours.ink):
        assert contrast(blend(mark, colours.page, FAINT), colours.page) >= 3.0


def test_no_mark_is_fainter_than_that() -> None:
    """Areas, bands and what is there for the mouse alone may be."""
    bands = re.compile(r"mark_(area|rect)|fillOpacity|mark_point\(opacity=0\)")
    ink = re.compile(r"colours\.ink")  # 3:1 from 0.48 on
    for path in sorted((ROOT / "cmn_core" / "charts").rglob("*.py")):
        for line in path.read_text(encoding="utf-8").splitlines():
            found = re.search(r"\bopacity=(0?\.\d+|0)\b", line)
            if found is None or bands.search(line):
                continue
            least = 0.48 if ink.search(line) else FAINT
            assert float(found[1]) >= least, f"{path.name}: {line.strip()}"


def test_a_theme_has_its_palette() -> None:
    assert palette("dark") is DARK
    assert palette("light") is palette(None) is LIGHT


def test_memories_have_a_second_and_a_third_code() -> None:
    """Their colours lie close together for some eyes."""
    assert len(set(LETTERS.values())) == len(set(SHAPES.values())) == len(LETTERS) == 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_streamlits_own_text_and_links_stand_out(theme: str) -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    found = config["theme"][theme]
    for name in ("textColor", "linkColor", "codeTextColor"):
        for below in ("backgroundColor", "secondaryBackgroundColor"):
            assert contrast(found[name], found[below]) >= 4.5
    small = blend(found["textColor"], found["backgroundColor"], 0.6)
    assert contrast(small, found["backgroundColor"]) >= 4.5
    assert contrast(found["primaryColor"], found["backgroundColor"]) >= 3.0
