"""An accuracy source that takes long, asked in many places at a time.

Each architecture is a task of its own, because one may take seconds; how they are dealt out changes
nothing, because a source answers the same whatever else it is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Any, Protocol, runtime_checkable

import numpy as np

from cmn_core.arrays import Ints
from cmn_core.predictor import MiouEstimate
from cmn_core.search.accuracy import Accuracy
from cmn_core.search.dispatch.shared_files import SharedFile

Genes = tuple[int, ...]
Answer = tuple[float, float, float]  # mIoU, low and high in percent

LOOK_S = 0.5  # between two looks at whether somebody wants the search to stop


class Portable(Protocol):
    """What a worker needs to answer for an architecture: travels by pickle, loads where it is."""

    @property
    def files(self) -> tuple[SharedFile, ...]: ...

    def __call__(self, genes: Genes, /) -> Answer: ...


@runtime_checkable
class Spreadable(Protocol):
    """A source that can be asked elsewhere. between: called now and then; it may raise."""

    @property
    def source(self) -> str: ...
    @property
    def portable(self) -> Portable: ...
    @property
    def between(self) -> Callable[[], None]: ...
    def __call__(self, experts: Ints, hidden: Ints, /) -> Any: ...


def spread(accuracy: Accuracy, executor: Executor | None) -> Accuracy:
    """The same source, with its work done by the executor where both can do that."""
    if executor is None or not isinstance(accuracy, Spreadable):
        return accuracy
    deliver = getattr(executor, "deliver", None)
    portable = accuracy.portable
    if callable(deliver):
        deliver(portable.files)
    return Spread(accuracy, portable, executor)


class Spread:
    """Asks for each architecture once in its life."""

    def __init__(self, accuracy: Spreadable, portable: Portable, executor: Executor) -> None:
        self._accuracy, self._portable, self._executor = accuracy, portable, executor
        self._known: dict[Genes, Answer] = {}
        self.costly = bool(getattr(accuracy, "costly", False))

    @property
    def source(self) -> str:
        return self._accuracy.source

    def __call__(self, experts: Ints, hidden: Ints, /) -> MiouEstimate:
        rows = np.concatenate([experts, hidden], axis=1)
        genes = [tuple(int(g) for g in row) for row in rows]
        self._find(sorted(set(genes) - set(self._known), key=_work, reverse=True))
        miou, low, high = np.array([self._known[g] for g in genes]).reshape(-1, 3).T
        return MiouEstimate(miou, low, high)

    def _find(self, missing: list[Genes]) -> None:
        """Largest first, so that no worker begins with a long one when the others are done."""
        jobs: dict[Future[Answer], Genes] = {
            self._executor.submit(self._portable, genes): genes for genes in missing
        }
        pending = set(jobs)
        try:
            while pending:
                self._accuracy.between()
                done, pending = wait(pending, timeout=LOOK_S, return_when=FIRST_COMPLETED)
                for job in done:
                    self._known[jobs[job]] = job.result()
        finally:
            for job in pending:
                job.cancel()


def _work(genes: Genes) -> tuple[int, Genes]:
    """Hidden units of all experts, which the time of a measurement follows."""
    half = len(genes) // 2
    return sum(e * h for e, h in zip(genes[:half], genes[half:], strict=True)), genes
