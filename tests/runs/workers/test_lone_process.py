"""One process at a time works off what waits, and says by its exit status whether it could."""

from __future__ import annotations

import logging

import pytest

from cmn_core.runs.home import StoreError, home_dir, locks_dir, logs_dir, prepare, store_path
from cmn_core.runs.lock import FileLock
from cmn_core.runs.workers.lone_process import begin, run

LOG = logging.getLogger("tests.lone_process")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CMN_HOME", str(tmp_path / "home"))
    return prepare(home_dir())


def done(work) -> int:
    return run(work, lock="lone", niceness=0, log=LOG)


def test_it_works_on_the_store_of_its_home(home):
    seen = []
    assert done(seen.append) == 0
    assert seen == [store_path(home)]


def test_whoever_comes_second_leaves_the_work_to_the_first(home):
    lock = FileLock.take(locks_dir(home) / "lone", patience_s=0.0)
    assert lock is not None
    with lock:
        seen = []
        assert done(seen.append) == 0
    assert seen == []


def test_a_store_that_cannot_be_used_is_told_and_ends_it(caplog):
    def fails(store):
        raise StoreError("home: the disk is full")

    assert done(fails) == 1
    assert "the disk is full" in caplog.text


def test_nothing_starts_where_nothing_waits(home):
    assert not begin("cmn_core.none_of_that_name", home, lambda _: False, field="fit", log="x")


def test_a_log_that_cannot_be_written_is_told(home):
    (logs_dir(home) / "x.log").mkdir()
    with pytest.raises(StoreError, match=r"^fit: it cannot be started"):
        begin("cmn_core.runs.workers.fitting", home, lambda _: True, field="fit", log="x")
