"""Rows of a table that processes measure: each is on disk before the next is awaited."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from cmn_core.child_process import end_with_parent

J = TypeVar("J")
R = TypeVar("R")
Start = tuple[Callable[..., None], tuple[Any, ...]]


def append(
    table: Path,
    jobs: Sequence[J],
    work: Callable[[J], R],
    cells: Callable[[R], Sequence[str]],
    *,
    processes: int,
    start: Start | None = None,
) -> Iterator[R]:
    """Work on the jobs in processes of their own and add a row for each to the end of the table;
    yields the results in the order in which they come.

    start: what each process does first, with its arguments
    """
    with (
        table.open("a", newline="", encoding="utf-8") as file,
        ProcessPoolExecutor(processes, get_context("spawn"), _begin, (start,)) as pool,
    ):
        writer = csv.writer(file, lineterminator="\n")
        try:
            for future in as_completed([pool.submit(work, job) for job in jobs]):
                result = future.result()
                writer.writerow(cells(result))
                file.flush()
                os.fsync(file.fileno())
                yield result
        finally:
            pool.shutdown(cancel_futures=True)  # whoever stops asking waits for no other job


def _begin(start: Start | None) -> None:
    end_with_parent()
    if start is not None:
        work, arguments = start
        work(*arguments)
