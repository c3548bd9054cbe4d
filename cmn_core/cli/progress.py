"""The progress of a search on standard error: a bar for a terminal, lines for a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cmn_core.models.assigning.steps import ChipStep
    from cmn_core.search.generation import Generation

    Step = Generation | ChipStep


def bar(steps: Iterable[Step], run_id: str, done: int, total: int) -> Iterator[Step]:
    """The same generations, shown as they come; done: how many there were before."""
    if not sys.stderr.isatty():
        sys.stderr.write(f"run {run_id}: generation {done} of {total}\n")
        sys.stderr.flush()
        for step in steps:
            sys.stderr.write(f"run {run_id}: generation {step.index} of {total}, {_state(step)}\n")
            yield step
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[state]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(run_id, completed=done, total=total, state="")
        for step in steps:
            progress.update(task, completed=step.index, state=_state(step))
            yield step


def counted(verb: str, total: int, done: Iterable[int]) -> None:
    """Work to its end, with a bar that says how much of it is done."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (*Progress.get_default_columns()[:3], MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(verb, total=total)
        for count in done:
            progress.update(task, completed=count)


def _state(step: Step) -> str:
    from cmn_core.search.generation import Generation

    if not isinstance(step, Generation):
        row = step.answer["history"][-1]
        energy, latency = row["energy_uj"], row["latency_us"]
        reached = "none yet" if energy is None else f"{energy:.5g} uJ, {latency:.5g} us"
        return f"{row['what']}: best {reached}"
    seconds = step.history.seconds
    rate = f", {step.evaluations / seconds:,.0f} designs/s" if seconds > 0 else ""
    best = step.history.best_objective
    return f"best {'none yet' if best is None else f'{best:.5g}'}{rate}"
