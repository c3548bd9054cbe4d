"""A few hundred of the fuzzer's cases, its right examples, and what hypothesis makes up."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.fuzzing import mutation
from benchmarks.fuzzing.doors import Door, doors
from benchmarks.fuzzing.trial import LONGEST, Watch, trial
from cmn_core.errors import FieldError, one_line
from cmn_core.search.scenario import Scenario
from cmn_core.whatif.formats.exchange import read_designs
from cmn_core.whatif.formats.link import unpack_design

CASES = 25
NEVER_RIGHT = ("hostile npz", "hostile ONNX", "command line")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("doors")


@pytest.fixture(scope="module")
def found(folder: Path) -> dict[str, Door]:
    return {door.name: door for door in doors(folder)}


@pytest.fixture(scope="module")
def watch(folder: Path) -> Watch:
    return Watch(folder / "outside")


NAMES = (
    *("search for a chip", "technology of a chip", "whole search for a chip"),
    *("design", "run file", "list of designs", "workload model", "scenario", "technology"),
    *("search from a design", "ONNX", "hostile ONNX"),
    *("ZigZag workload", "NeuroSim network", "whole run"),
    *("chip table", "accuracy table", "design in an address", "class link", "npz", "hostile npz"),
    *("safetensors", "photograph", "backup of a store", "whole run", "command line"),
)


def test_every_door_is_tried(found: dict[str, Door]) -> None:
    assert set(found) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_spoilt_is_taken_or_refused_in_one_sentence(
    name: str, found: dict[str, Door], watch: Watch
) -> None:
    outcomes = [trial(found[name], number, 1, watch) for number in range(CASES)]
    assert [o.text for o in outcomes if o.kind == "finding"] == []


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NEVER_RIGHT])
def test_what_is_right_is_taken(
    name: str, found: dict[str, Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    for change in ("spoil_bytes", "spoil_json", "spoil_query"):
        monkeypatch.setattr(mutation, change, lambda value, rng: value)
    monkeypatch.setattr(mutation, "spoil_table", lambda text, rng: text.encode())
    found[name].enter(found[name].case(random.Random(0)))


def test_the_watch_hears_pickles_commands_and_foreign_files(folder: Path, watch: Watch) -> None:
    outside = folder / "outside"
    outside.write_text("canary")

    def bad(given: Any) -> None:
        import pickle

        pickle.loads(pickle.dumps(Scenario))  # noqa: S301
        outside.read_text()

    outcome = trial(Door("bad", lambda rng: None, bad), 0, 0, watch)
    assert outcome.kind == "finding"
    assert "pickle.find_class" in outcome.text and "outside" in outcome.text


def sentence(call: Callable[[], object]) -> bool:
    """Whether a call goes well, or is refused in a sentence that can be shown."""
    try:
        call()
    except FieldError as error:
        return str(error).isprintable() and len(str(error)) < LONGEST
    return True


@given(st.binary(max_size=400))
def test_any_bytes_are_a_design_or_a_sentence(raw: bytes) -> None:
    assert sentence(lambda: read_designs(raw))


@given(st.text(max_size=200))
def test_any_text_is_a_link_or_a_sentence(text: str) -> None:
    assert sentence(lambda: unpack_design(text))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=12,
)
FIELDS = st.sampled_from(list(Scenario().to_json()))


@given(st.dictionaries(FIELDS | st.text(max_size=8), JSON, max_size=5))
def test_any_object_is_a_scenario_or_a_sentence(value: dict[str, Any]) -> None:
    assert sentence(lambda: Scenario.from_json(value))


@given(st.text(max_size=300), st.integers(10, 200))
def test_one_line_is_one_short_line_that_steers_nothing(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert line.isprintable() and len(line) <= limit
