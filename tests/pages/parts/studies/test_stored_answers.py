"""One value for a cell on every page: what was measured on test images stands in the tables."""

from __future__ import annotations

from dataclasses import replace

from cmn_core.studies.result import stored
from pages.parts.studies.stored_answers import read_stored, with_measured


def test_miou_is_that_of_the_study_and_nothing_else_changes() -> None:
    answers, study = read_stored(), stored("compression")
    assert answers is not None and study is not None
    known = {
        (line["table"], line["approach"], line["memory"]): line["miou"]
        for line in study.summary["lines"]
        if line["bits"] == 8
    }
    shown = with_measured(answers, study)["cells"]
    changed = 0
    for before, now in zip(answers["cells"], shown, strict=True):
        if before["quantity"] != "miou_percent":
            assert now == before
        elif " int" not in before["row"] or before["row"].endswith("int8"):
            approach = before["row"].partition(" ")[0]
            value = known[before["table"], approach, before["memory"]]
            assert now["ours"] == value
            assert now["ratio"] == value / before["printed"]
            assert now["how"] == "measured on test images"
            changed += 1
    assert changed >= 10
    assert with_measured(answers, None) == answers
    assert with_measured(answers, replace(study, quick=True)) == answers
