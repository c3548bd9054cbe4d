from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cmn_core.classroom.lesson import KEYS, Lesson, code_of, new_key, own_parameters, read_lesson
from cmn_core.classroom.specimen import specimen
from cmn_core.errors import FieldError
from cmn_core.whatif.answer import answer
from cmn_core.whatif.compare import verdicts

KEY = "teachers-key"
QUERY = {
    "class": "Physics 7b",
    "code": code_of(KEY),
    "scenario": "energy",
    "memory": "sram",
    "seed": "3",
    "max_area_mm2": "200.0",
}


def test_an_address_comes_back_as_it_was() -> None:
    lesson = read_lesson(QUERY)
    assert lesson.query == QUERY
    assert lesson.scenario.seed == 3 and lesson.limits.max_area_mm2 == 200.0
    assert lesson.limits.min_miou is not None  # the scenario's own
    assert lesson.fits(lesson.first)


@pytest.mark.parametrize("goal", ["latency", "energy"])
@pytest.mark.parametrize("memory", ["rram", "sram", "hybrid"])
def test_the_first_design_of_a_class_keeps_its_own_limits(goal: str, memory: str) -> None:
    given = {key: QUERY[key] for key in ("class", "code")}
    lesson = read_lesson({**given, "scenario": goal, "memory": memory})
    first = lesson.first
    assert lesson.fits(first)
    assert all(verdict.kept for verdict in verdicts(answer(first), lesson.limits).values())


@pytest.mark.parametrize("change", [{"max_area_mm2": "1e-6"}, {"scenario": "performance"}])
def test_limits_that_default_macros_cannot_keep_leave_the_specimen(change: Any) -> None:
    lesson = read_lesson({**QUERY, **change})
    assert lesson.first.architecture == specimen("sram").architecture


def test_only_the_teachers_key_opens_a_class() -> None:
    lesson = read_lesson(QUERY)
    assert lesson.opened_by(KEY)
    assert not lesson.opened_by(None) and not lesson.opened_by(lesson.code)
    assert new_key() != new_key()


def test_other_limits_are_another_board_and_another_name_is_not() -> None:
    board = read_lesson(QUERY).board
    assert read_lesson({**QUERY, "max_area_mm2": "1e9"}).board != board
    assert read_lesson({**QUERY, "code": code_of("other")}).board != board
    assert read_lesson({**QUERY, "class": "Renamed"}).board == board


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"class": ""}, "class"),
        ({"class": "x" * 41}, "class"),
        ({"code": "zz"}, "code"),
        ({"scenario": "enrgy"}, "scenario"),
        ({"memory": "pcm"}, "memory"),
        ({"seed": "-1"}, "seed"),
        ({"seed": "1.5"}, "seed"),
        ({"max_area_mm2": "nan"}, "max_area_mm2"),
        ({"max_area_mm2": "-3"}, "max_area_mm2"),
        ({"min_miou": "<script>"}, "min_miou"),
        ({"min_moiu": "3"}, "min_moiu"),
        ({"class": "7\u200fb"}, "class"),
    ],
)
def test_a_wrong_parameter_is_named(change: dict[str, str], field: str) -> None:
    with pytest.raises(FieldError) as error:
        read_lesson({**QUERY, **change})
    assert error.value.field == field
    assert "\n" not in str(error.value)


def test_what_others_hang_on_to_a_link_is_ignored() -> None:
    foreign = {"utm_source": "mail", "fbclid": "x", "ref": "y", "limit": "3", "embed": "true"}
    assert read_lesson({**QUERY, **foreign}) == read_lesson(QUERY)
    assert own_parameters(foreign) == {}


def test_each_pair_has_a_seed_of_its_own_and_keeps_it() -> None:
    lesson = read_lesson(QUERY)
    seeds = [lesson.seed_of(f"pair {number}") for number in range(30)]
    assert len(set(seeds)) == 30
    assert all(0 <= seed < 1_000_000 for seed in seeds)
    assert lesson.seed_of("pair 0") == seeds[0]
    assert read_lesson({**QUERY, "seed": "4"}).seed_of("pair 0") != seeds[0]


def test_a_seed_below_nothing_is_refused_for_its_true_reason() -> None:
    with pytest.raises(FieldError, match="found '-5'; a whole number of 0 or more"):
        read_lesson({**QUERY, "seed": "-5"})


@given(some.dictionaries(some.sampled_from(KEYS), some.text(max_size=30)))
def test_whatever_an_address_holds_is_a_lesson_or_a_sentence(query: dict[str, Any]) -> None:
    found: Lesson | FieldError
    try:
        found = read_lesson(query)
    except FieldError as error:
        found = error
    assert isinstance(found, Lesson) or len(str(found).splitlines()) == 1
