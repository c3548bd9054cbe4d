"""The report of designs beside each other."""

import pytest

from cmn_core.api import examples
from cmn_core.charts.figures.rendering import rendered
from cmn_core.reports.design_report import (
    design_figure,
    design_report,
    differences_table,
    figures_table,
    source_of,
)
from cmn_core.reports.page import MOST_BYTES
from cmn_core.whatif.answer import answer


@pytest.fixture(scope="module")
def answers():
    found = examples()
    return [answer(found["energy_sram"]), answer(found["energy_rram"])]


def test_two_designs_with_their_differences(answers):
    text = design_report(answers, ["mine", "yours"], made="2026-01-01")
    assert len(text.encode()) < MOST_BYTES and text.count("<svg") == 2
    assert "2 designs compared" in text and "Against mine" in text


def test_figures_come_with_their_intervals(answers):
    row = figures_table(answers, ["mine", "yours"]).to_dict("records")[0]
    low, high = answers[0].interval("energy_uj")
    assert row["Design"] == "mine"
    assert (
        row["Energy (µJ)"].endswith(f"({low:.4g} to {high:,.0f})") or " to " in row["Energy (µJ)"]
    )


def test_a_difference_has_the_sign_of_the_figures(answers):
    (row,) = differences_table(answers, ["mine", "yours"]).to_dict("records")
    more = answers[1].metrics["energy_uj"] > answers[0].metrics["energy_uj"]
    assert (not row["Energy (µJ)"].startswith("−")) == more


def test_the_figure_of_a_design_adds_up_and_names_its_source(answers):
    figure = design_figure(answers[0], name="mine")
    first = figure.picture["vconcat"][1]["hconcat"][0]["layer"][0]["data"]["values"]
    total = sum(row["value"] for row in first)
    assert total == pytest.approx(answers[0].metrics["energy_uj"], rel=1e-6)
    assert b"cost model" in rendered(figure, "svg")
    assert source_of(answers).startswith("Source: cost model ")
