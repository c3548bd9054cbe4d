"""Two guided tasks: predict, then reveal. The answer is computed when it is asked for."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cmn_core.classroom.figures.converter import measured_miou
from cmn_core.classroom.specimen import EXPERTS, specimen
from cmn_core.classroom.texts import FOLDER
from cmn_core.quantities import COSTS, TITLES
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.answer import answer
from cmn_core.whatif.edits import completed, with_block, with_knob

NAMES = ("adc", "expert")
FROM_BITS, TO_BITS = 7, 4
CLEAR = 0.1  # relative difference from which two costs are told apart
LOST = 1.0  # points of mIoU from which a picture suffers


@dataclass(frozen=True)
class LessonTask:
    """A question, its possible answers, which one the simulator finds right, and what it found."""

    name: str
    title: str
    question: str
    options: tuple[str, ...]
    right: int
    because: str
    found: tuple[tuple[str, str, str], ...]  # quantity, before (or first), after (or second)
    columns: tuple[str, str]


def task(name: str) -> LessonTask:
    """The task of that name, one of NAMES, solved by the simulator now."""
    words = _words()[name]
    right, found = _SOLVERS[name]()
    return LessonTask(
        name=name,
        title=words["title"],
        question=words["question"],
        options=tuple(words["options"]),
        right=right,
        because=words["because"][right],
        found=found,
        columns=(words["columns"][0], words["columns"][1]),
    )


def _adc() -> tuple[int, tuple[tuple[str, str, str], ...]]:
    """Fewer ADC bits: 0 cheaper and as good, 1 cheaper and lost, 2 hardly cheaper."""
    start = completed(specimen("rram"))
    pair = [answer(with_knob(start, "rram", "adc_bits", b)) for b in (FROM_BITS, TO_BITS)]
    before, after = pair
    loss = measured_miou(before.sigma) - measured_miou(after.sigma)
    saved = 1.0 - after.cost.energy_uj / before.cost.energy_uj
    right = 2 if saved < CLEAR else 1 if loss > LOST else 0
    rows = [_row(pair, name) for name in ("energy_uj", "latency_us")]
    error = (f"{TITLES['sigma_rel']} sim.", *(f"{100 * a.sigma:.1f}" for a in pair))
    kept = [f"{measured_miou(a.sigma):.1f}" for a in pair]
    left = ("mIoU the largest network keeps under that error (%) meas.", kept[0], kept[1])
    return right, (*rows, (error[0], error[1], error[2]), left)


def _expert() -> tuple[int, tuple[tuple[str, str, str], ...]]:
    """One more expert: 0 block 1 takes more area, 1 block 4 does, 2 about the same."""
    start = completed(specimen("rram"))
    base = answer(start)
    grown = [answer(with_block(start, b, experts=EXPERTS[b] + 1)) for b in (0, 3)]
    costs = [g.cost.metrics for g in grown]
    more = {n: [cost[n] - base.cost.metrics[n] for cost in costs] for n in COSTS}
    first, last = more["area_mm2"]
    right = 2 if abs(first - last) < CLEAR * max(first, last) else 0 if first > last else 1
    rows = [
        (f"{TITLES[name]} sim.", f"{more[name][0]:+.3g}", f"{more[name][1]:+.3g}")
        for name in ("area_mm2", "energy_uj", "latency_us")
    ]
    before = base.metrics["miou"]
    if before is not None:
        gain = [f"{(g.metrics['miou'] or 0.0) - before:+.2f}" for g in grown]
        rows.append(("mIoU (points) pred.", gain[0], gain[1]))
    return right, tuple(rows)


def _row(pair: list[Evaluation], name: str) -> tuple[str, str, str]:
    before, after = (f"{a.cost.metrics[name]:,.0f}" for a in pair)
    return f"{TITLES[name]} sim.", before, after


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads((FOLDER / "tasks.toml").read_text(encoding="utf-8"))


_SOLVERS: Mapping[str, Callable[[], tuple[int, tuple[tuple[str, str, str], ...]]]] = {
    "adc": _adc,
    "expert": _expert,
}
