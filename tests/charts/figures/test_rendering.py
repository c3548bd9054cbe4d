"""Files of a figure: of print size, with its words in them, and nothing fetched."""

import re
import struct
from xml.etree import ElementTree

import altair as alt
import pytest

from cmn_core.charts.base.template import data
from cmn_core.charts.figures.composed import WIDTH_MM, Key, compose
from cmn_core.charts.figures.rendering import DPI, KINDS, rendered
from cmn_core.errors import FieldError


@pytest.fixture(scope="module")
def figure():
    chart = alt.Chart(data([{"x": 1, "y": 2}])).mark_point().encode(x="x:Q", y="y:Q")
    legend = [Key("a key", "#111111", "#111111")]
    return compose("n", title="A <title>", panels=[[chart]], legend=legend, source="Source: here.")


def test_the_svg_is_as_wide_as_two_columns_and_says_what_it_shows(figure):
    text = rendered(figure, "svg").decode()
    root = ElementTree.fromstring(text)
    assert root.attrib["width"] == f"{WIDTH_MM:.2f}mm" and root.attrib["height"].endswith("mm")
    assert root[0].text == "A <title>"
    words = " ".join(root.itertext())
    assert "a key" in words and "Source: here." in words
    assert re.findall(r"""(?:href|src)=["'](?!#)|url\((?!#)""", text) == []


def test_the_pdf_is_as_wide_as_two_columns_with_its_fonts_in_it(figure):
    raw = rendered(figure, "pdf")
    assert raw.startswith(b"%PDF-")
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", raw)
    assert float(box[1]) == pytest.approx(WIDTH_MM / 25.4 * 72.0, abs=0.1)
    assert b"/FontFile" in raw


def test_the_png_has_300_dots_to_the_inch(figure):
    raw = rendered(figure, "png")
    assert raw.startswith(b"\x89PNG")
    width, _ = struct.unpack(">II", raw[16:24])
    assert width == pytest.approx(WIDTH_MM / 25.4 * DPI, abs=2)
    at = raw.index(b"pHYs") + 4
    per_metre, _ = struct.unpack(">II", raw[at : at + 8])
    assert per_metre == pytest.approx(DPI / 0.0254, rel=0.01)


def test_another_kind_is_refused_in_a_sentence(figure):
    with pytest.raises(FieldError, match="kind: found 'gif'; allowed are svg, pdf, png"):
        rendered(figure, "gif")
    assert set(KINDS) == {"svg", "pdf", "png"}
