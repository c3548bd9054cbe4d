"""What a search begins with: a design of one's own, a table of one's own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cmn_core.architecture import SPACES

Call = Callable[..., Any]


def without_times(result: dict[str, Any]) -> dict[str, Any]:
    rows = [{k: v for k, v in row.items() if k != "seconds"} for row in result["history"]]
    return {**result, "history": rows, "run_id": None, "seconds": None, "swarm_share": None}


def table(path: Path, count: int = 60, slope: float = 0.3) -> Path:
    space = SPACES["b0"]
    rows = np.random.default_rng(0).integers(space.lower, space.upper + 1, (count, 8))
    miou = 40.0 + slope * np.log2(rows[:, :4] * rows[:, 4:]).sum(axis=1)
    lines = ["e1,e2,e3,e4,h1,h2,h3,h4,miou"]
    lines += [",".join(map(str, [*r, y])) for r, y in zip(rows.tolist(), miou, strict=True)]
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def start(home: Path, design: dict[str, Any]) -> Path:
    path = home.parent / "start.json"
    path.write_text(json.dumps(design))
    return path


def test_a_design_begins_the_search_and_the_result_tells_how_far_it_came(
    call: Call, small: tuple[str, ...], start: Path, design: dict[str, Any]
) -> None:
    answer = call(*small, "--start", start, "--json")
    assert answer.code == 0
    result = answer.json
    begun = result["start"]
    assert begun["design"]["architecture"] == design["architecture"]
    assert set(begun["difference"]) == {"energy_rel", "latency_rel", "area_rel", "miou_points"}
    ratio = result["best"]["metrics"]["energy_uj"] / begun["design"]["metrics"]["energy_uj"]
    assert begun["difference"]["energy_rel"] == ratio - 1.0
    assert result["settings"]["start"]["architecture"] == design["architecture"]
    text = call("search", "--resume", result["run_id"]).out
    assert "the best less the start" in text
    assert without_times(call(*small, "--start", start, "--json").json) == without_times(result)
    assert "start" not in call(*small, "--json").json


def test_space_and_workload_of_the_file_are_those_of_the_search(
    call: Call, small: tuple[str, ...], home: Path, design: dict[str, Any]
) -> None:
    path = home.parent / "own.json"
    workload = {"image": [120, 160], "weight_bits": 4}
    path.write_text(json.dumps({**design, "workload": workload}))
    result = call(*small, "--start", path, "--json").json
    assert result["settings"]["workload"]["image"] == [120, 160]
    assert result["best"]["workload"]["weight_bits"] == 4


def test_resumed_with_another_start_it_is_refused(
    call: Call, small: tuple[str, ...], start: Path, home: Path, design: dict[str, Any]
) -> None:
    run_id = call(*small, "--start", start, "--json").json["run_id"]
    assert call("search", "--resume", run_id, "--start", start).code == 0
    other = home.parent / "other.json"
    changed = {**design, "architecture": {"experts": [1] * 4, "hidden": [16] * 4}}
    other.write_text(json.dumps(changed))
    answer = call("search", "--resume", run_id, "--start", other)
    assert answer.code == 2
    assert answer.err.startswith("error: start: found ")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"hardware": {"memory": "rram"}}, "start.hardware.memory: found rram"),
        ({"workload": {"image": [480, 640]}}, "workload.image: found [480, 640]"),
        ({"experts": 3}, "start.experts: unknown key"),
    ],
)
def test_a_start_that_does_not_fit_is_one_line(
    refused: Callable[..., str],
    small: tuple[str, ...],
    home: Path,
    design: dict[str, Any],
    change: dict[str, Any],
    line: str,
) -> None:
    path = home.parent / "wrong.json"
    path.write_text(json.dumps({**design, **change}))
    assert refused(*small, "--start", path).startswith(line)


def test_a_start_of_another_space_than_named_is_one_line(
    refused: Callable[..., str], small: tuple[str, ...], start: Path
) -> None:
    assert refused(*small, "--start", start, "--space", "b1") == (
        "start.space: found 'b0'; the search is in b1"
    )
    assert "no such file" in refused(*small, "--start", "nowhere.json")


def test_an_own_table_is_where_miou_comes_from(
    call: Call, small: tuple[str, ...], home: Path
) -> None:
    path = table(home.parent / "mine.csv")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    answer = call(*small, "--accuracy-table", path, "--json")
    assert answer.code == 0
    assert "fitting the accuracy of 60 networks" in answer.err
    result = answer.json
    assert result["settings"]["accuracy_table"] == digest
    source = result["best"]["provenance"]["miou_source"]
    assert digest[:12] in source
    assert "Kendall tau" in source
    assert result["best"]["metrics"]["miou"] > 45.0
    again = call(*small, "--accuracy-table", path, "--json")
    assert "fitting" not in again.err, "the fit is kept"
    assert without_times(again.json) == without_times(result)
    shown = call("search", "--resume", result["run_id"], "--accuracy-table", path, "--json")
    assert shown.json == result
    other = table(home.parent / "other.csv", slope=0.2)
    changed = call("search", "--resume", result["run_id"], "--accuracy-table", other)
    assert changed.code == 2
    assert changed.err.startswith("error: accuracy_table: found ")


@pytest.mark.parametrize(
    ("count", "slope", "line"),
    [
        (30, 0.3, "accuracy_table: found 30 different networks; at least 60 are needed"),
        (60, 0.0, "accuracy_table: best and worst network are 0 points of mIoU apart"),
    ],
)
def test_a_table_that_says_too_little_is_one_line(
    refused: Callable[..., str],
    small: tuple[str, ...],
    home: Path,
    count: int,
    slope: float,
    line: str,
) -> None:
    path = table(home.parent / "poor.csv", count, slope)
    assert refused(*small, "--accuracy-table", path).startswith(line)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--accuracy-table", "nowhere.csv"), "accuracy_table: nowhere.csv: no such file"),
        (("--accuracy-table", "."), "accuracy_table: .: "),
        (("--space", "b7", "--accuracy-table", "poor.csv"), "space: found 'b7'"),
        (
            ("--accuracy", "supernet", "--data", "x.npz", "--accuracy-table", "poor.csv"),
            "accuracy_table: found beside accuracy supernet",
        ),
    ],
)
def test_a_table_that_cannot_be_had_is_one_line(
    refused: Callable[..., str],
    small: tuple[str, ...],
    home: Path,
    words: tuple[str, ...],
    line: str,
) -> None:
    table(home.parent / "poor.csv")
    assert refused(*small, *words).startswith(line)
