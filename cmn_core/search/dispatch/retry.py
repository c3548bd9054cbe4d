"""Jobs of a generation that outlive the workers they were given to."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Lock, Thread
from typing import Any

ATTEMPTS = 4  # at one task whose process dies: it may be what kills them


def width(executor: Executor) -> int:
    """Tasks that can be worked on at a time, at least 1."""
    known = getattr(executor, "width", None)
    if callable(known):
        return max(1, int(known()))
    return int(getattr(executor, "_max_workers", 0)) or os.cpu_count() or 1


@dataclass(eq=False)
class RetriedTask:
    """A task that is done again when its process dies."""

    work: Callable[[], Any]
    future: Future[Any] = field(default_factory=Future)
    attempts: int = 0


class Steadfast(Executor, ABC):
    """An executor over another one that sees to it that tasks survive the processes they run in."""

    def __init__(self) -> None:
        self._jobs: set[RetriedTask] = set()
        self._lock = Lock()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        job = RetriedTask(partial(fn, *args, **kwargs))
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

    def _send(self, job: RetriedTask) -> None:
        job.attempts += 1
        try:
            self.dispatch(job.work).add_done_callback(partial(self._settle, job))
        except Exception as error:
            self._end(job, error=self.told(error))

    def _settle(self, job: RetriedTask, sent: Future[Any]) -> None:
        error = CancelledError() if sent.cancelled() else sent.exception()
        if error is None:
            self._end(job, result=sent.result())
        elif self.excused(error) and job.attempts < ATTEMPTS and not job.future.done():
            # Not from here: this is a thread of the executor that has just broken.
            Thread(target=self._send, args=(job,), name="do-again", daemon=True).start()
        else:
            self._end(job, error=self.told(error))

    def _end(
        self, job: RetriedTask, *, result: Any = None, error: BaseException | None = None
    ) -> None:
        with self._lock:
            self._jobs.discard(job)
        _conclude(job.future, result=result, error=error)


def _conclude(future: Future[Any], *, result: Any = None, error: Any = None) -> None:
    """Whoever waited may have left, or have been told otherwise already."""
    with suppress(Exception):
        future.set_result(result) if error is None else future.set_exception(error)
