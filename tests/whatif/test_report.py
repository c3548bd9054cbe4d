"""What is taken away: JSON, CSV and Markdown."""

from __future__ import annotations

import csv
import io
import json

import pytest

from cmn_core.design import Design, parse_design
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.answer import answer
from cmn_core.whatif.edits import with_block
from cmn_core.whatif.formats.exchange import read_designs
from cmn_core.whatif.formats.link import named
from cmn_core.whatif.report import change_text, designs_csv, designs_json, designs_markdown


@pytest.fixture
def answers(mixed: Design) -> list[Evaluation]:
    return [
        answer(named(mixed, '=A|B <i>"x"</i>')),
        answer(with_block(mixed, 0, experts=4)),
    ]


def test_json_comes_back_as_it_went(answers: list[Evaluation]) -> None:
    [one] = read_designs(designs_json(answers[:1]))
    assert one == answers[0].design
    assert read_designs(designs_json(answers).encode()) == [a.design for a in answers]


def test_csv_has_a_row_for_each_design_and_no_formula(answers: list[Evaluation]) -> None:
    rows = list(csv.DictReader(io.StringIO(designs_csv(answers))))
    assert [row["experts1"] for row in rows] == ["2", "4"]
    assert rows[0]["name"].startswith("'=")
    assert float(rows[1]["energy_uj"]) == answers[1].metrics["energy_uj"]
    assert rows[0]["memory1"] == "sram"
    assert float(rows[0]["rram_adc_bits"]) == 7.0


def test_markdown_holds_every_design_its_link_and_differences(answers: list[Evaluation]) -> None:
    text = designs_markdown(answers, made="2026-01-01", links=["http://here/explore?design=a"])
    assert "<i>" not in text.split("```")[0]
    assert "<http://here/explore?design=a>" in text
    assert "## Against" in text
    documents = [json.loads(part.removeprefix("json")) for part in text.split("```")[1::2]]
    assert [parse_design(d) for d in documents] == [a.design for a in answers]
    assert "## Against" not in designs_markdown(answers[:1], made="2026-01-01")


@pytest.mark.parametrize(
    ("metric", "change", "tie", "text"),
    [
        ("energy_uj", -0.123, False, "−12.3 %"),
        ("energy_uj", 0.5, True, "tie (+50 %)"),
        ("latency_us", 12.2, False, "13.2 ×"),
        ("miou", -0.3, False, "−0.30 points"),
    ],
)
def test_changes_in_words(metric: str, change: float, tie: bool, text: str) -> None:
    assert change_text(metric, change, tie=tie) == text
