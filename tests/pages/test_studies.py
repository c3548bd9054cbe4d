"""The pages of the studies: stored results drawn beside the paper, and each one's what-if."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from cmn_core.studies import result as results
from cmn_core.studies.result import Result, stored
from tests.pages.looks import bodies, charts, words

PAGES = ("noise", "scaling", "compression")


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    yield
    st.cache_resource.clear()


def of(name: str) -> Result:
    found = stored(name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", PAGES)
def test_a_page_draws_its_stored_study_with_the_paper_beside_it(
    searches: Any, page: Any, name: str
) -> None:
    at = page(name)
    assert not at.exception
    assert len(charts(at)) >= 2
    assert all(chart.proto.alt for chart in at.get("vega_lite_chart"))
    text = words(at)
    assert "Printed:" in text
    assert f"python -m cmn_core study {name}" in text
    labels = [button.proto.label for button in at.get("download_button")]
    assert labels.count("Result (JSON)") == 1
    files = [label.rpartition(" as ")[2] for label in labels if " as " in label]
    assert files.count("CSV") == files.count("LaTeX") == len(files) / 2 >= 1


@pytest.mark.parametrize("name", PAGES)
def test_without_a_result_the_page_says_how_to_make_one(
    searches: Any, page: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    at = page(name)
    assert not at.exception
    assert f"python -m cmn_core study {name}" in words(at)
    assert charts(at) == []


def test_a_broken_result_is_one_sentence(
    searches: Any, page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    (tmp_path / "noise.json").write_text("[")
    at = page("noise")
    assert not at.exception
    assert len(at.error) == 1


def test_more_noise_costs_the_searched_design_more(searches: Any, page: Any) -> None:
    top = max(of("noise").settings["levels"])
    at = page("noise", noise_level=str(of("noise").settings["levels"].index(top) + 1))
    at.select_slider(key="noise_level").set_value(top).run()
    assert not at.exception
    exact = of("noise").summary["searched exact"]
    loss = of("noise").summary[f"searched write {top:g}"]["loss"]
    assert f"without noise {exact:.2f}" in bodies(at)
    assert f"{loss:.2f}" in bodies(at)


def test_a_faster_machine_needs_fewer_hours(searches: Any, page: Any) -> None:
    def hours(at: Any) -> list[float]:
        return [row["hours"] for row in charts(at)[0]["layer"][0]["data"]["values"]]

    at = page("scaling")
    before = hours(at)
    at.select_slider(key="faster").set_value(10.0).run()
    assert not at.exception
    assert hours(at) == pytest.approx([h / 10.0 for h in before])


def test_the_tables_stand_as_printed_with_ours_beside(searches: Any, page: Any) -> None:
    at = page("compression")
    text = bodies(at)
    for printed in ("12.81", "480.6", "18,189", "33.03"):
        assert f"({printed})" in text
    at.slider(key="share").set_value(100).run()
    assert not at.exception
    best = max(r["miou"] for r in of("compression").summary["lines"] if r["miou"] is not None)
    assert f"at least {best:.2f} %" in bodies(at)


def test_noise_shows_searches_that_know_of_it(searches: Any, page: Any) -> None:
    at = page("noise")
    assert not at.exception
    alone, placed = (frame.value for frame in at.dataframe[-2:])
    settings, summary = of("noise").settings, of("noise").summary
    assert len(alone) == len(settings["search_kinds"])
    assert len(placed) == len(settings["placement_kinds"])
    [early] = placed[placed["Judged under"] == "All in block 1"].to_dict("records")
    assert f"{summary['placement early']['gain']['mean']:+.2f} (" in early["Gain (points)"]
    assert early["Blocks, not known"].startswith("R")  # the noisy block moves
    assert early["Blocks, known"].startswith("S")
    at.toggle(key="twin_searches").set_value(True).run()
    assert not at.exception
    both = [len(frame.value) for frame in at.dataframe[-2:]]
    kinds = [len(settings[f"{who}_kinds"]) for who in ("search", "placement")]
    assert both == [2 * settings["search_seeds"] * n for n in kinds]


def test_hybrid_shows_every_memory_over_the_seeds(searches: Any, page: Any) -> None:
    at = page("hybrid")
    assert not at.exception
    table = at.dataframe[-1].value
    assert len(table) == len(of("hybrid").settings["goals"]) * (3 + 2)
    assert set(table["Blocks"]) == {"RRRR", "SSSS"}
    at.segmented_control(key="hybrid_constants").set_value("paper").run()
    assert not at.exception
    fitted = at.dataframe[-1].value
    mixed = fitted[(fitted["Memory"] == "Hybrid") & (fitted["Scenario"] == "1 Latency")]
    assert not set(mixed["Blocks"]) & {"RRRR", "SSSS"}
    assert "TOPS/mm²" in table.columns
    assert "C1" in words(at)


def test_validation_shows_what_a_wrong_simulator_finds(searches: Any, page: Any) -> None:
    at = page("validation")
    level = of("discrepancy").settings["levels"][-1]
    at.select_slider(key="wrong_by").set_value(level).run()
    assert not at.exception
    changed = of("discrepancy").summary[f"random {level:g}"]["blocks_changed_share"]
    assert f"{changed:.0%}" in bodies(at)
    assert "D2" in words(at)
