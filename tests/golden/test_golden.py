"""Whole results of small searches and prices, as they were before the house was moved.

On a processor as the one that wrote the files (processor.json) they are compared bit for bit.
Elsewhere exp, log and sums may round their last bit otherwise: there floats may differ by
1e-9 relative, and every integer, text and design must still be the same. README.md has figures.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.golden.answers import (
    PROCESSOR,
    RESULTS,
    STORE,
    answer,
    asked,
    difference,
    golden,
    processor,
    restored,
    runs,
)
from tests.golden.questions import EXAMPLES, QUESTIONS, Question, search

SAMPLE = "nsga2/performance_hybrid.json"


def same_processor() -> bool:
    return bool(golden(PROCESSOR.name) == processor())


def check(file: str, expected: Any, found: Any, *, exact: bool) -> None:
    first = difference(expected, found, exact=exact)
    assert first is None, f"golden file {file} differs first at {first}"


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.file)
def test_answer_is_the_golden_one(question: Question, tmp_path: Path) -> None:
    found = answer(question, tmp_path)
    check(question.file, golden(question.file), found, exact=same_processor())


def test_every_file_answers_a_question() -> None:
    files = {path.relative_to(RESULTS).as_posix() for path in RESULTS.glob("*/*.json")}
    assert files == {question.file for question in QUESTIONS}


def test_comparison_is_bit_for_bit() -> None:
    if not same_processor():
        pytest.skip(f"1e-9 relative: {processor()} is not {golden(PROCESSOR.name)}")
    file = golden(SAMPLE)
    file["front"][3]["metrics"]["energy_uj"] *= 1 + 2**-52
    place = difference(golden(SAMPLE), file, exact=True)
    assert place is not None and place.startswith(".front[3].metrics.energy_uj: expected ")
    assert difference(golden(SAMPLE), file, exact=False) is None
    file["front"][3]["hardware"]["replicas"][0] += 1
    place = difference(golden(SAMPLE), file, exact=False)
    assert place is not None and place.startswith(".front[3].hardware.replicas[0]: expected ")


@pytest.fixture
def cluster() -> Iterator[str]:
    """A scheduler and two workers, processes of their own on this machine."""
    distributed = pytest.importorskip(
        "distributed", reason="pip install -r requirements-cluster.txt"
    )
    size = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    with distributed.LocalCluster(**size, host="127.0.0.1", dashboard_address=None) as local:
        yield local.scheduler_address.replace("tcp://", "dask://")


def test_search_on_a_cluster_is_the_golden_one(cluster: str, tmp_path: Path) -> None:
    words = search("performance", "hybrid", "--method", "nsga2", "--paper", "--executor", cluster)
    found = answer(Question(file=SAMPLE, words=words), tmp_path)
    check(SAMPLE, golden(SAMPLE), found, exact=same_processor())


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    restored(tmp_path)
    return tmp_path


def test_stored_runs_open(stored: Path) -> None:
    expected = json.loads((STORE / "runs.json").read_text(encoding="utf-8"))
    check("store/runs.json", expected, runs(stored), exact=True)


def test_stored_run_of_another_version_is_not_continued(stored: Path) -> None:
    """What was begun on another cost model would end as neither; resuming what this version began
    is tested in tests/cli/test_search.py and tests/runs/faults."""
    rows = json.loads(asked(("runs", "list", "--json"), stored))
    (begun,) = [row["run_id"] for row in rows if row["state"] == "interrupted"]
    said = "error: run: it was made by version 6 of the search; this program continues version 8"
    assert asked(("search", "--resume", begun, "--json"), stored, fails=2).startswith(said)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda p: p.stem)
def test_best_design_of_an_example_is_priced_as_when_it_was_found(
    path: Path, tmp_path: Path
) -> None:
    best = json.loads(path.read_text(encoding="utf-8"))["run"]["best"]
    dataset = best["provenance"]["dataset"]
    words = ("evaluate", "design.json", "--dataset", dataset, "--json")
    question = Question(file=path.name, words=words, json_files={"design.json": best})
    found = answer(question, tmp_path)
    priced = {name: found[name] for name in best["metrics"]}
    check(path.name, best["metrics"], priced, exact=False)
    assert found["hardware"] == best["hardware"]
