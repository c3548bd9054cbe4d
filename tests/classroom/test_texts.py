from __future__ import annotations

import pytest

from cmn_core.classroom.facts import facts
from cmn_core.classroom.texts import CHAPTERS, chapter, glossary, teacher_sheet

QUESTION = 17  # words of the page's question above every chapter


@pytest.mark.parametrize("name", CHAPTERS)
def test_few_words_stand_before_a_picture(name: str) -> None:
    found = chapter(name)
    assert found.title and not found.title.startswith("#")
    assert 0 < len(found.before.split()) <= 60 - QUESTION
    assert 60 < len(found.after.split()) <= 160
    assert "**Try**" in found.after


def test_the_glossary_has_the_words_that_a_student_meets() -> None:
    words = " ".join(glossary()).lower()
    for term in ("expert", "hidden size", "crossbar", "adc", "miou", "pareto", "rram", "sram"):
        assert term in words
    assert list(glossary()) == sorted(glossary(), key=str.lower)


def test_the_teachers_sheet_takes_every_number_from_the_simulator() -> None:
    sheet = teacher_sheet(facts())
    assert "{" not in sheet and "45 minutes" in sheet
    with pytest.raises(KeyError):
        teacher_sheet({})
