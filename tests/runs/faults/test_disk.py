"""Disks that are full or read-only, for real: a small tmpfs in a mount namespace of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HEAD = """
import json, os, subprocess, sys, time
from pathlib import Path
from cmn_core.runs.home import StoreError
from cmn_core.runs.store.store import Store
from cmn_core.search.constraints import Limits
from cmn_core.search.generation import Generation, HistoryRow, Points
from cmn_core.search.state import EvolutionState, SearchState

home, settings = Path(os.environ["CMN_HOME"]), json.loads(os.environ["SETTINGS"])

def mount(*options):
    subprocess.run(["mount", *options, str(home)], check=True)

def made(index):
    noise = os.urandom(6000).hex()
    none = dict(best_objective=None, hypervolume=0.0, feasible_share=0.0, seconds=0.0)
    row = HistoryRow(generation=index, evaluations=index, **none)
    evolution = EvolutionState(X=[], F=[], G=[], rank=[], crowding=[], seen=b"")
    state = SearchState(evolution=evolution, stalled=index, hypervolume=0.0, front=(), best=None,
                        closest=None)
    return Generation(index=index, evaluations=index, best=None, front=(), nearest=None,
                      points=Points(miou=[noise]), history=row, limits=Limits(), state=state)

def refused(call):
    try:
        call()
    except StoreError as error:
        return str(error)
    raise AssertionError("it was not refused")

home.mkdir(exist_ok=True)
store = Store()
"""


FULL = """
mount("-t", "tmpfs", "-o", "size=600k", "tmpfs")
claim = store.begin(settings)
last = 0
def fill():
    global last
    for index in range(1, 1000):
        store.append(claim.run_id, made(index), seconds=1.0)
        last = index
text = refused(fill)
assert "the disk that holds" in text and "is full; free some space" in text, text
assert "\\n" not in text
seen = Store()
assert seen.get(claim.run_id).generation == last > 5
assert seen.checkpoint(claim.run_id).state.stalled == last
assert [row.generation for row in seen.history(claim.run_id)] == list(range(1, last + 1))
assert "is full" in refused(lambda: store.create_all([settings] * 400))
mount("-o", "remount,size=8m")
store.append(claim.run_id, made(last + 1), seconds=1.0)
assert store.get(claim.run_id).generation == last + 1
"""


FULL_READ = """
mount("-t", "tmpfs", "-o", "size=1m", "tmpfs")
run_id = store.create(settings)
with (home / "ballast").open("wb", buffering=0) as out:
    try:
        while True:
            out.write(b"x" * 4096)
    except OSError:
        pass
assert [row.run_id for row in store.list_runs()] == [run_id], "what is there can be looked at"
text = refused(lambda: store.create(settings))
assert "is full; free some space" in text, text
from cmn_core.runs.disk import disk_trouble
from cmn_core.runs.store.maintenance import Keeping, prune
assert "is full" in disk_trouble(home)[1]
try:
    prune(store, Keeping(runs=0))
except StoreError as error:
    assert "is full" in error.told and str(home) not in error.told, error
store.list_runs()
(home / "ballast").unlink()
store.create(settings)
assert len(store.list_runs()) == 2
"""


READ_ONLY = """
mount("-t", "tmpfs", "-o", "size=2m", "tmpfs")
claim = store.begin(settings)
store.append(claim.run_id, made(1), seconds=1.0)
claim.lock.release()
mount("-o", "remount,ro")
assert [row.run_id for row in store.list_runs()] == [claim.run_id]
assert store.checkpoint(claim.run_id).index == 1
for call in (lambda: store.create(settings), lambda: store.claim(claim.run_id),
             lambda: store.request(claim.run_id, "run")):
    text = refused(call)
    assert "make it writable or set CMN_HOME elsewhere" in text, text
from cmn_core.runs.backup import backup, restore
from cmn_core.runs.store.maintenance import Keeping, cancel_all, prune, size
from cmn_core.runs.store.steering import Which
from cmn_core.runs.disk import disk_trouble
from cmn_core.errors import FieldError
assert "read-only" in disk_trouble(home)[1]
assert size(store).runs == {"interrupted": 1}
def everybody(call):
    try:
        call()
    except (StoreError, FieldError) as error:
        assert "\\n" not in str(error) and str(home) not in getattr(error, "told", "")
        return
    raise AssertionError("it was not refused")
