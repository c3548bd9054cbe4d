from __future__ import annotations

import re

import pytest

from cmn_core.classroom.facts import facts
from cmn_core.classroom.texts import CHAPTERS, SHEETS, answers, chapter, glossary, plan, sheet

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


def test_the_answers_take_every_number_from_the_simulator() -> None:
    found = answers(facts())
    assert "{" not in found
    with pytest.raises(KeyError):
        answers({})


def test_every_try_has_its_answer() -> None:
    tries = answers(facts()).split("## Pupils")[0].lower()
    for name in CHAPTERS:
        assert f"- **{name}**: " in tries, name


@pytest.mark.parametrize("name", SHEETS)
def test_every_question_of_a_sheet_has_an_answer(name: str) -> None:
    found = answers(facts())
    questions = re.findall(r"^(\d+)\. ", sheet(name), flags=re.M)
    assert len(questions) >= 9
    if name == "masters":
        own = found.split("## Master's students")[1]
        assert re.findall(r"^(\d+)\. ", own, flags=re.M) == questions


def test_what_students_get_holds_no_answer() -> None:
    given = facts()
    for text in (plan(), *(sheet(name) for name in SHEETS)):
        assert "{" not in text
        for name in ("even", "task_adc", "task_expert", "bits_by_rows", "rram_life", "saved"):
            assert given[name] not in text, name


def test_no_sentence_is_longer_than_thirty_words() -> None:
    texts = [chapter(name).before + "\n" + chapter(name).after for name in CHAPTERS]
    for text in [*texts, plan(), answers(facts()), *(sheet(name) for name in SHEETS)]:
        for sentence in re.split(r"(?<=[.!?:;])\s+|\n", text):
            assert len(sentence.split()) <= 30, sentence
