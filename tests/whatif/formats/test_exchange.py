"""Designs out of files and pasted texts."""

from __future__ import annotations

import json

import pytest

from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.whatif.formats.exchange import MOST, read_designs


@pytest.mark.parametrize(
    "raw",
    [
        *("", "  ", "{", "[]", "3", '"x"', "[1]", '{"a": 1, "a": 2}', b"\xff\xfe"),
        '{"schema": "cmn.design/2"}',
        '{"schema": "cmn.run/1"}',
        '[{"schema": "cmn.design/1", "space": "b9"}]',
    ],
)
def test_files_that_are_no_design_are_refused(raw: bytes | str) -> None:
    with pytest.raises(FieldError):
        read_designs(raw, "file")


def test_sizes_are_bounded_and_places_named(mixed: Design) -> None:
    with pytest.raises(FieldError, match="are read"):
        read_designs(" " * 1_000_001)
    document = mixed.to_json()
    with pytest.raises(FieldError, match=str(MOST + 1)):
        read_designs(json.dumps([document] * (MOST + 1)))
    with pytest.raises(FieldError, match=r"\[1\]\.architecture\.experts"):
        read_designs(json.dumps([document, {**document, "architecture": {"hidden": [16] * 4}}]))


def test_the_best_of_a_run_is_read(mixed: Design) -> None:
    run = {"schema": "cmn.run/1", "best": mixed.to_json(), "front": []}
    assert read_designs(json.dumps(run)) == [mixed]
    broken = {**run, "best": {**run["best"], "space": "b7"}}  # type: ignore[dict-item]
    with pytest.raises(FieldError, match=r"best\.space"):
        read_designs(json.dumps(broken))
