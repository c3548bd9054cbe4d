"""Widths of words: hand-worked ones, and lines that never pass the width they are given."""

import re

import altair as alt
import pytest
import vl_convert as vlc

from cmn_core.charts.figures.lettering import text_px, wrapped


def test_widths_are_those_of_the_font():
    assert text_px("Will", 10.0) == pytest.approx(9.44 + 3 * 2.22)
    assert text_px("1.5 µJ", 11.0) == pytest.approx(11.0 * (2 * 0.556 + 2 * 0.278 + 0.556 + 0.5))
    assert text_px("Will", 10.0, bold=True) > text_px("Will", 10.0)


@pytest.mark.parametrize("width", [60.0, 200.0, 680.0])
def test_no_line_is_wider_than_asked_and_no_letter_is_lost(width):
    text = "MMMM WWWW %%% 0.123456789 " * 9 + "https://lab.example.org/" + "W" * 90 + " end"
    lines = wrapped(text, width, 11.0)
    assert all(text_px(line, 11.0) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_no_words_are_one_empty_line():
    assert wrapped("", 100.0, 11.0) == [""]


def test_what_draws_the_figures_agrees():
    """The renderer lays out an axis by its own measure of a title; ours is no narrower."""
    for text in ("Source: cost model cmn-cim/4", "MMMMWWWW%%%%", "0123456789 µJ, 240 x 320"):
        chart = (
            alt.Chart(alt.Data(values=[{"y": text}]))
            .mark_point()
            .encode(y=alt.Y("y:N", axis=alt.Axis(title=None, labelFontSize=11, labelLimit=2000)))
        )
        spec = chart.to_dict() | {"config": {"font": "Liberation Sans, Arial, Helvetica"}}
        svg = vlc.vegalite_to_svg(spec)
        alone = spec | {"data": {"values": [{"y": ""}]}}
        sizes = [
            float(re.search(r'width="([\d.]+)"', s)[1]) for s in (svg, vlc.vegalite_to_svg(alone))
        ]
        assert sizes[0] - sizes[1] == pytest.approx(text_px(text, 11.0), abs=3.0)
