"""A study run to its end, interrupted, resumed, and refused where it does not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cmn_core.errors import FieldError
from cmn_core.studies.result import read_result
from cmn_core.studies.runner import run
from cmn_core.studies.study import Asked


def finish(out: Path, asked: Asked, processes: int = 1) -> list[int]:
    """Steps done after each item of progress."""
    return [step.done for step in run("silicon", asked, out, processes=processes)]


def test_a_resumed_study_is_the_one_that_was_not_interrupted(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole.json", tmp_path / "broken.json"
    assert finish(whole, Asked(quick=True)) == [0, *range(1, 11), 10]
    steps = run("silicon", Asked(quick=True), broken)
    for step in steps:
        if step.done == 4:
            break
    steps.close()
    assert not broken.exists()
    with (tmp_path / "broken.json.partial").open("a") as file:
        file.write('{"quick": false, "step": {"dev')  # a line cut off by a power failure
    assert finish(broken, Asked(quick=True))[0] == 4
    a, b = read_result(whole), read_result(broken)
    assert (a.rows, a.summary, a.settings) == (b.rows, b.summary, b.settings)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["broken.json", "whole.json"]


def test_other_settings_are_not_mixed_into_an_interrupted_run(tmp_path: Path) -> None:
    out = tmp_path / "s.json"
    steps = run("silicon", Asked(quick=True), out)
    next(steps)
    steps.close()
    with pytest.raises(FieldError, match=r"^out: .*other settings"):
        next(run("silicon", Asked(quick=True, chosen={"coverage": "0.8"}), out))


def test_a_full_study_holds_its_quick_form_too(tmp_path: Path) -> None:
    out = tmp_path / "s.json"
    finish(out, Asked())
    result = read_result(out)
    assert not result.quick
    assert result.quick_rows == result.rows  # silicon has nothing to shorten
    assert json.loads(out.read_text())["schema"] == "cmn.study/1"


def test_several_processes_give_the_same_rows(tmp_path: Path) -> None:
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    finish(one, Asked(quick=True))
    finish(two, Asked(quick=True), processes=2)
    assert read_result(one).rows == read_result(two).rows
