"""docs/reproduction.md says what the stored studies say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cmn_core.studies.claims import judged
from cmn_core.studies.reproduction import COMMAND, TITLES, report
from cmn_core.studies.result import stored

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reproduction.md"


def test_the_page_is_the_report() -> None:
    assert PAGE.read_text(encoding="utf-8") == report(), f"run: {COMMAND}"


@pytest.mark.parametrize("name", TITLES)
def test_every_claim_is_judged_in_words_and_figures(name: str) -> None:
    result = stored(name)
    assert result is not None
    for verdict in judged(result):
        assert verdict.holds in ("yes", "no", "partly", "open")
        assert all(vars(verdict).values())


def test_a_quick_form_bears_nothing_out() -> None:
    result = stored("silicon")
    assert result is not None
    assert {v.holds for v in judged(replace(result, quick=True))} == {"open"}
    assert {v.holds for v in judged(replace(result, quick=False))} != {"open"}
