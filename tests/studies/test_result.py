"""The file of a study: there and back, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cmn_core.errors import FieldError
from cmn_core.studies.result import Result, read_result, stored, write_result
from cmn_core.studies.study import NAMES, study_of


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_study_is_whole_and_sums_up_its_own_rows(name: str) -> None:
    result = stored(name)
    assert result is not None
    assert result.name == name
    assert result.rows
    assert result.quick_rows
    assert result.machine["processor"]
    assert set(result.versions) <= set(study_of(name).stands_on)
    again = study_of(name).summary(dict(result.settings), result.rows)
    assert json.loads(json.dumps(again)) == result.summary


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_what_the_code_writes(name: str, tmp_path: Path) -> None:
    result = stored(name)
    assert result is not None
    write_result(result, tmp_path / "copy.json")
    assert read_result(tmp_path / "copy.json") == result


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for text, words in (
        ("{", "no JSON"),
        ("[]", "no JSON object"),
        ('{"schema": "cmn.run/1"}', "cmn.run/1"),
        ('{"schema": "cmn.study/1", "nam": 1}', "did you mean 'name'"),
        ('{"schema": "cmn.study/1"}', "missing"),
    ):
        path.write_text(text)
        with pytest.raises(FieldError, match=words):
            read_result(path)
    with pytest.raises(FieldError, match="no such file"):
        read_result(tmp_path / "none.json")
    with pytest.raises(FieldError):
        Result.from_json(None)
