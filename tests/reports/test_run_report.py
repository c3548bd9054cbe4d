"""The report of a shipped run, and of several, below two megabytes."""

import re
from dataclasses import replace

import pytest

from cmn_core.charts.figures.search_figures import SearchRecord
from cmn_core.design import Design
from cmn_core.reports.page import MOST_BYTES
from cmn_core.reports.run_report import (
    comparison_report,
    comparison_table,
    front_table,
    history_table,
    run_report,
)
from cmn_core.runs.store.examples import example_name, load_examples
from cmn_core.whatif.answer import answer


def searched(example):
    run = example["run"]
    return SearchRecord(
        name=f"{run['scenario']} on {run['memory']}",
        goal=run["scenario"],
        memory=run["memory"],
        history=run["history"],
        designs=[Design.from_stored(design) for design in run["front"]],
        best=Design.from_stored(run["best"]),
        limits=run["limits"],
        points=example["generations"][-1]["points"],
        generations=example["settings"]["generations"],
    )


@pytest.fixture(scope="module")
def searches():
    return {example_name(example): searched(example) for example in load_examples()}


def test_a_run_has_its_figures_its_settings_and_its_design(searches):
    search = searches["energy_sram"]
    best = answer(search.best)
    text = run_report(search, facts={"Seed": "0"}, best=best, made="2026-01-01", source="Source: x")
    assert len(text.encode()) < MOST_BYTES
    assert text.count("<svg") == 3 and "<td>Seed</td><td>0</td>" in text
    assert "Where it goes: the best design" in text and "cmn.design/1" in text
    assert len(search.designs) > 20
    assert f"The first 20 of {len(search.designs)} designs, best first." in text
    few = replace(search, designs=search.designs[:3])
    assert "All 3 designs, best first." in run_report(few, facts={}, best=None, made="", source="")


def test_a_run_that_this_version_prices_otherwise_shows_what_it_stored(searches):
    text = run_report(searches["energy_sram"], facts={}, best=None, made="now", source="s")
    assert "prices the design differently" in text and text.count("<svg") == 2


def test_a_run_without_a_design_says_so(searches):
    empty = replace(searches["energy_sram"], best=None, designs=())
    text = run_report(empty, facts={}, best=None, made="now", source="s")
    assert "No design found meets all limits." in text and "<svg" not in text


def test_six_runs_stand_in_one_picture_and_one_table(searches):
    six = list(searches.values())[:6]
    text = comparison_report(six, made="now", source="s")
    assert len(text.encode()) < MOST_BYTES and text.count("<svg") == 1
    table = comparison_table(six)
    assert list(table["No."]) == [1, 2, 3, 4, 5, 6]
    for row, search in zip(table.to_dict("records"), six, strict=True):
        assert row["Energy (µJ)"] == search.best.metrics["energy_uj"]
        assert re.match(r"\d \d \d \d", row["Experts"])


def test_tables_of_a_run_are_in_the_order_of_its_goal(searches):
    search = searches["latency_rram"]
    values = list(front_table(search)["Latency (µs)"])
    assert values == sorted(values) and len(values) == len(search.designs)
    assert list(history_table(search)["generation"])[:2] == [1, 2]
