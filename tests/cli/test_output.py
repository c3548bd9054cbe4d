from __future__ import annotations

from pathlib import Path

import pytest

from cmn_core.cli.output import document, facts, replace_text, table


def test_table_lines_up_numbers_on_the_right() -> None:
    rows = [{"name": "a", "energy_uj": 1234.5678}, {"name": "long", "energy_uj": None}]
    assert table(rows).splitlines() == [
        "name  energy_uj",
        "----  ---------",
        "a        1234.6",
        "long          -",
    ]
    assert table([]) == "nothing to show"


def test_facts() -> None:
    assert facts({"a": 1, "long": [1, 2.5]}) == "a     1\nlong  1 2.5"


def test_document_refuses_what_is_not_json() -> None:
    with pytest.raises(ValueError, match="JSON"):
        document({"a": float("nan")})


def test_a_file_is_replaced_whole_or_stays(tmp_path: Path) -> None:
    file = tmp_path / "answer.json"
    file.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        replace_text(file, "half a character \ud800")
    assert file.read_text() == "old"
    replace_text(file, "new")
    assert (file.read_text(), [p.name for p in tmp_path.iterdir()]) == ("new", ["answer.json"])
