"""What a hybrid search found, in words, beside the chips that hold one memory alone."""

from __future__ import annotations

from collections.abc import Mapping

from cmn_core.charts.base.frames import block_memory
from cmn_core.charts.base.palette import MEMORY_NAMES
from cmn_core.design import MEMORIES, Design
from cmn_core.quantities import GOALS
from pages.parts.common.text import number
from pages.parts.runs.memory_words import likely

SAME = 5e-4  # relative; closer than that two results are the same for a reader
Designs = Mapping[tuple[str, str], Design]
Chances = Mapping[str, float | None]


def verdict(goal: str, designs: Designs, chances: Chances | None = None) -> str:
    """One or two sentences on the hybrid design of that goal, with the figures beside it.

    chances: by memory, the probability that the difference to its chip has the sign that it shows
    """
    mixed = designs[goal, "hybrid"]
    kinds = block_memory(mixed)
    name = GOALS[goal].label
    if len(set(kinds)) == 1 and kinds[0] in MEMORIES:
        where = f"all four blocks on {MEMORY_NAMES[kinds[0]]}, so mixing does not pay here"
    else:
        held = {**MEMORY_NAMES, "hybrid": "both, the busy experts on SRAM"}
        parts = [
            f"{_blocks([b for b, kind in enumerate(kinds, 1) if kind == memory])} on {where}"
            for memory, where in held.items()
            if memory in kinds
        ]
        where = " and ".join(parts)
    return f"**{name}**: the search put {where}. {_figures(goal, designs, chances or {})}"


def _figures(goal: str, designs: Designs, chances: Chances) -> str:
    own = GOALS[goal].quantity
    metric = own.name
    ours = _figure(designs[goal, "hybrid"], metric)
    text = f"{own.label} {number(ours)} {own.unit}"
    known = {m: _figure(designs[goal, m], metric) for m in ("rram", "sram") if (goal, m) in designs}
    if not known:
        return f"{text}; no search on one memory is here to compare it with."
    beside = " and ".join(
        f"{number(value)} all-{MEMORY_NAMES[m]} ({_against(metric, ours, value, chances.get(m))})"
        for m, value in known.items()
    )
    best = max(known.values()) if own.more_is_better else min(known.values())
    lost = (best - ours) if own.more_is_better else (ours - best)
    fell = (
        " It should lose to neither, for both are among its choices: this search was too short."
        if lost > SAME * abs(best)
        else ""
    )
    return f"{text}, against {beside}.{_energy(designs) if metric == 'miou' else ''}{fell}"


def _energy(designs: Designs) -> str:
    """What the accuracy costs, where accuracy itself is the goal and often the same."""
    ours = _figure(designs["performance", "hybrid"], "energy_uj")
    beside = [
        f"{number(_figure(design, 'energy_uj'))} all-{MEMORY_NAMES[memory]}"
        for (goal, memory), design in designs.items()
        if goal == "performance" and memory != "hybrid"
    ]
    return f" It takes {number(ours)} µJ, against {' and '.join(beside)}."


def _figure(design: Design, metric: str) -> float:
    """Of a design that a search found, which has them all."""
    return float((design.metrics or {})[metric] or 0.0)


def _against(metric: str, ours: float, theirs: float, chance: float | None) -> str:
    """How the hybrid stands to it."""
    if abs(ours - theirs) <= SAME * abs(theirs):
        return "the same"
    text = f"{ours - theirs:+.2f} points" if metric == "miou" else f"{ours / theirs - 1.0:+.1%}"
    surely = "" if chance is None else f", {likely(chance)}"
    return f"{text.replace('-', '−')}{surely}"


def _blocks(numbers: list[int]) -> str:
    """Such as "block 1" or "blocks 2, 3 and 4"."""
    if len(numbers) == 1:
        return f"block {numbers[0]}"
    *first, last = map(str, numbers)
    return f"blocks {', '.join(first)} and {last}"
