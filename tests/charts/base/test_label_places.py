"""Names beside marks: each has a place of its own."""

from __future__ import annotations

from itertools import combinations

import pytest

from cmn_core.charts.base.label_places import MARK, PLACES, LabelPlace, label_places, overlap

SIZE = 12.0


def boxes(names: list[tuple[float, float, str]], **more: object) -> list[tuple[float, ...]]:
    shares = [(x / 400.0, y, text) for x, y, text in names]
    places = label_places(shares, size=SIZE, widths=[400.0], height=200.0, **more)  # type: ignore[arg-type]
    return [p.box((x, y), text, SIZE) for p, (x, y, text) in zip(places, names, strict=True)]


def test_a_lone_name_stands_to_the_right_of_its_mark() -> None:
    [place] = label_places([(0.25, 100.0, "KD")], size=SIZE, widths=[400.0], height=200.0)
    assert place == PLACES[0]
    assert LabelPlace("left", 10.0, 0.0).box((100.0, 100.0), "KD", 10.0) == pytest.approx(
        (110.0, 95.0, 121.0, 105.0)
    )


def test_names_cover_neither_each_other_nor_marks_nor_a_line() -> None:
    names = [(200.0, 60.0, "NAS + KD"), (225.0, 60.0, "NAS"), (236.0, 57.0, "KD"),
             (238.0, 66.0, "PTQ INT4")]  # fmt: skip
    found = boxes(names, rules=[72.0])
    marks = [(x - MARK, y - MARK, x + MARK, y + MARK) for x, y, _ in names]
    assert all(overlap(one, other) == 0.0 for one, other in combinations(found, 2))
    assert all(overlap(name, mark) == 0.0 for name in found for mark in marks)
    assert all(overlap(name, (0.0, 71.0, 400.0, 73.0)) == 0.0 for name in found)


def test_a_name_at_the_edge_stays_within() -> None:
    (left, top, right, bottom), = boxes([(395.0, 5.0, "as it is")])  # fmt: skip
    assert left >= 0.0 and right <= 400.0 and top >= 0.0 and bottom <= 200.0


def test_one_place_does_for_a_narrow_and_a_wide_picture() -> None:
    """Where names side by side fit a wide picture alone, one of them moves."""
    names = [(0.30, 100.0, "NAS"), (0.45, 100.0, "NAS + KD")]
    for widths, alike in (([520.0], True), ([520.0, 150.0], False)):
        places = label_places(names, size=SIZE, widths=widths, height=200.0)
        assert (places[0] == places[1] == PLACES[0]) is alike
        for width in widths:
            one, other = (
                p.box((x * width, y), text, SIZE)
                for p, (x, y, text) in zip(places, names, strict=True)
            )
            assert overlap(one, other) == 0.0
