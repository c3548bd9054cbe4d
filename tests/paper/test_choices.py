"""What the paper leaves open: every combination is tried, and what is off is told."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest

from cmn_core.cim.technologies.parameters import parameter_set
from cmn_core.paper.assumptions import PRESET, Assumptions
from cmn_core.paper.choices import (
    CHOICES,
    STORED,
    agreement,
    combinations,
    markdown,
    search,
)
from cmn_core.paper.comparison import cost_cells

ROUTING = tuple(choice for choice in CHOICES if choice.field in ("top_k", "student"))


def test_every_assumption_is_a_choice_with_others() -> None:
    assert {c.field for c in CHOICES} == {f.name for f in fields(Assumptions)}
    for choice in CHOICES:
        words = [text for text, _ in choice.values]
        assert len(words) == len(set(words)) >= 2
        assert choice.word(getattr(PRESET, choice.field)) == words[0], "ours comes first"


def test_all_combinations_are_tried_once() -> None:
    found = list(combinations(ROUTING))
    assert len(found) == len(set(found)) == 6 and PRESET in found


def test_the_preset_agrees_as_the_shipped_set_does() -> None:
    """Fitted anew, the constants are those of paper.toml but for their rounding."""
    cells = cost_cells(parameter_set("paper"))
    found = agreement(PRESET)
    assert (found.agree, found.of) == (sum(c.agrees for c in cells), len(cells)) == (32, 32)
    assert found.worst == pytest.approx(max(c.deviation for c in cells), abs=2e-3)


def test_a_search_over_two_choices() -> None:
    answer = search(ROUTING)
    assert answer["combinations"] == 6
    routing = {v["value"]: v for v in answer["choices"][0]["values"]}
    assert routing["dense"]["chosen"] and not routing["top-1"]["chosen"]
    # As `paper --sensitivity` has it: 12 and 13 cells are outside.
    assert (routing["top-1"]["alone"]["agree"], routing["top-2"]["alone"]["agree"]) == (20, 19)
    for value in routing.values():
        alone, best = value["alone"], value["at_best"]
        assert (best["agree"], -best["worst"]) >= (alone["agree"], -alone["worst"])
    assert answer["best"]["agree"] >= answer["chosen"]["agree"]


def test_the_stored_search_is_that_of_all_choices() -> None:
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    count = 1
    for choice, row in zip(CHOICES, stored["choices"], strict=True):
        assert row["field"] == choice.field
        assert [v["value"] for v in row["values"]] == [text for text, _ in choice.values]
        count *= len(choice.values)
    assert stored["combinations"] == count
    assert stored["chosen"] == agreement(PRESET).to_json()
    lines = markdown(stored).splitlines()
    assert len(lines) == len(CHOICES) + 4 and lines[2].startswith("| input | nothing | 512 x 512 |")
