"""What decides between the memories, in a sentence made from the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cmn_core.charts.base.frames import block_memory, letters
from cmn_core.charts.base.palette import LETTERS, MEMORY_NAMES
from cmn_core.design import HYBRID, MEMORIES, Design
from cmn_core.quantities import GOALS, QUANTITIES
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.deciding import Decision, decide, on_memories
from cmn_core.whatif.edits import bare
from pages.parts.common.cache import Shared
from pages.parts.common.text import number
from pages.parts.runs.progress import Found
from pages.parts.runs.repriced import in_force, priced, same_miou
from pages.parts.runs.run_view import Run
from pages.parts.runs.snapshots import snapshot

SURE = 0.995  # a probability that would be written as 1.00
OLD = "no probability: one of the two is of another version"
_WORDS: Shared[str] = Shared(200)


def decision_words(names: tuple[str, str], found: Decision) -> str:
    """Such as "RRAM needs less energy with probability 0.83: 412.0 against 655.0 µJ. Most of that
    is leakage: 20.0 against 210.0 µJ."; names: of the two, in the order of the decision."""
    quantity = QUANTITIES[found.metric]
    if found.same:
        return f"{' and '.join(names)} are equal in {quantity.word}."
    ahead = (
        f"reaches more {quantity.label}"
        if quantity.more_is_better
        else f"needs less {quantity.word}"
    )
    text = f"**{names[found.better]} {ahead}** {likely(found.chance)}"
    text += f": {_pair(found.values, found.better)} {quantity.unit}"
    if found.cause is None or found.parts is None:
        return f"{text}."
    cause = found.cause[0].lower() + found.cause[1:]
    return f"{text}. Most of that is {cause}: {_pair(found.parts, found.better)} {quantity.unit}."


def likely(chance: float | None) -> str:
    """Such as "with probability 0.83"."""
    if chance is None:
        return "by this cost model"
    return f"with probability {'over 0.99' if chance >= SURE else f'{chance:.2f}'}"


def rivals(goal: str, found: Found, designs: Mapping[tuple[str, str], Design]) -> str | None:
    """RRAM beside SRAM, each as its own search of that goal found it; None where one is missing."""
    if any((goal, memory) not in designs for memory in MEMORIES):
        return None
    runs = [found[goal, memory] for memory in MEMORIES]
    key = goal, *((run.run_id, run.generation, designs[goal, run.memory]) for run in runs)
    return _WORDS.get(
        key, lambda: _rivals(goal, [_answer(goal, m, found, designs) for m in MEMORIES])
    )


def _rivals(goal: str, answers: list[Evaluation | None]) -> str:
    first, second = answers
    if first is None or second is None:
        return f"{GOALS[goal].label}: {OLD}."
    wanted, (a, b) = GOALS[goal], MEMORIES
    made = [
        decide(first, second, n) for n in dict.fromkeys((wanted.quantity.name, wanted.cost.name))
    ]
    texts = [decision_words((MEMORY_NAMES[a], MEMORY_NAMES[b]), one) for one in made if one]
    return f"{wanted.label}: {' '.join(texts)}"


def chances(
    goal: str, found: Found, designs: Mapping[tuple[str, str], Design]
) -> dict[str, float | None]:
    """By memory, the probability that the hybrid's figure differs from that of the chip of that
    memory's own search the way that is shown."""
    ours = _answer(goal, HYBRID, found, designs)
    out: dict[str, float | None] = {}
    for memory in MEMORIES:
        theirs = _answer(goal, memory, found, designs)
        if ours is not None and theirs is not None:
            made = decide(ours, theirs, GOALS[goal].quantity.name)
            out[memory] = None if made is None else made.chance
    return out


def _answer(
    goal: str, memory: str, found: Found, designs: Mapping[tuple[str, str], Design]
) -> Evaluation | None:
    """Without mIoU where this version predicts another one."""
    run, design = found.get((goal, memory)), designs.get((goal, memory))
    answer = None if run is None or design is None else priced(run, design)
    if answer is None or design is None or same_miou(answer, design):
        return answer
    return replace(answer, metrics={**answer.metrics, "miou": None})


def network_on_memories(run: Run) -> str:
    """The network that a search found, on the best chip of each memory: what decides between them
    for it. Empty where nothing can be said."""
    best = snapshot(run).best
    if best is None:
        return ""
    key = run.run_id, run.generation, best
    return _WORDS.get(key, lambda: _on_memories(run, best))


def _on_memories(run: Run, best: Design) -> str:
    answer = priced(run, best)
    if answer is None:
        return ""
    chips = on_memories(bare(best), run.settings, in_force(run))
    memories = set(letters(best))
    mine = run_memory(best)
    metric = GOALS[run.goal].cost.name
    texts = []
    for memory, other in chips.items():
        name = MEMORY_NAMES[memory]
        if memories == {LETTERS[memory]}:
            continue
        if other is None:
            texts.append(f"**No chip of {name} alone keeps the limits with this network.**")
        elif made := decide(answer, other, metric):
            texts.append(decision_words((mine, f"{name} alone"), made))
    return f"This network on the best chips of other memories: {' '.join(texts)}" if texts else ""


def run_memory(design: Design) -> str:
    """Such as "RRAM alone" or "SRRR"."""
    kinds = set(block_memory(design))
    return f"{MEMORY_NAMES[kinds.pop()]} alone" if len(kinds) == 1 else letters(design)


def _pair(values: tuple[float, float], better: int) -> str:
    return f"{number(values[better])} against {number(values[1 - better])}"
