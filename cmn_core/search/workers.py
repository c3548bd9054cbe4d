"""Who does the work of a search: processes of this machine, or whatever an Executor stands for.

A process of the local pool waits for work that a killed parent can no longer send, so each of them
watches its parent and ends with it, however the parent ended. One that is killed itself is
replaced, and what it was at is done again.
"""

from __future__ import annotations

import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from threading import Lock, Thread
from typing import Any

from cmn_core.errors import FieldError, LostWorkersError

ATTEMPTS = 4  # at one task whose process dies: it may be what kills them


@contextmanager
def pool(workers: int = 1, executor: Executor | str | None = None) -> Iterator[Executor | None]:
    """A context that yields who does the work; None where this process does it itself.

    workers: processes on this machine; executor: instead of them, an Executor, which stays open,
    or the address of a cluster, `dask://host:port`. FieldError when nothing useful answers there,
    before anything is sent.
    """
    if executor is None and workers < 2:
        yield None
    elif executor is None:
        crew = Processes(workers)
        try:
            yield crew
        finally:
            crew.shutdown()
    elif isinstance(executor, str) or type(executor).__module__.startswith("distributed."):
        with _cluster_room().connected(executor) as cluster:
            yield cluster
    else:
        yield executor


def _cluster_room() -> Any:
    """The module that knows Dask; FieldError where Dask is not installed."""
    try:
        return import_module("cmn_core.search.cluster")
    except ModuleNotFoundError as error:
        raise FieldError(
            "executor",
            f"the package '{error.name}' is not installed",
            "pip install -r requirements-cluster.txt brings what a cluster needs",
        ) from None


def width(executor: Executor) -> int:
    """Tasks that can be worked on at a time, at least 1."""
    known = getattr(executor, "width", None)
    if callable(known):
        return max(1, int(known()))
    return int(getattr(executor, "_max_workers", 0)) or os.cpu_count() or 1


@dataclass(eq=False)
class Job:
    """A task that is done again when its process dies."""

    work: Callable[[], Any]
    future: Future[Any] = field(default_factory=Future)
    attempts: int = 0


class Steadfast(Executor, ABC):
    """An executor over another one that sees to it that tasks survive the processes they run in."""

    def __init__(self) -> None:
        self._jobs: set[Job] = set()
        self._lock = Lock()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        job = Job(partial(fn, *args, **kwargs))
        with self._lock:
            self._jobs.add(job)
        self._send(job)
        return job.future

    def give_up(self, error: BaseException) -> None:
        """Nothing that is under way will come back."""
        with self._lock:
            jobs, self._jobs = self._jobs, set()
        for job in jobs:
            _conclude(job.future, error=error)

    @property
    def busy(self) -> bool:
        with self._lock:
            return bool(self._jobs)

    @abstractmethod
    def dispatch(self, work: Callable[[], Any]) -> Future[Any]:
        """Start it somewhere."""

    @abstractmethod
    def excused(self, error: BaseException) -> bool:
        """Whether the task is innocent of that error: its process died."""

    def told(self, error: BaseException) -> BaseException:
        """An error as whoever waits for the result shall see it."""
        return error

    def _send(self, job: Job) -> None:
        job.attempts += 1
        try:
            self.dispatch(job.work).add_done_callback(partial(self._settle, job))
        except Exception as error:
            self._end(job, error=self.told(error))

    def _settle(self, job: Job, sent: Future[Any]) -> None:
        error = CancelledError() if sent.cancelled() else sent.exception()
        if error is None:
            self._end(job, result=sent.result())
        elif self.excused(error) and job.attempts < ATTEMPTS and not job.future.done():
            # Not from here: this is a thread of the executor that has just broken.
            Thread(target=self._send, args=(job,), name="do-again", daemon=True).start()
        else:
            self._end(job, error=self.told(error))

    def _end(self, job: Job, *, result: Any = None, error: BaseException | None = None) -> None:
        with self._lock:
            self._jobs.discard(job)
        _conclude(job.future, result=result, error=error)


def _conclude(future: Future[Any], *, result: Any = None, error: Any = None) -> None:
    """Whoever waited may have left, or have been told otherwise already."""
    with suppress(Exception):
        future.set_result(result) if error is None else future.set_exception(error)


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
        return ProcessPoolExecutor(self._workers, mp_context=context, initializer=end_with_parent)


def end_with_parent() -> None:
    """Let a thread end this process as soon as the one that started it is gone.

    Ctrl-C reaches every process of a terminal; what it means is decided by the parent.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        Thread(target=_watch, args=(parent.sentinel,), name="watch-parent", daemon=True).start()


def _watch(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
