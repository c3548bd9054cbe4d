"""study: one study from the command line, its check, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cmn_core.assets import ROOT


def test_a_quick_study_and_its_check(call: Any, home: Path) -> None:
    answer = call("study", "silicon", "--quick", "--out", "mine.json", "--json")
    assert answer.code == 0
    assert answer.json == json.loads(Path("mine.json").read_text())
    assert "step 10 of 10" in answer.err
    again = call("study", "silicon", "--check", "--out", "mine.json", "--json")
    assert (again.code, again.json["agrees"], again.json["stale"]) == (0, True, [])


def test_a_study_that_differs_exits_with_one(call: Any, home: Path) -> None:
    call("study", "silicon", "--quick", "--out", "mine.json")
    data = json.loads(Path("mine.json").read_text())
    data["quick_rows"][0]["ours"] *= 2.0
    Path("mine.json").write_text(json.dumps(data))
    answer = call("study", "silicon", "--check", "--out", "mine.json")
    assert answer.code == 1
    assert answer.out.startswith("row 1, ours: ")


def test_the_tables_of_figures_are_written_into_their_page(
    call: Any, refused: Any, tmp_path: Path
) -> None:
    assert call("study", "figures").out.startswith("| figure | value |")
    call("study", "figures", "--out", str(tmp_path / "README.md"))
    shipped = (ROOT / "README.md").read_text(encoding="utf-8")
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == shipped
    assert "README.md, docs/numbers.md or" in refused("study", "figures", "--out", "other.md")


def test_the_report_is_markdown(call: Any) -> None:
    assert call("study", "report").out.startswith("# The paper's claims")


def test_refusals(refused: Any) -> None:
    assert refused("study", "nosie").startswith("name: found 'nosie'; did you mean 'noise'?")
    assert refused("study", "noise").startswith("data: missing")
    assert refused("study", "noise", "--data", "none.npz").startswith("data: none.npz")
    assert refused("study", "silicon", "--set", "x").startswith("set: found 'x'")
    assert refused("study", "silicon", "--set", "x=1").startswith("set.x: unknown key")
    assert refused("study", "silicon", "--check", "--out", "none.json").startswith("out: none.json")
