"""What bounds each block: where its energy, time and area go, and whether copies would help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cmn_core.cim.evaluation import BlockShare
from cmn_core.quantities import COSTS
from cmn_core.whatif.sensitivity import Step

# Parts of a breakdown by cause, in the order in which charts stack them. A part that is not named
# belongs to the arrays.
CAUSES: Mapping[str, tuple[str, ...]] = {
    "Arrays": (),
    "Conversion and sums": (
        "adc",
        "shift_add",
        "adders",
        "adder_tree",
        "accumulators",
        "column_mux",
        "timing",
        "control",
    ),
    "Digital unit": ("digital",),
    "Buffers": ("buffers",),
    "Interconnect": ("interconnect",),
    "Leakage": ("leakage",),
}
_CAUSE = {part: cause for cause, parts in CAUSES.items() for part in parts}
WORTH = 0.02  # share of the image's time that a copy must save to be worth naming


@dataclass(frozen=True)
class Share:
    """Part of a quantity of one block: value in the quantity's unit, share of the block."""

    block: str
    cause: str
    value: float
    share: float


@dataclass(frozen=True)
class Bound:
    """Largest cause of each quantity of a block with its share, and what another copy would do."""

    block: str
    largest: Mapping[str, tuple[str, float]]
    copies: str


def shares(blocks: Sequence[BlockShare], quantity: str) -> list[Share]:
    """Blocks by cause, in the order of the blocks and of CAUSES; causes without value left out."""
    out = []
    for block in blocks:
        name, total = block_name(block.block), getattr(block, quantity)
        for cause, value in _by_cause(block.breakdown[quantity].items()).items():
            out.append(Share(name, cause, value, value / total if total else 0.0))
    return out


def bounds(
    blocks: Sequence[BlockShare],
    steps: Sequence[Step],
    *,
    max_array_mb: float | None,
) -> list[Bound]:
    """One for each of the four encoder blocks; steps: of `sensitivity.steps`.

    In a latency, what is not the digital unit is arrays at work: reading, converting and summing.
    """
    more = {s.block: s for s in steps if s.name.startswith("replicas.") and s.towards > 0}
    out = []
    for at, block in enumerate(blocks[:4]):
        largest = {}
        for quantity in COSTS:
            causes = _by_cause(block.breakdown[quantity].items())
            cause = max(causes, key=causes.__getitem__)
            total = getattr(block, quantity)
            largest[quantity] = (cause, causes[cause] / total if total else 0.0)
        copies = _copies(more.get(at), max_array_mb)
        out.append(Bound(block_name(block.block), largest, copies))
    return out


def cause_of(part: str) -> str:
    """Of CAUSES, for a part of a breakdown."""
    return _CAUSE.get(part, "Arrays")


def block_name(block: int | str) -> str:
    return f"Block {block}" if isinstance(block, int) else "Other"


def _by_cause(parts: Iterable[tuple[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for part, value in parts:
        cause = cause_of(part)
        found[cause] = found.get(cause, 0.0) + value
    return {cause: found[cause] for cause in CAUSES if found.get(cause)}


def _copies(step: Step | None, limit: float | None) -> str:
    """What the next number of copies would do, in a few words."""
    if step is None or step.metrics is None:
        return "No more copies are possible."
    saved, capacity = -(step.change["latency_us"] or 0.0), step.metrics["array_mb"]
    if saved < WORTH:
        return f"{step.after} copies would hardly save time."
    if limit is not None and capacity is not None and capacity > limit:
        return f"{step.after} copies need {capacity:.1f} MB, the limit is {limit:g}."
    return f"{step.after} copies would save {saved:.0%} of the image's time."
