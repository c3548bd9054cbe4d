"""What Explore does with a design: find its hardware, search from it, hand it out."""

from __future__ import annotations

from typing import Any

import pytest

from cmn_core.design import parse_design
from pages.parts.design.draft import default_design
from tests.pages.explored import cards, link, shown, unfolded


def test_hardware_is_found_and_can_be_taken_back(searches: Any, page: Any) -> None:
    at = page("explore")
    before = shown(unfolded(at, "open_hardware"))
    at.radio(key="hardware_objective").set_value("energy").run()
    at.button(key="find_hardware").click().run()
    assert not at.exception
    assert shown(at).architecture == before.architecture
    assert shown(at) != before
    at.button(key="undo").click().run()
    assert shown(at) == before


def test_search_from_here_fills_the_form(searches: Any, page: Any) -> None:
    at = page("explore", design=link(default_design()))
    miou = float(cards(at)["miou"].split()[3])
    unfolded(at, "open_search").button(key="search_energy").click().run()
    assert not at.exception
    assert at.title[0].value == "Search"
    assert at.segmented_control(key="form_goal").value == "energy"
    assert at.segmented_control(key="form_memory").value == "rram"
    assert at.number_input(key="form_min_miou").value == pytest.approx(miou, abs=0.01)


def test_the_download_is_a_design_with_its_figures(searches: Any, page: Any) -> None:
    at = unfolded(page("explore"), "open_share")
    [button] = [b for b in at.get("download_button") if b.proto.label == "Download as JSON"]
    assert button is not None
    assert parse_design(shown(at).to_json()) == shown(at)
