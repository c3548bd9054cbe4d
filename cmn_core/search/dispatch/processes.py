"""Worker processes of this machine, which end with the process that started them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from typing import Any

from cmn_core.child_process import end_with_parent, leave_interrupts_to_parent
from cmn_core.errors import LostWorkersError
from cmn_core.search.dispatch.retry import ATTEMPTS, Steadfast


class Processes(Steadfast):
    """Processes of this machine."""

    def __init__(self, workers: int) -> None:
        super().__init__()
        self._workers, self._closed = workers, False
        self._pool = self._fresh()

    def width(self) -> int:
        return self._workers

    @property
    def pids(self) -> list[int]:
        return sorted(self._pool._processes or ())

    def dispatch(self, work: Callable[[], Any]) -> Future[Any]:
        while True:
            with self._lock:
                if self._pool._broken and not self._closed:
                    self._pool = self._fresh()
                chosen = self._pool
            try:
                return chosen.submit(work)
            except BrokenProcessPool:
                if self._closed:
                    raise

    def excused(self, error: BaseException) -> bool:
        return isinstance(error, BrokenProcessPool)

    def told(self, error: BaseException) -> BaseException:
        if not isinstance(error, BrokenProcessPool):
            return error
        return LostWorkersError(
            f"workers: processes died {ATTEMPTS} times at the same task, perhaps for want of"
            " memory; the search can be resumed, with fewer workers"
        )

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes at once: a result that nobody waits for is worth nothing."""
        self._closed = True
        processes = list((self._pool._processes or {}).values())
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            with suppress(OSError, ValueError):  # it may be gone
                process.kill()
        if wait:
            for process in processes:
                process.join(5.0)

    def _fresh(self) -> ProcessPoolExecutor:
        context = get_context("spawn")
        return ProcessPoolExecutor(self._workers, mp_context=context, initializer=_begin)


def _begin() -> None:
    leave_interrupts_to_parent()
    end_with_parent()
