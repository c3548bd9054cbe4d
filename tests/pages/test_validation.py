"""The Validation page in its states: silicon, chips of one's own, the paper, stale and missing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cmn_core.charts.studies.paper_cells import CLOSE as BAND
from cmn_core.cim.technologies.parameters import parameter_set
from cmn_core.paper.comparison import CLOSE, cost_cells
from cmn_core.silicon.predict import predictions
from cmn_core.silicon.report import CHIPS, VALIDATION, published
from pages.parts.studies import (
    paper_cells as tables,
)
from pages.parts.studies import (
    published_chips as chips,
)
from pages.parts.studies import (
    stored_answers as stored,
)
from pages.parts.validation import referee
from tests.pages.looks import bodies, charts, words

CSV_TYPE = "text/csv"


@pytest.fixture
def some_stored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Puts another file in the place of the stored answers; None for no file."""

    def put(content: Any) -> None:
        path = tmp_path / "validation.json"
        if content is not None:
            path.write_text(json.dumps(content))
        monkeypatch.setattr(tables, "read_stored", lambda: stored.read_stored(path))

    return put


@pytest.fixture(scope="module")
def answers() -> Any:
    """The shipped answers as if they had been made just now, whatever happened to a constant."""
    found = stored.read_stored()
    assert found is not None
    return {**found, "inputs": stored.fingerprint()}


def test_both_halves_are_shown(searches: Any, page: Any, some_stored: Any, answers: Any) -> None:
    some_stored(answers)
    at = page("validation")
    assert not at.exception
    assert not at.error and not at.warning
    assert len(charts(at)) == 8  # three of chips and of cells, others' and a wrong simulator
    assert all(chart.proto.alt for chart in at.get("vega_lite_chart"))
    scored = json.loads(VALIDATION.read_text())
    energy = next(s for s in scored["held_out"] if s["device"] == "RRAM")
    assert f"{energy['median_factor']:.2f}×" in bodies(at)
    assert f"{energy['within_2x']:.0%} within 2×" in bodies(at)
    assert scored["command"] in words(at)
    assert answers["command"] in words(at)
    rows = charts(at)[0]["layer"][0]["data"]["values"]
    assert len(rows) == energy["chips"]
    agree = sum(c["agrees"] for c in answers["cells"] if c["agrees"] is not None)
    shown = re.findall(r"(\d+) of 16\s+cells agree", bodies(at))
    assert sum(map(int, shown)) == agree


def test_tables_hold_every_row_and_every_cell(
    searches: Any, page: Any, some_stored: Any, answers: Any
) -> None:
    some_stored(answers)
    at = page("validation", chips_of="SRAM, digital", scope="Whole network")
    for key in ("twin_silicon", "twin_cells"):
        at.toggle(key=key).set_value(True)
    at.run()
    assert not at.exception
    frames = [frame.value for frame in at.dataframe]
    figures, scores, cells = frames[:3], frames[3], frames[-1]
    counted = [len(chips.points_of("SRAM-digital", quantity)) for quantity in chips.FIGURES]
    assert [len(frame) for frame in figures] == counted
    assert scores["Held out"].tolist() == list(chips.NAMES.values())
    assert scores["One line: median"].notna().sum() >= 3
    assert len(cells) == 48  # 16 rows of three columns each
    assert set(cells["Printed"]) >= {92.88, 18188.7, 34.25}


def test_constants_of_silicon_are_another_answer(
    searches: Any, page: Any, some_stored: Any, answers: Any
) -> None:
    some_stored(answers)
    energy = charts(page("validation"))[4]
    other = charts(page("validation", fitted_to="Published chips"))[4]
    assert energy != other
    assert charts(page("validation", fitted_to="<b>"))[4] == energy


def test_other_simulators_stand_beside_ours_with_reasons(
    searches: Any, page: Any, some_stored: Any, answers: Any
) -> None:
    some_stored(answers)
    at = page("validation")
    energies = next(f.value for f in at.dataframe if "Theirs (fJ/MAC)" in f.value)
    assert len(energies) == len(referee.energy_rows())
    ratio = energies["Ours (fJ/MAC)"] / energies["Theirs (fJ/MAC)"]
    assert ratio.tolist() == pytest.approx(energies["Ours / theirs"].tolist())
    because = next(f.value for f in at.dataframe if "Because" in f.value)
    assert "CrossSim" in set(because["Simulator"])
    assert referee.in_a_sentence(referee.energy_rows()) in words(at)


def test_a_held_out_figure_belongs_to_the_row_it_was_fitted_without() -> None:
    scored = json.loads(VALIDATION.read_text())["held_out"]
    for score in scored:
        if score["quantity"] not in chips.FIGURES:
            continue
        points = chips.points_of(score["device"], score["quantity"])
        assert len({p["chip"] for p in points}) == score["chips"]
        for point in points:
            assert point["ours"] in score["predicted"][point["chip"]]


def test_every_chip_has_a_label_of_its_own() -> None:
    labels = list(chips._labels().values())
    assert len(labels) == len(set(labels)) == len({c.chip_id for c in published()})
    assert all(len(label) < 26 for label in labels)


