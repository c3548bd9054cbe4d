"""A report is one file that needs nothing else and carries out nothing."""

import re

import pandas as pd

from cmn_core.charts.figures.cost_figure import breakdown_figure
from cmn_core.reports.page import Part, plain_number, report_page

FIGURE = breakdown_figure(
    {"energy_uj": [("Block 1", "Arrays", 3.0, 1.0)]},
    name="x",
    causes=["Arrays"],
    blocks=["Block 1"],
    source="s",
)


def test_it_asks_nobody_and_runs_nothing():
    parts = [Part("One", figures=[FIGURE, FIGURE]), Part("Two", data={"a": 1})]
    text = report_page("T", parts, made="2026-01-01", source="Source: x.")
    assert "<script" not in text and "@import" not in text
    assert re.findall(r"""(?:href|src)=["'](?!#)|url\((?!#)""", text) == []
    names = re.findall(r'\bid="([^"]+)"', text)
    assert len(names) == len(set(names))


def test_texts_of_people_are_words_alone():
    bad = "<script>alert(1)</script>"
    frame = pd.DataFrame({bad: [bad]})
    text = report_page(bad, [Part(bad, bad, table=frame, data={bad: bad})], made=bad, source=bad)
    assert "<script" not in text and text.count("&lt;script&gt;") >= 8


def test_numbers_have_no_powers_of_ten():
    assert [plain_number(v) for v in (10614.2, 864.83, 0.25)] == ["10,614", "864.8", "0.25"]
    frame = pd.DataFrame({"Value": [12345.6, None]})
    text = report_page("T", [Part("One", table=frame)], made="now", source="s")
    assert "<td>12,346</td>" in text and "<td>–</td>" in text
