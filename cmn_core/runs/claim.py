"""The right to work on one run. It is a file lock, so it dies with the process that has it."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType

from cmn_core.runs.lock import FileLock


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
