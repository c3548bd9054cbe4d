"""Paper says, we chose, why: a search over everything that the paper leaves open.

All combinations of the open choices are tried; for each of them the two constants of a technology
are fitted again (`fit`), on the macros of the paper set. So each value of a choice has two figures:
with the others as we chose them, and at best, with the others free. A choice whose other values
come as near at best is one that the printed tables do not settle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any

from cmn_core.assets import ASSETS
from cmn_core.cim.technologies.parameters import parameter_set
from cmn_core.cim.technologies.technology import Technology, load_technology
from cmn_core.paper.assumptions import PRESET, Assumptions
from cmn_core.paper.comparison import Cell, cost_cells
from cmn_core.paper.fit import FREE, MEMORIES, best_factor, technology_of
from cmn_core.paper.tables import COSTS

STORED = ASSETS / "paper" / "choices.json"
SCHEMA = "cmn.choices/1"


@dataclass(frozen=True)
class OpenChoice:
    """field: of Assumptions; asked, says, why: columns of the table; values: words and value."""

    field: str
    asked: str
    says: str
    why: str
    values: tuple[tuple[str, Any], ...]

    def word(self, value: Any) -> str:
        return next(text for text, v in self.values if v == value)


# In this order, so that what makes another network, and is priced anew, changes seldom.
CHOICES: tuple[OpenChoice, ...] = (
    OpenChoice(
        "image",
        "input",
        "nothing",
        "not settled: another size only scales the two constants",
        (
            ("512 x 512", (512, 512)),
            ("480 x 640", (480, 640)),
            ("240 x 320", (240, 320)),
            ("224 x 224", (224, 224)),
        ),
    ),
    OpenChoice(
        "layers",
        "layers per stage",
        "nothing",
        "MiT-B0's; with the limit they set how many copies fit",
        (("2", 2), ("1", 1), ("4", 4)),
    ),
    OpenChoice(
        "top_k",
        "routing",
        '"sparse"',
        "energies follow all experts; nothing else makes up for it",
        (("dense", None), ("top-1", 1), ("top-2", 2)),
    ),
    OpenChoice(
        "max_array_mb",
        "limit on a searched chip",
        "10 MB, of what is not said",
        "arrays with padding and copies",
        (("10 MB", 10.0), ("5 MB", 5.0), ("20 MB", 20.0)),
    ),
    OpenChoice(
        "performance",
        "hardware of scenario 3",
        'constraint "performance"',
        "its fitness is mIoU, which hardware cannot change, so one copy",
        (("found for energy", "energy"), ("found for energy x delay", "edp")),
    ),
    OpenChoice(
        "unsearched",
        "hardware of the unsearched model, PTQ and the student",
        "nothing",
        "never searched",
        (("default macro, one copy", "default"), ("found for latency", "latency")),
    ),
    OpenChoice(
        "freed_copies",
        "arrays that fewer bits leave free (PTQ)",
        "SRAM latency halves with the bits",
        "our digital macro works on all weight bits at once, so only copies halve it",
        (("hold copies", True), ("stay empty", False)),
    ),
    OpenChoice(
        "student",
        "student of distillation",
        "nothing",
        "all four cells are exactly half",
        (("half of the layers", "layers"), ("half of the hidden width", "hidden")),
    ),
)


@dataclass(frozen=True)
class Agreement:
    """How near one combination comes: cells that agree, and how far the worst lies outside."""

    agree: int
    of: int
    worst: float
    place: str

    @property
    def rank(self) -> tuple[int, float]:
        """Less is nearer."""
        return self.of - self.agree, self.worst

    def to_json(self) -> dict[str, Any]:
        return {"agree": self.agree, "of": self.of, "worst": self.worst, "at": self.place}


def search(choices: Sequence[OpenChoice] = CHOICES) -> dict[str, Any]:
    """What `paper --choices --json` answers (schema cmn.choices/1).

    chosen, best: the preset and the nearest combination; choices: per value what it reaches alone
    and at best, and `others`, what the best changes besides.
    """
    found = [(chosen, agreement(chosen)) for chosen in combinations(choices)]
    preset = next(a for chosen, a in found if chosen == PRESET)
    first, nearest = min(found, key=lambda pair: pair[1].rank)
    return {
        "schema": SCHEMA,
        "combinations": len(found),
        "all_agree": sum(a.agree == a.of for _, a in found),
        "nearer": sum(a.rank < preset.rank for _, a in found),
        "chosen": preset.to_json(),
        "best": {**nearest.to_json(), "changes": _changes(first, choices)},
        "choices": [
            {"field": c.field, "values": [_value(c, value, found, choices) for value in c.values]}
            for c in choices
        ],
    }


def combinations(choices: Sequence[OpenChoice]) -> Iterator[Assumptions]:
    """Every one of them; what is no choice stays as in the preset."""
    names = [choice.field for choice in choices]
    for values in product(*([v for _, v in choice.values] for choice in choices)):
        yield replace(PRESET, **dict(zip(names, values, strict=True)))


def agreement(chosen: Assumptions) -> Agreement:
    """The best that the two constants of each technology can make of a combination.

    Energy and latency are affine in them, so two pricings say all (`fit.fit_constants`).
    """
    agree, cells, worst, place = 0, 0, -1.0, ""
    for memory in MEMORIES:
        once, twice = (
            cost_cells({memory: technology}, chosen, memories=(memory,))
            for technology in _technologies(memory)
        )
        for quantity in COSTS:
            pairs = [(a, b) for a, b in zip(once, twice, strict=True) if a.quantity == quantity]
            factor, _ = best_factor(pairs)
            fitted = [_at(a, b, factor) for a, b in pairs]
            agree, cells = agree + sum(c.agrees for c in fitted), cells + len(fitted)
            farthest = max(fitted, key=lambda c: c.deviation)
            if farthest.deviation > worst:
                worst, row = farthest.deviation, farthest.row
                place = f"{row.table} {row.name} {memory} {quantity.split('_')[0]}"
    return Agreement(agree, cells, round(worst, 4), place)


def _at(once: Cell, twice: Cell, factor: float) -> Cell:
    return replace(once, ours=once.ours + (twice.ours - once.ours) * (factor - 1.0))


@cache
def _technologies(memory: str) -> tuple[Technology, Technology]:
    """The paper set's macro with the two free constants as in the literature, and doubled."""
    start, knobs = load_technology(memory), parameter_set("paper")[memory].default
    base = {FREE[memory, q][0]: start.value(FREE[memory, q][0]) for q in COSTS}
    twice = {name: 2.0 * value for name, value in base.items()}
    return technology_of(memory, knobs, base), technology_of(memory, knobs, twice)


