from __future__ import annotations

import pytest

from cmn_core.spreadsheet import safe_cell


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " ="])
def test_a_formula_becomes_a_text(start: str) -> None:
    text = f"{start}cmd|' /C calc'!A1"
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", [-5, -0.5, None, True, "-5", "+1e3", "-.5", "a-b", "", "1=2"])
def test_numbers_and_ordinary_texts_stay(value: object) -> None:
    assert safe_cell(value) is value
