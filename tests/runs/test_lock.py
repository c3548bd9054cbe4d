from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from cmn_core.runs.lock import FileLock, is_held

HOLDER = """
import subprocess, sys
from pathlib import Path
from cmn_core.runs.lock import FileLock
lock = FileLock.take(Path(sys.argv[1]))
child = subprocess.Popen(["sleep", "30"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
sys.stdin.read()
"""


def test_excludes_a_second_holder_even_in_the_same_process(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    assert not is_held(path)
    lock = FileLock.take(path)
    assert lock is not None
    assert is_held(path)
    assert FileLock.take(path) is None
    lock.release()
    lock.release()
    assert not is_held(path)
    assert FileLock.take(path) is not None


def test_dies_with_its_process_though_a_child_lives_on(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    child = int(holder.stdout.readline())
    assert is_held(path)
    holder.kill()
    holder.wait()
    holder.communicate()
    try:
        assert Path(f"/proc/{child}").exists()
        assert not is_held(path)
        assert FileLock.take(path) is not None
    finally:
        subprocess.run(["kill", str(child)], check=True)


def test_removed_file_is_no_lock_any_more(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    lock = FileLock.take(path)
    assert lock is not None
    assert lock.in_place
    path.unlink()
    assert not lock.in_place
    other = FileLock.take(path)
    assert other is not None
    lock.release(remove=True)
    assert path.exists(), "it must not remove the file of the new holder"
    other.release(remove=True)
    assert not path.exists()


def test_probes_never_cost_a_taker_the_lock(tmp_path: Path) -> None:
    path, stop = tmp_path / "a.lock", threading.Event()
    path.touch()

    def probe() -> None:
        while not stop.is_set():
            is_held(path)

    thread = threading.Thread(target=probe)
    thread.start()
    try:
        for _ in range(200):
            lock = FileLock.take(path, patience_s=5.0)
            assert lock is not None
            lock.release()
    finally:
        stop.set()
        thread.join()
