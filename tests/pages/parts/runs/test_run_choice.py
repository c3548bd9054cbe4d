"""Which run stands beside the paper."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cmn_core.search.scenario import Scenario
from pages.parts.runs.run_choice import newest_finished
from pages.parts.runs.run_view import Run, own_terms

WHOLE = Scenario(goal="energy", memory="rram").to_json()
PAPER = Scenario.of_paper(goal="energy", memory="rram").to_json()


def made(run_id: str, **settings: Any) -> Run:
    return Run(
        *(run_id, "energy", "rram", "done", 0, 30, 30, "", None, "2026-01-01"),
        {**WHOLE, **settings},
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, ""),
        (PAPER, ""),
        ({"seed": 7, "population": 100}, ""),
        ({"generations": 5}, "terms of its own: generations 5"),
        ({"max_energy_uj": 500.0}, "terms of its own: energy"),
        ({**PAPER, "max_area_mm2": 300.0}, "terms of its own: area"),
        ({"robust": "quantile"}, "terms of its own: conditions"),
    ],
)
def test_a_toy_says_what_it_is(settings: dict[str, Any], words: str) -> None:
    assert own_terms(made("a", **settings)) == words


def test_a_comparable_run_comes_before_a_newer_toy(monkeypatch: Any) -> None:
    class Seen:
        best = object()

    monkeypatch.setattr("pages.parts.runs.run_choice.snapshot", lambda run: Seen)
    toy, whole = made("toy", generations=5), made("whole")
    assert newest_finished([toy, whole], "energy", "rram") is whole
    assert newest_finished([toy], "energy", "rram") is toy
    batch = replace(toy, batch="b")
    assert newest_finished([batch, replace(whole, batch="b")], "energy", "rram", "b") is batch
