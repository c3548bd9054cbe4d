"""Who does the work of a search: processes of this machine, or whatever an Executor stands for.

A process of the local pool waits for work that a killed parent can no longer send, so each of them
watches its parent and ends with it, however the parent ended. One that is killed itself is
replaced, and what it was at is done again.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from cmn_core.errors import FieldError
from cmn_core.search.dispatch.processes import Processes


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
        return import_module("cmn_core.search.dispatch.dask_cluster")
    except ModuleNotFoundError as error:
        raise FieldError(
            "executor",
            f"the package '{error.name}' is not installed",
            "pip install '.[cluster]' (in a checkout, -r requirements-cluster.txt) brings what a"
            " cluster needs",
        ) from None
