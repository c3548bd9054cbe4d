"""The effect of one step of every variable: architecture, memory, copies and macro knobs.

All steps of a design are priced as one batch (batch_pricing.py), so that the whole tornado costs
about as much as one design.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cmn_core.architecture import BLOCKS, MAX_EXPERTS, MIN_HIDDEN
from cmn_core.arrays import Floats
from cmn_core.cim.technologies.node_scaling import in_use, known_at
from cmn_core.cim.technologies.technology import Knob
from cmn_core.cim.uncertainty import chance_smaller
from cmn_core.design import MEMORIES, Design
from cmn_core.predictor import load_predictor
from cmn_core.predictor.routing import load_routing
from cmn_core.quantities import COSTS
from cmn_core.search.accuracy import Predicted
from cmn_core.search.inner.grid import REPLICA_LEVELS
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.batch_pricing import Technologies, VariantCosts, price_points
from cmn_core.whatif.edits import completed, used_only, with_block, with_knob

Value = int | float | str
HIDDEN_STEPS = 16  # one step of a hidden size is this fraction of its largest


@dataclass(frozen=True)
class Step:
    """One variable moved by one step, all else kept.

    name: such as "experts.2" or "rram.adc_bits"; block: 0..3, None for a macro; towards: -1 or 1;
    before, after: values as texts; value: that after the step. metrics: after the step, with the
    output error of the worst block, None where it cannot be built; change: relative for costs, in
    points for miou; likely: of each cost that changes, the probability that it changes the way that
    is shown.
    """

    name: str
    label: str
    block: int | None
    towards: int
    before: str
    after: str
    value: Value
    metrics: Mapping[str, float | None] | None
    change: Mapping[str, float | None]
    likely: Mapping[str, float]


@dataclass(frozen=True)
class _Move:
    name: str
    label: str
    block: int | None
    towards: int
    before: str
    after: str
    value: Value
    design: Design


def steps(
    base: Evaluation, *, dataset: str = "nyuv2", technologies: Technologies | None = None
) -> list[Step]:
    """Every step that stays within the space and the grid of the search, both ways.

    base: the design as it was evaluated, which is not priced again; dataset, technologies: those
    that it was evaluated with.
    """
    design = completed(base.design, technologies)
    moves = [*_architecture(design), *_hardware(design, technologies)]
    designs = [move.design for move in moves]
    routing = None
    if base.load is not None and base.load.low is not None:  # as measured, as the design itself
        routing = load_routing(design.space, dataset)
    variants = price_points(designs, technologies, routing=routing)
    table = {name: np.asarray(getattr(variants.chip, name)) for name in (*COSTS, "array_mb")}
    table["miou"] = _miou(base, designs, dataset)
    likely = {name: _likely(base, variants, name) for name in COSTS}
    return [_step(base, move, at, table, likely, variants) for at, move in enumerate(moves)]


def applied(design: Design, step: Step) -> Design:
    """The design after that step, which must be one of its own.

    A memory that no block was on has its default macro, with which the step was priced.
    """
    what, _, which = step.name.partition(".")
    if what in MEMORIES:
        return with_knob(design, what, which, float(step.value))
    if what == "memory":
        design = completed(used_only(design))
    return with_block(design, int(which), **{what: step.value})  # type: ignore[arg-type]


def _step(
    base: Evaluation,
    move: _Move,
    at: int,
    table: Mapping[str, Floats],
    likely: Mapping[str, Floats],
    variants: VariantCosts,
) -> Step:
    known = bool(variants.buildable[at])
    metrics = {name: _number(values[at]) for name, values in table.items()}
    metrics["sigma_rel"] = _number(np.asarray(variants.chip.sigma_rel)[at].max())
    change: dict[str, float | None] = {}
    for name, values in table.items():
        before = base.metrics[name]
        if before is None or not known:
            change[name] = None
        else:
            moved = values[at] - before if name == "miou" else values[at] / before - 1.0
            change[name] = _number(moved)
    return Step(
        move.name,
        move.label,
        move.block,
        move.towards,
        move.before,
        move.after,
        move.value,
        metrics if known else None,
        change,
        {n: float(likely[n][at]) for n in COSTS if known and change[n]},
    )


def _likely(base: Evaluation, variants: VariantCosts, quantity: str) -> Floats:
    """[M] the probability that each variant differs in that quantity the way that it is shown."""
    chance = chance_smaller(variants.compositions[quantity], base.cost.compositions[quantity])
    before = base.metrics[quantity]
    assert before is not None
    return np.where(np.asarray(getattr(variants.chip, quantity)) < before, chance, 1.0 - chance)


def _miou(base: Evaluation, designs: list[Design], dataset: str) -> Floats:
    """[M] predicted mIoU in percent, the design's own where only hardware differs; NaN where there
    is no predictor or no basis for it."""
    own = base.metrics["miou"]
    found = np.full(len(designs), np.nan if own is None else own)
    networks = [d.architecture for d in designs]
    other = np.array([network != base.design.architecture for network in networks])
    predictor = load_predictor(base.design.space, dataset)
    if predictor is None or not other.any():
        return found
    experts = np.array([network.experts for network in networks])[other]
    hidden = np.array([network.hidden for network in networks])[other]
    workload = base.design.workload
    seen = Predicted(predictor, workload)(experts, hidden).miou
    known = [predictor.basis.why_not(row, workload) is None for row in experts.tolist()]
    found[other] = np.where(known, seen, np.nan)
    return found


def _architecture(design: Design) -> Iterator[_Move]:
    own, top, memory = design.architecture, design.search_space.max_hidden, design.hardware
    assert memory is not None
    for b in range(BLOCKS):
        for towards in (-1, 1):
            count = own.experts[b] + towards
            if 1 <= count <= MAX_EXPERTS:
                yield _block(design, b, "experts", own.experts[b], count, towards)
            size = own.hidden[b] + towards * (top[b] // HIDDEN_STEPS)
            size = min(top[b], max(MIN_HIDDEN, size))
            if size != own.hidden[b]:
                yield _block(design, b, "hidden", own.hidden[b], size, towards)
            copies = (memory.replicas or (1, 1, 1, 1))[b]
            other = _neighbour(REPLICA_LEVELS, copies, towards)
            if other is not None:
                yield _block(design, b, "replicas", copies, int(other), towards)
        name = "sram" if memory.memory[b] == "rram" else "rram"
        towards = 1 if name == "rram" else -1
        now = "both" if memory.experts[b] else memory.memory[b]
        if known_at(name, design.workload):
            yield _block(design, b, "memory", now, name, towards)


def _block(design: Design, b: int, field: str, old: Any, new: Any, towards: int) -> _Move:
    nouns = {"experts": "Experts", "hidden": "Hidden size", "replicas": "Copies"}
    noun = nouns.get(field, "Memory")
    before, after = (str(v).upper() if field == "memory" else str(v) for v in (old, new))
    changed = with_block(design, b, **{field: new})
    label = f"{noun}, block {b + 1}"
    return _Move(f"{field}.{b}", label, b, towards, before, after, new, changed)


def _hardware(design: Design, technologies: Technologies | None) -> Iterator[_Move]:
    assert design.hardware is not None
    for memory in design.hardware.technologies:
        technology = in_use(memory, design.workload, technologies)
        for knob in technology.knob.values():
            old = float(design.hardware.macros[memory][knob.name])
            for towards in (-1, 1):
                new = _neighbour(knob.levels, old, towards)
                if new is not None:
                    yield _Move(
                        f"{memory}.{knob.name}",
                        f"{knob.label}, {memory.upper()}",
                        None,
                        towards,
                        f"{old:g} {_unit(knob)}".strip(),
                        f"{new:g} {_unit(knob)}".strip(),
                        new,
                        with_knob(design, memory, knob.name, new),
                    )


def _unit(knob: Knob) -> str:
    return knob.unit if len(knob.unit) <= 3 else ""


def _neighbour(levels: tuple[float, ...], value: float, towards: int) -> float | None:
    """The next level above or below a value, which need not be a level itself."""
    if towards > 0:
        return next((v for v in levels if v > value), None)
    return next((v for v in reversed(levels) if v < value), None)


def _number(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None
