"""A lock on a file that dies with the process that holds it, kill -9 included.

flock belongs to the open file, so two holders exclude each other inside one process too, and a
child started with exec does not keep it (file descriptors are closed on exec).
"""

from __future__ import annotations

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

# A probe holds a shared lock for microseconds; whoever takes the lock waits that out.
PATIENCE_S = 0.05
_PAUSE_S = 0.002


class FileLock:
    """A lock that is held; made by `take` or `adopt`, given up by `release` or process death."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path, self._descriptor = path, descriptor

    @classmethod
    def take(cls, path: Path, *, patience_s: float = PATIENCE_S) -> FileLock | None:
        """The lock, or None while somebody else holds it. Raises OSError if no file can be made."""
        deadline = time.monotonic() + patience_s
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is_file_at(path, descriptor):
                    return cls(path, descriptor)
            except BlockingIOError:
                pass
            os.close(descriptor)
            if time.monotonic() >= deadline:
                return None
            time.sleep(_PAUSE_S)

    @classmethod
    def adopt(cls, path: Path, descriptor: int) -> FileLock:
        """A lock that the parent process took and handed over as an open descriptor."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.set_inheritable(descriptor, False)
        return cls(path, descriptor)

    @property
    def descriptor(self) -> int:
        return self._descriptor

    @property
    def in_place(self) -> bool:
        """Whether the locked file is still the one at its path (not deleted, not replaced)."""
        return self._descriptor >= 0 and _is_file_at(self.path, self._descriptor)

    def release(self, *, remove: bool = False) -> None:
        """Give the lock up; with `remove` the file goes first, while it is still ours."""
        if self._descriptor < 0:
            return
        if remove and self.in_place:
            self.path.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = -1

    def __enter__(self) -> FileLock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock of that file. Takes nothing away from others."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


def _is_file_at(path: Path, descriptor: int) -> bool:
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return False
    ours = os.fstat(descriptor)
    return (there.st_ino, there.st_dev) == (ours.st_ino, ours.st_dev)


@dataclass(frozen=True)
class Claim:
    """Held inside a `with` block. A run left by an exception stays stored as running with its
    lock free, which reads as interrupted."""

    run_id: str
    lock: FileLock

    def __enter__(self) -> Claim:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.lock.release(remove=kind is None)
