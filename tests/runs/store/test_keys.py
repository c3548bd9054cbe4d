"""Who may do what to a run: tries to steer another's."""

from __future__ import annotations

from typing import Any

import pytest

from cmn_core.classroom.lesson import code_of, new_key
from cmn_core.errors import FieldError
from cmn_core.runs.store.keys import Visitor, digest, is_teacher, may, new_secret
from cmn_core.runs.store.steering import delete, steer
from cmn_core.runs.store.store import Store

OWNER = Visitor("o" * 22)
TEACHER = "a-teacher-key-of-24-chars"


@pytest.fixture
def run_id(store: Store, settings: dict[str, Any]) -> str:
    return store.create(settings, visitor=OWNER)


@pytest.mark.parametrize("wish", ["run", "pause", "cancel"])
def test_strangers_do_nothing(store: Store, run_id: str, wish: Any) -> None:
    row = store.get(run_id)
    assert row.key_digest is not None
    guesses = ["", run_id, OWNER.owner, row.key_digest, Visitor("x" * 22).key(run_id), "é\ud800"]
    for keys in ([], guesses):
        with pytest.raises(FieldError, match="no key of this run") as refused:
            steer(store, run_id, wish, keys)
        assert refused.value.field == "key"
    with pytest.raises(FieldError, match="only its owner"):
        delete(store, run_id, guesses)
    assert store.get(run_id).state == "queued"


def test_the_owner_steers_and_deletes(store: Store, run_id: str) -> None:
    key = OWNER.key(run_id)
    assert len(key) == 22
    assert steer(store, run_id, "pause", [key]).state == "paused"
    assert steer(store, run_id, "run", ["wrong", key]).state == "queued"
    assert steer(store, run_id, "cancel", [key]).state == "cancelled"
    delete(store, run_id, [key])
    assert store.list_runs() == []


def test_a_key_steers_one_run_only(store: Store, settings: dict[str, Any], run_id: str) -> None:
    other = store.create(settings, visitor=OWNER)
    with pytest.raises(FieldError, match="no key"):
        steer(store, other, "cancel", [OWNER.key(run_id)])


def test_the_key_of_a_class_stops_its_runs_and_no_more(
    store: Store, settings: dict[str, Any], run_id: str
) -> None:
    class_key = new_key()
    pupil = Visitor(new_secret(), class_code=code_of(class_key))
    of_class = store.create(settings, visitor=pupil)
    with pytest.raises(FieldError, match="no key"):
        steer(store, run_id, "cancel", [class_key])  # started outside of the class
    assert steer(store, of_class, "pause", [class_key]).state == "paused"
    for refused in (lambda: steer(store, of_class, "run", [class_key]),):
        with pytest.raises(FieldError, match="only its owner may"):
            refused()
    with pytest.raises(FieldError, match="no key"):
        steer(store, of_class, "cancel", [code_of(class_key)])  # which every pupil knows
    with pytest.raises(FieldError, match="only its owner may"):
        delete(store, of_class, [class_key])
    assert steer(store, of_class, "cancel", [class_key]).state == "cancelled"


def test_the_teacher_of_the_server_stops_any(
    store: Store, settings: dict[str, Any], run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FieldError, match="no key"):
        steer(store, run_id, "cancel", [TEACHER])
    monkeypatch.setenv("CMN_TEACHER_KEY", TEACHER)
    assert steer(store, run_id, "cancel", [TEACHER]).state == "cancelled"
    from_command_line = store.create(settings)
    assert steer(store, from_command_line, "cancel", [TEACHER]).state == "cancelled"
    assert not may(store.get(run_id), "delete", [TEACHER])


@pytest.mark.parametrize("weak", ["", "short", "${CMN_TEACHER_KEY:-}"])
def test_a_weak_key_of_the_server_opens_nothing(
    store: Store, run_id: str, weak: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CMN_TEACHER_KEY", weak)
    assert not is_teacher(weak)
    assert not may(store.get(run_id), "cancel", [weak])


def test_a_run_of_the_command_line_is_nobodys(store: Store, settings: dict[str, Any]) -> None:
    run_id = store.create(settings)
    with pytest.raises(FieldError, match="no key"):
        steer(store, run_id, "cancel", [OWNER.key(run_id), "", "None"])
    assert store.request(run_id, "cancel").state == "cancelled", "who writes the file needs no key"


def test_the_store_keeps_digests_only(store: Store, run_id: str) -> None:
    content = b"".join(path.read_bytes() for path in store.home.glob("runs.sqlite*"))
    assert OWNER.secret.encode() not in content
    assert OWNER.key(run_id).encode() not in content
    assert digest(OWNER.key(run_id)).encode() in content


def test_a_running_run_is_not_deleted(store: Store, settings: dict[str, Any]) -> None:
    with store.begin(settings) as claim, pytest.raises(FieldError, match="being worked on"):
        store.delete(claim.run_id)
    assert store.get(claim.run_id)
