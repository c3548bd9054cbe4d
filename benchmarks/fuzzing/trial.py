"""One spoilt input at one door: taken, refused in one clear sentence, or a finding."""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.fuzzing.doors import Door
from cmn_core.errors import FieldError
from cmn_core.runs.home import StoreError

LONGEST = 700
SLOW_S = 20.0
MEMORY_MB = 1500.0  # more than a case may add to the process


@dataclass(frozen=True)
class Outcome:
    """kind: accepted, refused or finding; text: the sentence, or what went wrong."""

    door: str
    number: int
    kind: str
    text: str


class Watch:
    """Files that the program opens, and pickles that it reads, while it looks at an input."""

    def __init__(self, forbidden: Path) -> None:
        self.forbidden, self.seen, self.on = str(forbidden), [""], False
        self.seen.clear()
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "open" and isinstance(arguments[0], str | bytes):
            path = str(arguments[0])
            if self.forbidden in path or path.endswith("etc/passwd"):
                self.seen.append(f"opened {path[-60:]}")
        elif event in ("pickle.find_class", "os.system", "subprocess.Popen"):
            self.seen.append(event)

    @contextmanager
    def listening(self) -> Iterator[list[str]]:
        self.seen.clear()
        self.on = True
        try:
            yield self.seen
        finally:
            self.on = False


def trial(door: Door, number: int, seed: int, watch: Watch) -> Outcome:
    """Case `number` of a door; the same number and seed spoil in the same way."""
    rng = random.Random(f"{seed} {door.name} {number}")
    given = door.case(rng)
    before, start = _memory_mb(), time.process_time()
    kind, text = "accepted", ""
    with watch.listening() as seen:
        try:
            door.enter(given)
        except (FieldError, StoreError) as error:
            kind, text = "refused", str(error)
        except Exception as error:
            kind, text = "finding", f"{type(error).__name__}: {str(error)[:200]}"
    spent, grown = time.process_time() - start, _memory_mb() - before
    wrong = list(seen)
    if kind == "refused" and (complaint := _unclear(text)):
        wrong.append(complaint)
    if spent > SLOW_S:
        wrong.append(f"took {spent:.1f} s")
    if grown > MEMORY_MB:
        wrong.append(f"took {grown:.0f} MB more memory")
    if wrong:
        kind, text = "finding", f"{'; '.join(wrong)} ({text[:200]})"
    return Outcome(door.name, number, kind, text)


def _unclear(sentence: str) -> str:
    """What is wrong with a refusal; empty if nothing is."""
    if not sentence.isprintable():
        return "the refusal holds characters that no terminal should get"
    if len(sentence) > LONGEST:
        return f"the refusal has {len(sentence)} characters"
    if ": " not in sentence or "; " not in sentence or "Traceback" in sentence:
        return "the refusal does not say field, found and allowed"
    return ""


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
