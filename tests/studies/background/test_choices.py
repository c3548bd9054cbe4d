"""Which settings of a study can be chosen, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from cmn_core.errors import FieldError
from cmn_core.studies.background.choices import ALWAYS, CHOICES, architectures, checked
from cmn_core.studies.study import NAMES, study_of
from tests.studies.background.asked import chosen


def test_every_study_of_the_paper_has_choices() -> None:
    assert sorted(CHOICES) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_choices_are_settings_of_the_study_and_take_its_own_quick_form(name: str) -> None:
    known = {**study_of(name).full, **study_of(name).small}
    assert {choice.name for choice in CHOICES[name]} <= set(known)
    assert checked(name, chosen(name)) == chosen(name)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"seeds": 0}, "seeds"),
        ({"seeds": 2.5}, "seeds"),
        ({"seeds": True}, "seeds"),
        ({"generations": 10**9}, "generations"),
        ({"goals": []}, "goals"),
        ({"goals": ["beauty"]}, "goals"),
        ({"levels": [0.05]}, "settings.levels"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_name(wanted: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldError) as refused:
        checked("hybrid", wanted)
    assert refused.value.field == field


def test_a_list_of_numbers_is_sorted_and_bounded() -> None:
    assert checked("noise", {"levels": [0.2, 0.05, 0.2]}) == {"levels": [0.05, 0.2]}
    for wrong in ([], [0.7], [0.01] * 13):
        with pytest.raises(FieldError):
            checked("noise", {"levels": wrong})


def test_what_pages_draw_from_is_a_setting_of_the_study_and_no_choice() -> None:
    for name, fixed in ALWAYS.items():
        assert set(fixed) <= set(study_of(name).full)
        assert not set(fixed) & {choice.name for choice in CHOICES[name]}


def test_growth_needs_two_sizes() -> None:
    with pytest.raises(FieldError):
        checked("scaling", {"spaces": ["b0"]})


def test_architectures_count_every_search_of_a_study() -> None:
    hybrid = chosen("hybrid", seeds=2, population=10, generations=3)
    # two sets of constants x 3 memories x 2 seeds x 30 architectures
    both = {**hybrid, "constants": ["silicon", "paper"], "goals": ["energy"]}
    assert architectures("hybrid", both) == 2 * 3 * 2 * 30
    wrong = chosen("discrepancy", seeds=1, population=10, generations=3, levels=[0.1, 0.2])
    # one goal, one memory; the right simulator and two kinds of error at two levels
    assert architectures("discrepancy", wrong) == 5 * 30
    assert architectures("scaling", chosen("scaling")) == 0
    assert architectures("silicon", chosen("silicon")) == 0
