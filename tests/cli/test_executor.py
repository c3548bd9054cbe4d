"""What a search refuses before it begins, and what it says when nothing can be found."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cmn_core.runs.store.store import Store
from cmn_core.search.codesign import STATE_VERSION, codesign
from cmn_core.search.scenario import Scenario

Call = Callable[..., Any]
Refused = Callable[..., str]
TINY = Scenario(
    goal="energy", memory="sram", population=4, generations=2, particles=4, iterations=3
)


@pytest.fixture
def nobody() -> Iterator[str]:
    """The address of a scheduler that is not there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"dask://127.0.0.1:{taken.getsockname()[1]}"


def test_scheduler_that_is_not_there_is_one_line_and_no_run(
    refused: Refused, small: tuple[str, ...], nobody: str
) -> None:
    pytest.importorskip("distributed")
    line = refused(*small, "--executor", nobody)
    assert line == (
        f"executor: no Dask scheduler answers at {nobody} (connection refused);"
        " the address of one that runs is expected"
    )


def test_cluster_has_workers_of_its_own(
    refused: Refused, small: tuple[str, ...], nobody: str
) -> None:
    line = refused(*small, "--executor", nobody, "--workers", "2")
    assert line == "workers: found 2 beside an executor; the cluster has workers of its own"


def test_without_dask_the_missing_package_is_named(
    refused: Refused, small: tuple[str, ...], nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "cmn_core.search.dispatch.dask_cluster", raising=False)
    line = refused(*small, "--executor", nobody)
    assert line.startswith("executor: the package 'distributed' is not installed; pip install ")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--population", "1"), "population: found 1; 2 to 1000 is allowed"),
        (("--generations", "0"), "generations: found 0; 1 to 1000 is allowed"),
        (("--workers", "0"), "workers: found 0; 1 to 256 is allowed"),
        (("--executor", "tcp://a:1"), "executor: found 'tcp://a:1'; dask://HOST:PORT, or "),
        (("--min-miou", "101"), "min_miou: found 101.0; a finite number 0 to 100 is allowed"),
        (("--max-array-mb", "0"), "max_array_mb: found 0.0; a finite number above 0 is allowed"),
        (("--max-energy-uj", "nan"), "max_energy_uj: found nan; "),
    ],
)
def test_effort_and_limits_that_make_no_sense(
    refused: Refused, small: tuple[str, ...], words: tuple[str, ...], line: str
) -> None:
    assert refused(*small, *words).startswith(line)


def test_limits_that_contradict_each_other_end_with_all_that_are_broken(
    call: Call, small: tuple[str, ...]
) -> None:
    result = call(*small, "--min-miou", "15", "--max-energy-uj", "0.01", "--json").json
    assert result["feasible"] is False
    assert result["front"] == []
    assert "max_energy_uj" in result["nearest"]["all"]
    assert [row["feasible_share"] for row in result["history"]] == [0.0] * 3


def test_run_of_another_version_is_left_as_it_is(call: Call, refused: Refused) -> None:
    store = Store()
    claim = store.begin(TINY.to_json())
    generation = next(codesign(TINY))
    generation.state["version"] = STATE_VERSION - 1
    store.append(claim.run_id, generation, seconds=1.0)
    claim.lock.release()
    line = refused("search", "--resume", claim.run_id)
    assert line == (
        f"run: it was made by version {STATE_VERSION - 1} of the search;"
        f" this program continues version {STATE_VERSION}; start the search anew"
    )
    assert store.get(claim.run_id).state == "interrupted"


def test_result_file_is_no_run_id(refused: Refused, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text('{"schema": "cmn.run/9"}')
    assert refused("search", "--resume", path).startswith("resume: there is no run '")