def test_scores_of_other_chips_are_said_to_be_stale(
    searches: Any, page: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = json.loads(VALIDATION.read_text())
    other["held_out"][0]["predicted"]["nobody"] = [1.0]
    path = tmp_path / "validation.json"
    path.write_text(json.dumps(other))
    monkeypatch.setattr(chips, "VALIDATION", path)
    at = page("validation")
    assert not at.exception
    assert "scores of other chips" in at.error[0].value.replace("\\", "")
    assert at.file_uploader(key="chips") is not None
    path.unlink()
    chips._stored.clear()
    assert "missing" in page("validation").error[0].value


def test_chips_of_ones_own_are_answered(searches: Any, page: Any) -> None:
    lines = CHIPS.read_text(encoding="utf-8").splitlines()
    few = "\n".join(lines[:4]) + "\n"
    at = page("validation")
    before = len(at.get("download_button"))
    at.file_uploader(key="chips").upload("own.csv", few.encode(), CSV_TYPE).run()
    assert not at.exception
    answered = next(f.value for f in at.dataframe if "why_not" in f.value)
    expected = predictions(published()[:3])
    assert list(answered["tops_per_W"]) == [e["tops_per_W"] for e in expected]
    assert len(at.get("download_button")) == before + 4


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "empty"),
        (b"a,b\n1,2\n", "column chip_id: missing"),
        (b"\xff\xfe", "no UTF-8 text"),
        (b"x" * (chips.MOST_BYTES + 1), "at most"),
    ],
)
def test_a_csv_that_does_not_fit_is_one_sentence(
    searches: Any, page: Any, raw: bytes, said: str
) -> None:
    at = page("validation")
    at.file_uploader(key="chips").upload("own.csv", raw, CSV_TYPE).run()
    assert not at.exception
    [error] = [e.value.replace("\\", "") for e in at.error]
    assert said in error


def test_rows_of_a_long_csv_are_left_to_the_command_line() -> None:
    head, first = CHIPS.read_text(encoding="utf-8").splitlines()[:2]
    many = "\n".join([head, *[first] * (chips.MOST_ROWS + 1)])
    with pytest.raises(ValueError, match="command line"):
        chips._answers(many.encode()[: chips.MOST_BYTES], "own.csv")


def test_stored_answers_of_older_constants_say_so(
    searches: Any,
    page: Any,
    some_stored: Any,
    answers: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    some_stored({**answers, "inputs": "older"})
    prints = {}
    for name in stored.COMMANDS:  # what the real commands print after 20 s
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(answers[name]))
        prints[name] = ("-c", f"print(open({str(path)!r}).read())")
    monkeypatch.setattr(stored, "COMMANDS", prints)
    at = page("validation")
    assert "older than the constants" in at.warning[0].value
    assert len(charts(at)) == 8
    at.button(key="compute").click().run()
    assert not at.exception
    assert not at.warning
    assert len(charts(at)) == 8


def test_without_stored_answers_one_button_makes_them(
    searches: Any, page: Any, some_stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_stored(None)
    monkeypatch.setattr(stored, "COMMANDS", {"cells": ("-c", "raise SystemExit(1)")})
    at = page("validation")
    assert "not stored here" in at.info[0].value
    assert len(charts(at)) == 5
    at.button(key="compute").click().run()
    assert not at.exception
    assert "did not end well" in at.error[0].value


@pytest.mark.parametrize("content", [[], {}, {"schema": stored.SCHEMA}, "text"])
def test_a_stored_file_of_another_kind_counts_as_none(content: Any, tmp_path: Path) -> None:
    path = tmp_path / "validation.json"
    path.write_text(json.dumps(content))
    assert stored.read_stored(path) is None
    path.write_bytes(b"\xff{")
    assert stored.read_stored(path) is None


def test_a_fingerprint_is_of_every_constant(tmp_path: Path) -> None:
    folder = tmp_path / "technologies"
    folder.mkdir(parents=True)
    (folder / "one.toml").write_text("a = 1\n")
    first = stored.fingerprint(tmp_path)
    (folder / "one.toml").write_bytes(b"a = 1\r\n")  # another checkout's line ends
    assert stored.fingerprint(tmp_path) == first
    (folder / "one.toml").write_text("a = 2\n")
    assert stored.fingerprint(tmp_path) != first


def test_the_shipped_answers_are_those_of_this_version(answers: Any) -> None:
    """Made again by `python -m pages.parts.studies.stored_answers` after a change of costs."""
    known = {
        (c["table"], c["row"], c["memory"], c["quantity"]): c["ours"]
        for c in answers["cells"]
        if c["scope"] == "ffn"
    }
    for cell in cost_cells(parameter_set("paper"), memories=("sram",))[2:6]:
        row = cell.row
        stored_one = known[row.table, row.name, row.memory, cell.quantity]
        assert stored_one == pytest.approx(cell.ours, rel=1e-6)
    assert stored.fresh(stored.read_stored() or {}), stored.MADE_BY
    assert BAND == CLOSE
