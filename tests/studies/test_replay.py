"""What ships is what its commands make, and a change to it is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cmn_core.errors import FieldError
from cmn_core.studies.artefacts import Artefact, artefact_of, artefacts
from cmn_core.studies.replay import compare, make

QUICK = [name for name, artefact in artefacts().items() if artefact.seconds < 60]
ONE = Artefact(name="one", tells="a number", files=("assets/one.json",), seconds=1)


def written(folder: Path, value: object) -> Path:
    (folder / "assets").mkdir(parents=True, exist_ok=True)
    (folder / "assets" / "one.json").write_text(json.dumps(value))
    return folder


@pytest.mark.parametrize("name", QUICK)
def test_what_ships_is_what_its_command_makes(name: str, tmp_path: Path) -> None:
    artefact = artefact_of(name)
    make(artefact, tmp_path)
    found = compare(artefact, tmp_path)
    assert found.same, found.differences


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ({"a": 1.0}, {"a": 1.5}, "assets/one.json: a was 1.0, is 1.5"),
        ({"a": [{"b": 1}]}, {"a": [{"b": None}]}, "assets/one.json: a[0].b was 1, is None"),
        ({"a": [1, 2]}, {"a": [1]}, "assets/one.json: a was 2 items, is 1 items"),
        ({"a": 1}, {"a": 1, "c": 2}, "assets/one.json: c is in one of the two alone"),
    ],
)
def test_the_first_difference_is_told(was: object, now: object, told: str, tmp_path: Path) -> None:
    shipped, again = written(tmp_path / "shipped", was), written(tmp_path / "again", now)
    assert compare(ONE, again, shipped).differences == (told,)


def test_times_and_names_of_runs_may_differ(tmp_path: Path) -> None:
    was = {"run": {"run_id": "a", "seconds": 1.0, "best": 2}, "made": "2026-01-01"}
    now = {"run": {"run_id": "b", "seconds": 9.0, "best": 2}, "made": "2026-02-02"}
    shipped, again = written(tmp_path / "shipped", was), written(tmp_path / "again", now)
    assert compare(ONE, again, shipped).same


def test_what_cannot_be_made_here_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FieldError, match=r"needs --data val\.npz"):
        make(artefact_of("study-noise"), tmp_path)
    broken = replace(ONE, steps=(("-c", "raise SystemExit(3)"),))
    with pytest.raises(OSError, match="did not end well"):
        make(broken, tmp_path)
