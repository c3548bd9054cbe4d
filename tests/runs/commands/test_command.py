"""A command of the program in a process of its own: one at a time, in time, leaving nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cmn_core.errors import FieldError
from cmn_core.runs.commands.command import ErrandError, errand
from cmn_core.runs.home import locks_dir, prepare
from cmn_core.runs.lock import FileLock

BUSY = "another one is at it"
# Stand-ins for the program.
ECHO = """
import json, sys
print(json.dumps([sys.argv[1], open(sys.argv[2]).read(), *sys.argv[3:]]))
"""
MANNERS = """
import json, os, time
time.sleep(0.2)
print(json.dumps([os.environ["OMP_NUM_THREADS"], os.nice(0), "CMN_TEACHER_KEY" in os.environ]))
"""
REFUSAL = r"""
import sys
sys.stderr.write("a word\nerror: image: found 1; two are allowed\n")
sys.exit(2)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, which must be empty afterwards."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    return place


def sent(home: Path, code: str, *words: str, limit_s: float = 60.0) -> Any:
    """What a stand-in for the program prints; it finds its words in sys.argv."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cmn_core.runs.commands.command.PROGRAM", (sys.executable, "-c", code))
        with errand("echo", home=home, busy=BUSY, patience_s=0.0) as call:
            return call.run(call.put("asked", b"photograph"), *words, limit_s=limit_s)


def test_the_program_gets_its_words_and_its_file(home: Path, folder: Path) -> None:
    assert sent(home, ECHO, "--out", "x") == ["echo", "photograph", "--out", "x", "--json"]
    assert list(folder.iterdir()) == []


def test_one_thread_behind_the_server_and_no_secrets(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CMN_TEACHER_KEY", "sixteen-letters-or-more")
    threads, nice, secret = sent(home, MANNERS)
    assert threads == "1" and nice >= 5 and not secret


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("raise SystemExit(3)", r"\(exit 3\)"),
        ("raise SystemExit('boom \\33[2J')", r"\(boom \\x1b\[2J\)"),
        ("import time; time.sleep(30)", r"longer than 0\.3 s"),
    ],
)
def test_what_fails_is_one_sentence(home: Path, folder: Path, code: str, words: str) -> None:
    with pytest.raises(ErrandError, match=words):
        sent(home, code, limit_s=0.3 if "sleep" in code else 60.0)
    assert list(folder.iterdir()) == []
    with errand("echo", home=home, busy=BUSY, patience_s=0.0):
        pass  # the lock was given up


def test_no_complaint_says_where_the_folder_lies(home: Path, folder: Path) -> None:
    code = "import sys; raise SystemExit(f'{sys.argv[2]} is no picture')"
    with pytest.raises(ErrandError, match=r"\(asked is no picture\)") as failed:
        sent(home, code)
    assert str(folder) not in str(failed.value)


def test_a_refusal_comes_back_as_itself(home: Path, folder: Path) -> None:
    with pytest.raises(FieldError) as refused:
        sent(home, REFUSAL)
    told = refused.value
    assert (told.field, told.found, told.allowed) == ("image", "found 1", "two are allowed")
    assert list(folder.iterdir()) == []


def test_one_of_a_kind_at_a_time(home: Path) -> None:
    lock = FileLock.take(locks_dir(prepare(home)) / "echo.lock")
    assert lock is not None
    with lock:
        with (
            pytest.raises(ErrandError, match=f"^{BUSY}; try again"),
            errand("echo", home=home, busy=BUSY, patience_s=0.01),
        ):
            pass
        with errand("other", home=home, busy=BUSY, patience_s=0.0):
            pass


def test_no_room_for_a_file_is_a_sentence(home: Path) -> None:
    with (
        errand("echo", home=home, busy=BUSY, patience_s=0.0) as call,
        pytest.raises(ErrandError, match=r"no file can be written \(is a directory\)"),
    ):
        call.put(".", b"")


def test_a_place_that_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(RuntimeError, match="cannot be used"),
        errand("echo", home=tmp_path / "file" / "home", busy=BUSY, patience_s=0.0),
    ):
        pass


def test_asking_imports_no_torch() -> None:
    code = (
        "import sys, json, cmn_core.runs.commands.segment_photo;"
        " import cmn_core.runs.commands.export_network;"
        " print(json.dumps('torch' in sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert json.loads(out.stdout) is False
