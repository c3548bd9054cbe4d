"""A whole run goes to another store and back; bad files are refused in a sentence."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cmn_core.errors import FieldError
from cmn_core.runs.exchange import MEMBER, export_run, import_run
from cmn_core.runs.store.keys import Visitor
from cmn_core.runs.store.steering import rename
from cmn_core.runs.store.store import Store
from cmn_core.runs.workers.job import work


@pytest.fixture
def other(tmp_path: Path) -> Store:
    return Store(tmp_path / "other" / "runs.sqlite")


def worked(store: Store, settings: dict[str, Any], *, stop_after: int | None = None) -> str:
    run_id = store.create(settings, label="mine")
    claim = store.claim(run_id)
    assert claim is not None
    with claim:
        for number, _ in enumerate(work(store, claim), start=1):
            if number == stop_after:
                break
    return run_id


def content(raw: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        found: dict[str, Any] = json.loads(packed.read(MEMBER))
    return found


def packed(data: object, name: str = MEMBER) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(name, json.dumps(data))
    return out.getvalue()


@pytest.fixture
def whole(store: Store, settings: dict[str, Any]) -> bytes:
    return export_run(store, worked(store, settings))


def test_a_run_arrives_as_it_left(store: Store, other: Store, settings: dict[str, Any]) -> None:
    run_id = worked(store, settings)
    new = import_run(other, export_run(store, run_id), visitor=Visitor("me"))
    there, here = other.get(new), store.get(run_id)
    assert new != run_id and there.owner == Visitor("me").owner
    assert (there.state, there.label, there.scenario) == ("done", "mine", here.scenario)
    assert (there.generation, there.seconds) == (here.generation, here.seconds)
    assert other.history(new) == store.history(run_id)
    assert other.latest(new) == store.latest(run_id)
    ours, theirs = store.result(run_id), other.result(new)
    assert ours is not None and theirs is not None
    assert {**ours, "run_id": ""} == {**theirs, "run_id": ""}


def test_the_same_run_is_the_same_file(store: Store, settings: dict[str, Any]) -> None:
    run_id = worked(store, settings)
    assert export_run(store, run_id) == export_run(store, run_id)


def test_a_run_that_was_stopped_goes_on_where_it_was(
    store: Store, other: Store, settings: dict[str, Any]
) -> None:
    stopped = worked(store, settings, stop_after=2)
    new = import_run(other, export_run(store, stopped))
    there = other.get(new)
    assert (there.state, there.generation) == ("paused", 2)
    assert there.error == (
        f"exported while it was interrupted, at generation 2 of {settings['generations']}"
    )
    claim = other.claim(new)
    assert claim is not None
    with claim:
        for _ in work(other, claim):
            pass
    straight = worked(store, settings)
    ours, theirs = store.result(straight), other.result(new)
    assert ours is not None and theirs is not None
    assert ours["best"] == theirs["best"] and ours["front"] == theirs["front"]


@pytest.mark.parametrize(
    ("state", "comes_as"),
    [("running", "paused"), ("queued", "paused"), ("failed", "cancelled"), ("done", "done")],
)
def test_what_was_at_work_is_told_and_can_go_on(
    whole: bytes, other: Store, state: str, comes_as: str
) -> None:
    row = other.get(import_run(other, packed({**content(whole), "state": state})))
    assert row.state == comes_as
    assert (row.error or "").startswith(f"exported while it was {state}") == (comes_as == "paused")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"schema": "cmn.run/1"}, "schema: found cmn.run/1"),
        ({"more": 1}, "missing or unknown: more"),
        ({"settings": {"goal": 1}}, "goal"),
        ({"label": "x" * 61}, "label"),
        ({"seconds": -1}, "seconds: found -1"),
        ({"generations": []}, "generations: no such list"),
        ({"generations": [3]}, "generations.1: no JSON object"),
        ({"checkpoint": 7}, "checkpoint: no JSON object"),
    ],
)
def test_a_bad_file_is_refused_and_nothing_is_stored(
    whole: bytes, other: Store, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(FieldError) as refused:
        import_run(other, packed({**content(whole), **change}))
    assert sentence in str(refused.value) and "\n" not in str(refused.value)
    assert other.list_runs() == []


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04rubbish", b"{}", packed({}, "other.json")])
def test_what_is_no_zip_of_a_run_is_refused(raw: bytes, other: Store) -> None:
    with pytest.raises(FieldError, match="runs export --whole"):
        import_run(other, raw)


def spoilt(whole: bytes, *path: Any, value: Any) -> bytes:
    data = content(whole)
    at = data
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return packed(data)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("generations", 3, "best", "architecture", "experts", 0), 99),
        (("generations", 3, "best", "name"), "<script>"),
        (("generations", 1, "front", 0, "hardware", "memory"), "pcm"),
        (("generations", 1, "index"), 7),
        (("generations", 2, "points", "miou", 0), "much"),
        (("generations", 2, "points", "miou"), []),
        (("generations", 2, "points", "miou"), 3),
        (("checkpoint", "front"), [[{}]]),
        (("generations", 3, "history", "hypervolume"), "large"),
        (("generations", 3, "limits", "max_area_mm2"), [1]),
    ],
)
def test_nothing_in_a_file_is_trusted(
    whole: bytes, other: Store, path: tuple[Any, ...], value: Any
) -> None:
    with pytest.raises(FieldError) as refused:
        import_run(other, spoilt(whole, *path, value=value))
    assert "\n" not in str(refused.value)
    assert other.list_runs() == []


def test_a_state_of_another_version_leaves_a_run_to_look_at(whole: bytes, other: Store) -> None:
    new = import_run(other, spoilt(whole, "checkpoint", "version", value=1))
    assert other.checkpoint(new) is None and other.latest(new) is not None


def test_a_run_without_a_generation_has_nothing_to_export(
    store: Store, settings: dict[str, Any]
) -> None:
    with pytest.raises(FieldError, match="no generation"):
        export_run(store, store.create(settings))


def test_a_run_has_a_name_of_its_own(store: Store, settings: dict[str, Any]) -> None:
    run_id = store.create(settings, visitor=Visitor("me"))
    assert rename(store, run_id, "  the   best  ").label == "the best"
    assert rename(store, run_id, " ").label is None
    with pytest.raises(FieldError, match="at most 60"):
        rename(store, run_id, "x" * 61)
    with pytest.raises(FieldError, match="only its owner"):
        rename(store, run_id, "stolen", [Visitor("you").key(run_id)])
    assert rename(store, run_id, "kept", [Visitor("me").key(run_id)]).label == "kept"


def test_a_search_for_a_chip_is_queued_elsewhere_and_ends_with_the_same_chip(
    store: Store, other: Store, chip_order: dict[str, Any]
) -> None:
    run_id = store.create(**chip_order, label="two networks")
    for place in (store, other):
        if place is other:
            raw = export_run(store, run_id)
            run_id = import_run(other, raw, visitor=Visitor("me"))
            there = other.get(run_id)
            assert (there.state, there.label, there.kind) == ("queued", "two networks", "chip")
            assert there.scenario == chip_order["scenario"]
        claim = place.claim(run_id)
        assert claim is not None
        with claim:
            for _ in work(place, claim):
                pass
    found = other.result(run_id)
    was = content(raw)["answer"]
    assert found is not None and was["best"] == found["best"]
    assert was["groups"] == found["groups"] and was["sharing"] == found["sharing"]
    assert other.networks(run_id) == chip_order["networks"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"networks": {}}, "networks: something else"),
        ({"networks": []}, "model: found 0"),
        ({"networks": [{"schema": "cmn.model/1"}]}, "name: missing"),
        ({"settings": []}, "settings: something else"),
        ({"settings": {"memory": "dram"}}, "memory"),
        ({"settings": {"weights": 3}}, "weights: found 3"),
        ({"settings": {"conditions": 3}}, "conditions: found 3"),
        ({"settings": {"objektive": 1}}, "objektive"),
        ({"label": 3}, "label"),
        ({"more": 3}, "more"),
    ],
)
def test_a_spoilt_search_for_a_chip_is_refused_in_a_sentence(
    change: dict[str, Any],
    message: str,
    store: Store,
    other: Store,
    chip_order: dict[str, Any],
) -> None:
    good = content(export_run(store, store.create(**chip_order)))
    with pytest.raises(FieldError, match=message):
        import_run(other, packed({**good, **change}))
    assert other.list_runs() == []
