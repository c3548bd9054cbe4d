"""Settings of a study: types, refusals, data."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmn_core.errors import FieldError
from cmn_core.studies.study import NAMES, Asked, study_of


def refusal(name: str, **asked: object) -> str:
    with pytest.raises(FieldError) as caught:
        study_of(name).settings(Asked(**asked))  # type: ignore[arg-type]
    return str(caught.value)


def test_texts_become_what_the_setting_is() -> None:
    chosen = {"levels": "0.05,0.1", "goals": "energy", "seeds": "3"}
    found = study_of("discrepancy").settings(Asked(chosen=chosen, seed=7))
    assert (found["levels"], found["goals"], found["seeds"]) == ([0.05, 0.1], ["energy"], 3)
    assert found["seed"] == 7


def test_what_does_not_exist_or_fit_is_refused() -> None:
    assert refusal("discrepancy", chosen={"level": "1"}).startswith(
        "set.level: unknown key; did you mean 'levels'?"
    )
    assert refusal("discrepancy", chosen={"seeds": "many"}).startswith("seeds: found 'many'")
    with pytest.raises(FieldError, match="did you mean 'noise'"):
        study_of("nose")


@pytest.mark.parametrize("name", ["noise", "compression"])
def test_real_images_are_needed_for_the_full_form_only(name: str, tmp_path: Path) -> None:
    assert refusal(name).startswith("data: missing")
    assert refusal(name, data=tmp_path).startswith("data: ")
    assert study_of(name).settings(Asked(quick=True))["data"] == "generated scenes"
    file = tmp_path / "val.npz"
    file.write_bytes(b"images")
    found = study_of(name).settings(Asked(data=tmp_path))["data"]
    assert list(found) == ["val.npz"]
    assert str(tmp_path) not in str(found)


@pytest.mark.parametrize("name", NAMES)
def test_the_quick_form_has_fewer_steps_of_the_same_kind(name: str, tmp_path: Path) -> None:
    (tmp_path / "val.npz").write_bytes(b"images")
    study = study_of(name)
    small = study.steps(study.settings(Asked(quick=True)))
    full = study.steps(study.settings(Asked(data=tmp_path)))
    assert 0 < len(small) <= len(full)
    assert set(small[0]) <= set(full[0])
