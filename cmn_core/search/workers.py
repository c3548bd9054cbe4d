"""Processes that share the hardware searches and outlive nobody.

A process of a pool waits for work that a killed parent can no longer send, so each of them watches
its parent and ends with it, however the parent ended.
"""

from __future__ import annotations

import os
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread


def pool(workers: int) -> AbstractContextManager[Executor | None]:
    """A context that yields an executor for several workers, None for one."""
    if workers < 2:
        return nullcontext(None)
    context = get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=end_with_parent)


def end_with_parent() -> None:
    """Let a thread end this process as soon as the one that started it is gone."""
    parent = parent_process()
    if parent is not None:
        Thread(target=_watch, args=(parent.sentinel,), name="watch-parent", daemon=True).start()


def _watch(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