for call in (lambda: store.delete(claim.run_id), lambda: prune(store, Keeping(runs=0)),
             lambda: prune(store, Keeping(days=1), trust_clock=True),
             lambda: cancel_all(store, Which(state="interrupted")),
             lambda: backup(store, home / "copy"), lambda: restore(store, home / "copy")):
    everybody(call)
assert prune(store, Keeping(runs=0), dry=True) == [claim.run_id]
copy = Path(str(home) + ".copy")
backup(store, copy)
everybody(lambda: restore(store, copy))
for words in (["size"], ["prune", "--keep", "0"], ["prune", "--days", "1", "--trust-clock"],
              ["delete", claim.run_id], ["cancel", claim.run_id], ["restore", str(copy)],
              ["backup", str(home / "copy")], ["resume", claim.run_id], ["export", claim.run_id]):
    done = subprocess.run([sys.executable, "-m", "cmn_core", "runs", *words], capture_output=True,
                          text=True)
    lines = done.stderr.splitlines()
    assert done.returncode == 0 or (len(lines) == 1 and lines[0].startswith("error: ")
                                    and "unexpected" not in lines[0]), (words, done)
mount("-o", "remount,rw")
again = store.claim(claim.run_id)
store.append(claim.run_id, made(2), seconds=1.0)
assert store.get(claim.run_id).generation == 2
"""


WORKER = """
mount("-t", "tmpfs", "-o", "size=3m", "tmpfs")
from cmn_core.runs.workers import launch
run_id = store.create(settings)
launch.top_up(home)
log = home / "logs" / "worker-0.log"
def until(condition, what, seconds=150):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, (what, store.get(run_id), log.read_text())
        time.sleep(0.05)
until(lambda: store.get(run_id).generation >= 1, "the first generation")
with (home / "ballast").open("wb", buffering=0) as out:
    try:
        while True:
            out.write(b"x" * 1024)
    except OSError:
        pass
time.sleep(3)  # it meets the full disk, whose log cannot grow either
before = store.get(run_id)
assert before.state in ("running", "interrupted") and before.generation < 40, before
(home / "ballast").unlink()
until(lambda: store.get(run_id).finished, "the end, by itself")
row, result = store.get(run_id), store.result(run_id)
assert row.state == "done" and row.error is None, row
assert [h["generation"] for h in result["history"]] == list(range(1, 41))
print(json.dumps(result["best"]["metrics"] if result["best"] else None))
import signal
for entry in Path("/proc").glob("[0-9]*"):
    try:
        words = (entry / "cmdline").read_bytes()
    except OSError:
        continue
    if b"cmn_core.runs.workers.worker" in words and str(home).encode() in words:
        os.kill(int(entry.name), signal.SIGKILL)
"""


def in_namespace(script: str, home: Path, settings: dict[str, Any]) -> str:
    """Run a script where it may mount; what it prints."""
    unshare = shutil.which("unshare")
    ways = ([unshare, "--mount"], [unshare, "--mount", "--map-root-user"]) if unshare else ()
    for way in ways:
        probe = ["sh", "-c", 'd=$(mktemp -d) && mount -t tmpfs tmpfs "$d" && umount "$d"']
        if subprocess.run([*way, *probe], capture_output=True).returncode == 0:
            break
    else:
        pytest.skip("no right to mount a small disk here")
    done = subprocess.run(
        [*way, sys.executable, "-c", HEAD + script],
        env={**os.environ, "CMN_HOME": str(home), "SETTINGS": json.dumps(settings)},
        capture_output=True,
        text=True,
        timeout=170,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("script", [FULL, FULL_READ, READ_ONLY], ids=["full", "read", "read-only"])
def test_disks_that_take_no_more(script: str, home: Path, settings: dict[str, Any]) -> None:
    in_namespace(script, home, settings)


@pytest.mark.slow
def test_a_search_goes_on_by_itself_when_the_disk_has_room_again(
    home: Path, settings: dict[str, Any]
) -> None:
    in_namespace(WORKER, home, {**settings, "generations": 40, "population": 8})
