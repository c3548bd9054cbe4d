"""Sentences of refusals: what a type says of itself, what pydantic missed, and where."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from pydantic import Field, ValidationError

from cmn_core.design.validation import (
    OneOf,
    Strict,
    Within,
    Words,
    check,
    check_fields,
    check_texts,
    refused,
)
from cmn_core.errors import FieldError

Share = Annotated[float, Within(0.0, 1.0)]


@pytest.mark.parametrize(
    ("value", "kind", "sentence"),
    [
        (2, Annotated[int, Within(1, 3)], None),
        (4, Annotated[int, Within(1, 3)], "n: found 4; 1 to 3 is allowed"),
        (2.0, Annotated[int, Within(1, 3)], "n: found 2.0; 1 to 3 is allowed"),
        (True, Annotated[int, Within(1, 3)], "n: found true; 1 to 3 is allowed"),
        (1, Share, None),
        (1.5, Share, "n: found 1.5; a finite number 0 to 1 is allowed"),
        (math.nan, Share, "n: found nan; a finite number 0 to 1 is allowed"),
        ("1", Share, "n: found '1'; a finite number 0 to 1 is allowed"),
        (None, Share, "n: found null; 0 to 1 is allowed"),
        (None, Share | None, None),
        (0, Annotated[float, Within(0.0, None)], "n: found 0; a finite number above 0 is allowed"),
        ("sram", Annotated[str, OneOf(("rram", "sram"))], None),
        (
            "srm",
            Annotated[str, OneOf(("rram", "sram"))],
            "n: found 'srm'; did you mean 'sram'? allowed are rram, sram",
        ),
        ([], Annotated[str, OneOf(("rram",))], "n: found []; allowed are rram"),
        ("", Annotated[str, Field(min_length=1), Words("a name")], "n: found ''; a name"),
    ],
)
def test_a_value_is_what_its_type_says(value: Any, kind: Any, sentence: str | None) -> None:
    if sentence is None:
        check("n", value, kind)
        return
    with pytest.raises(FieldError) as refusal:
        check("n", value, kind)
    assert str(refusal.value) == sentence


def test_fields_of_a_dataclass_are_checked_where_their_type_says_something() -> None:
    @dataclass
    class Free:
        name: str
        share: Share | None = None

    check_fields(Free(3))  # type: ignore[arg-type]
    with pytest.raises(FieldError, match="share: found 2; a finite number 0 to 1 is allowed"):
        check_fields(Free("a", 2))


class Leaf(Strict):
    size: Annotated[int, Field(ge=1)]


class Tree(Strict):
    leaves: Annotated[list[Leaf], Field(min_length=2, max_length=2)]
    knobs: dict[str, int | float] | None = None
    top: Leaf | int | None = None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"leafs": 1}, "leafs: unknown key; did you mean 'leaves'? known keys are knobs, "),
        ({"leaves": [{"size": 1}]}, "leaves: found [{"),
        ({"leaves": [{"size": 1}, {"size": 0}]}, "leaves[1].size: found 0; at least 1 is allowed"),
        ({"leaves": [{"size": 1}, {"sise": 1}]}, "leaves[1].sise: unknown key; did you mean"),
        ({"leaves": [{"size": 1}, {}]}, "leaves[1].size: missing; this field is required"),
        ({"knobs": {"int": "a"}}, 'knobs.int: found "a"; a whole number is expected'),
        ({"top": {"size": 0}}, "top.size: found 0; at least 1 is allowed"),
        ({"top": {"siez": 0}}, "top.siez: unknown key; did you mean 'size'? known keys are size"),
    ],
)
def test_a_refusal_names_the_path_in_the_file(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError) as error:
        Tree.model_validate({"leaves": [{"size": 1}, {"size": 1}], **change})
    assert str(refused(error.value, Tree, "tree")).startswith(sentence)


def test_half_characters_are_found_wherever_they_are() -> None:
    check_texts({"a": ["b", {"c": math.nan}]}, "tree", free="notes")
    for data, words in (
        ({"a": ["b", {"c": "\ud800"}]}, "a[1].c: found"),
        ({"a": [{"\ud800": 1}]}, "a[0]: found the key"),
        ({"\ud800": 1}, "tree: found the key"),
        ({"notes": [math.inf]}, "notes[0]: found Infinity; a finite number is expected"),
    ):
        with pytest.raises(FieldError) as refusal:
            check_texts(data, "tree", free="notes")
        assert str(refusal.value).startswith(words)
