"""A process that another started ends with it, however that one ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

PARENT = """
import sys, time
from multiprocessing import get_context
from cmn_core.child_process import end_with_parent

def work(file):
    end_with_parent()
    with open(file, "w") as f:
        f.write(str(__import__("os").getpid()))
    time.sleep(120)

if __name__ == "__main__":
    child = get_context("spawn").Process(target=work, args=(sys.argv[1],))
    child.start()
    child.join()
"""


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path):
    script, told = tmp_path / "parent.py", tmp_path / "pid"
    script.write_text(PARENT, encoding="utf-8")
    where = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    parent = subprocess.Popen([sys.executable, str(script), str(told)], env=where)
    try:
        child = int(_waited(lambda: told.read_text(encoding="utf-8") if told.exists() else ""))
        assert _lives(child)
        parent.send_signal(signal.SIGKILL)
        parent.wait(10)
        assert _waited(lambda: not _lives(child))
    finally:
        parent.kill()
        parent.wait(10)


def _waited(ask, seconds: float = 60.0):
    end = monotonic() + seconds
    while not (found := ask()) and monotonic() < end:
        sleep(0.05)
    assert found
    return found


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
