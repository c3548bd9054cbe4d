"""Running a study: step after step, each kept as it is done, so that an interrupted run goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from cmn_core.child_process import end_with_parent
from cmn_core.errors import FieldError
from cmn_core.studies.provenance import machine, versions
from cmn_core.studies.result import Result, Row, write_result
from cmn_core.studies.study import Asked, Settings, Step, Study, study_of


@dataclass(frozen=True)
class Progress:
    """done of total steps; result: at the end."""

    done: int
    total: int
    step: Step | None = None
    seconds: float = 0.0
    result: Result | None = None


@dataclass(frozen=True)
class _Done:
    rows: list[Row]
    seconds: float
    cpu_seconds: float


def run(name: str, asked: Asked, out: Path, *, processes: int = 1) -> Iterator[Progress]:
    """Do what is left of a study and write its result to `out`.

    Steps are kept in a file beside `out` until the end; calling it again with the same settings
    goes on there. FieldError where that file belongs to other settings or versions.
    """
    study = study_of(name, asked.data)
    settings = study.settings(asked)
    quick = replace(asked, quick=True, chosen={}, data=None)
    quick_settings = settings if asked.quick else study.settings(quick)
    plan = [(False, step) for step in study.steps(settings)]
    if not asked.quick:
        plan += [(True, step) for step in study.steps(quick_settings)]
    kept = out.with_name(out.name + ".partial")
    made_with = versions(study.stands_on)
    head = {"name": name, "settings": settings, "versions": made_with}
    started, done = _resume(kept, head)
    yield Progress(len(done), len(plan))
    missing = [(is_quick, step) for is_quick, step in plan if _key(is_quick, step) not in done]
    jobs = [
        (name, None if is_quick else asked.data, quick_settings if is_quick else settings, step)
        for is_quick, step in missing
    ]
    with kept.open("a", encoding="utf-8") as file:
        for at, found in _carry_out(jobs, processes):
            is_quick, step = missing[at]
            done[_key(is_quick, step)] = found
            line = {"quick": is_quick, "step": step, **vars(found)}
            file.write(json.dumps(line, allow_nan=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
            yield Progress(len(done), len(plan), step, found.seconds)
    main = [done[_key(q, s)] for q, s in plan if not q]
    rows = [row for item in main for row in item.rows]
    small = [row for q, s in plan if q for row in done[_key(q, s)].rows]
    result = Result(
        name=name,
        seed=asked.seed,
        quick=asked.quick,
        settings=settings,
        versions=made_with,
        machine={**machine(), "processes": processes},
        started=started,
        seconds=round(sum(item.seconds for item in main), 1),
        cpu_seconds=round(sum(item.cpu_seconds for item in main), 1),
        rows=rows,
        summary=study.summary(settings, rows),
        quick_settings=quick_settings,
        quick_rows=rows if asked.quick else small,
    )
    write_result(result, out)
    kept.unlink()
    yield Progress(len(plan), len(plan), result=result)


def quick_rows(study: Study, settings: Settings) -> list[Row]:
    """The rows of a quick form made here and now."""
    return [row for step in study.steps(settings) for row in study.take(settings, step)]


_Job = tuple[str, Path | None, Settings, Step]


def _carry_out(jobs: list[_Job], processes: int) -> Iterator[tuple[int, _Done]]:
    """Results with the job's number, as they come."""
    if processes < 2 or len(jobs) < 2:
        for at, job in enumerate(jobs):
            yield at, _take(job)
        return
    workers, context = min(processes, len(jobs)), get_context("spawn")
    with ProcessPoolExecutor(workers, context, end_with_parent) as pool:
        pending: dict[Future[_Done], int] = {pool.submit(_take, j): i for i, j in enumerate(jobs)}
        for future in as_completed(pending):
            yield pending[future], future.result()


_studies: dict[tuple[str, Path | None], Study] = {}


def _take(job: _Job) -> _Done:
    """One step in this process, whose study keeps what it has loaded for the next one."""
    name, data, settings, step = job
    study = _studies.setdefault((name, data), study_of(name, data))
    wall, cpu = perf_counter(), process_time()
    rows = study.take(settings, step)
    return _Done(rows, round(perf_counter() - wall, 3), round(process_time() - cpu, 3))


def _key(quick: bool, step: Step) -> str:
    return json.dumps([quick, step], sort_keys=True)


def _resume(kept: Path, head: dict[str, Any]) -> tuple[str, dict[str, _Done]]:
    """Time of the start and the steps that are done; a last line cut off is left out."""
    head = json.loads(json.dumps(head))
    done: dict[str, _Done] = {}
    if kept.exists():
        first, *lines = kept.read_text(encoding="utf-8").splitlines()
        begun = json.loads(first)
        started = begun.pop("started")
        if begun != head:
            raise FieldError(
                "out",
                f"{kept.name} holds a run with other settings or versions",
                "give those settings, remove that file or name another --out",
            )
        for line in lines:
            try:
                item = json.loads(line)
            except ValueError:
                continue
            found = _Done(item["rows"], item["seconds"], item["cpu_seconds"])
            done[_key(item["quick"], item["step"])] = found
        return started, done
    kept.parent.mkdir(parents=True, exist_ok=True)
    started = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    kept.write_text(json.dumps({**head, "started": started}) + "\n", encoding="utf-8")
    return started, done