def _value(
    choice: OpenChoice,
    value: tuple[str, Any],
    found: Sequence[tuple[Assumptions, Agreement]],
    choices: Sequence[OpenChoice],
) -> dict[str, Any]:
    text, wanted = value
    own = [(c, a) for c, a in found if getattr(c, choice.field) == wanted]
    alone = next(a for c, a in own if c == replace(PRESET, **{choice.field: wanted}))
    first, best = min(own, key=lambda pair: pair[1].rank)
    changes = [c for c in choices if c != choice]
    return {
        "value": text,
        "chosen": wanted == getattr(PRESET, choice.field),
        "alone": alone.to_json(),
        "at_best": {**best.to_json(), "others": _changes(first, changes)},
    }


def _changes(chosen: Assumptions, choices: Sequence[OpenChoice]) -> list[str]:
    """What differs from the preset, in words."""
    return [
        f"{c.asked}: {c.word(getattr(chosen, c.field))}"
        for c in choices
        if getattr(chosen, c.field) != getattr(PRESET, c.field)
    ]


def markdown(answer: Mapping[str, Any]) -> str:
    """The table of docs/paper.md, and what it says in two sentences."""
    known = {choice.field: choice for choice in CHOICES}
    head = ["open in the paper", "paper says", "we chose", "why", "how far each other is off"]
    lines = [head, ["---"] * len(head)]
    for row in answer["choices"]:
        choice = known[row["field"]]
        taken = next(v["value"] for v in row["values"] if v["chosen"])
        others = "; ".join(_told(v) for v in row["values"] if not v["chosen"])
        lines.append([choice.asked, choice.says, taken, choice.why, others])
    chosen, best = answer["chosen"], answer["best"]
    changed = "; ".join(best["changes"]) or "nothing"
    told = (
        f"Of {answer['combinations']:,} combinations {answer['all_agree']} put all {chosen['of']}"
        f" cells within 15 % or the paper's spread; ours is one, its worst cell"
        f" {chosen['worst']:.1%} outside what is printed ({chosen['at']}). The nearest one"
        f" ({best['worst']:.1%}) changes {changed}; {answer['nearer']} are nearer than ours."
    )
    return "\n".join(["| " + " | ".join(line) + " |" for line in lines] + ["", told])


def _told(value: Mapping[str, Any]) -> str:
    alone, best = value["alone"], value["at_best"]
    text = f"{value['value']}: {alone['agree']} of {alone['of']}, worst {alone['worst']:.0%}"
    if best["others"]:
        text += f"; at best {best['agree']}, worst {best['worst']:.0%}"
    if best["others"] and best["agree"] == best["of"]:  # as good as ours: say how
        text += f" ({', '.join(best['others'])})"
    return text
