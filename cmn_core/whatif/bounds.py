"""What bounds a design: where its energy, time and area go, and which single changes help most."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cmn_core.cim.evaluation import DesignCost
from cmn_core.quantities import AREA, LATENCY
from cmn_core.search.constraints import Limits
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.compare import beyond, excess
from cmn_core.whatif.sensitivity import Step

ARRAYS, CONVERSION, DIGITAL, BUFFERS = "Arrays", "Conversion and sums", "Digital unit", "Buffers"
# Parts of a breakdown by cause, in the order in which charts stack them. A part that is not named
# belongs to the arrays.
CAUSES: Mapping[str, tuple[str, ...]] = {
    ARRAYS: (),
    CONVERSION: (
        "adc",
        "shift_add",
        "adders",
        "adder_tree",
        "accumulators",
        "column_mux",
        "timing",
        "control",
    ),
    DIGITAL: ("digital",),
    BUFFERS: ("buffers",),
    "Interconnect": ("interconnect",),
    "Leakage": ("leakage",),
}
# Each block, and after it what goes with it.
BARS = tuple(name for b in (1, 2, 3, 4) for name in (f"Block {b}", f"with {b}"))
_CAUSE = {part: cause for cause, parts in CAUSES.items() for part in parts}
# What arrays are at work for; a latency knows no more, since reading, converting and summing happen
# at once.
WORK: Mapping[str, str] = {
    "attention": "attention's arrays",
    "experts": "the experts' arrays",
    "patch_embedding": "the arrays of the patch embeddings",
    "decoder": "the decoder's arrays",
    "digital": "the digital units",
    "waking": "waking up",
}
NOUNS: Mapping[str, str] = {
    ARRAYS: "the arrays",
    CONVERSION: "conversion and sums",
    DIGITAL: "the digital units",
    BUFFERS: "the buffers",
    "Interconnect": "the wires",
    "Leakage": "leakage",
}
PLACED = (ARRAYS, CONVERSION, BUFFERS, DIGITAL)  # causes that take silicon of their own
LEAST = 0.0005  # of a cost, below which a change saves nothing worth a number

# Block from 1, whether it is the block itself or its share of "other", cause, memory, area in mm2,
# and what it takes of another quantity (None where it has none of its own).
Occupied = tuple[int, bool, str, str, float, float | None]


@dataclass(frozen=True)
class Share:
    """Part of a quantity of one block: value in the quantity's unit, share of the block."""

    block: str
    cause: str
    value: float
    share: float


@dataclass(frozen=True)
class Bottleneck:
    """What takes most of a quantity, with its share of the whole, and the block (from 1) in which
    most of that happens, with that part's share of the whole."""

    quantity: str
    value: float
    cause: str
    share: float
    block: int
    block_share: float


def shares(cost: DesignCost, quantity: str) -> list[Share]:
    """Blocks and what goes with each by cause, in the order of BARS and of CAUSES; causes without
    value left out.

    What goes with a block is its patch embedding and its share of the decoder: they lie on its
    memory, in as many copies, so that its knobs move both.
    """
    pairs = zip(cost.blocks[:4], cost.others, strict=True)
    out = []
    for name, block in zip(BARS, (share for pair in pairs for share in pair), strict=True):
        total = getattr(block, quantity)
        for cause, value in _by_cause(block.breakdown[quantity].items()).items():
            out.append(Share(name, cause, value, value / total if total else 0.0))
    return out


def bottleneck(cost: DesignCost, quantity: str) -> Bottleneck:
    """By cause over all blocks; a latency by what the arrays are at work for. The patch embedding
    and the decoder count where their knobs are: in the block whose memory and copies they share."""
    table: dict[str, list[float]] = {}
    for at, pair in enumerate(zip(cost.blocks[:4], cost.others, strict=True)):
        for share in pair:
            for part, value in share.breakdown[quantity].items():
                cause = part if quantity == LATENCY.name else cause_of(part)
                table.setdefault(cause, [0.0] * 4)[at] += value
    total = float(getattr(cost, quantity))
    cause = max(table, key=lambda name: sum(table[name]))
    parts = table[cause]
    at = max(range(4), key=parts.__getitem__)
    name = (WORK if quantity == LATENCY.name else NOUNS)[cause]
    return Bottleneck(quantity, total, name, sum(parts) / total, at + 1, parts[at] / total)


def best_changes(
    base: Evaluation, steps: Sequence[Step], quantity: str, limits: Limits, most: int = 3
) -> list[Step]:
    """The steps that save most of a quantity, one of a variable at most.

    steps: of `sensitivity.steps`; limits: as of `compare.judged`. A step counts if its saving is
    likelier than not, and if it neither breaks a limit nor goes further beyond one.
    """
    before = excess({**base.metrics, "sigma_rel": base.sigma}, limits)
    found: dict[str, Step] = {}
    for step in sorted(steps, key=lambda s: s.change[quantity] or 0.0):
        saved, metrics = -(step.change[quantity] or 0.0), step.metrics
        if metrics is None or saved < LEAST or step.likely.get(quantity, 0.0) <= 0.5:
            continue
        after = excess(metrics, limits)
        if not any(beyond(name, over, before) for name, over in after.items()):
            found.setdefault(step.name, step)
    return list(found.values())[:most]


def occupied(cost: DesignCost, quantity: str) -> list[Occupied]:
    """Everything that stands on the chip, block by block; the areas add up to the chip's.

    Arrays and what converts their sums work at once, for the same time. What of "other" is digital
    runs on the digital unit of its block, which stands there once. Wires and leakage have no place.
    """
    out: list[Occupied] = []
    for own, share in (*((True, s) for s in cost.held), *((False, s) for s in cost.others)):
        assert isinstance(share.block, int)
        area = _by_cause(share.breakdown[AREA.name].items())
        taken = _by_cause(share.breakdown[quantity].items())
        if quantity == LATENCY.name and ARRAYS in taken:
            taken[CONVERSION] = taken[ARRAYS]
        if own and DIGITAL in area and quantity != AREA.name:
            rest = cost.others[share.block - 1].breakdown[quantity]
            taken[DIGITAL] = taken.get(DIGITAL, 0.0) + _by_cause(rest.items()).get(DIGITAL, 0.0)
        for cause in area:
            out.append((share.block, own, cause, share.memory, area[cause], taken.get(cause)))
    return sorted(out, key=lambda row: row[0])


def unplaced(cost: DesignCost, quantity: str) -> float:
    """Share of a quantity that is taken by what has no place on a floor plan."""
    found = [s for s in shares(cost, quantity) if s.cause not in PLACED]
    return sum(s.value for s in found) / float(getattr(cost, quantity))


def bottleneck_text(found: Bottleneck) -> str:
    """Such as "conversion and sums take 61 %, block 3 alone 24 %"."""
    verb = "take" if found.cause.endswith("s") else "takes"
    share, most = (f"{100.0 * part:.0f} %" for part in (found.share, found.block_share))
    return f"{found.cause} {verb} {share}, block {found.block} alone {most}"


def cause_of(part: str) -> str:
    """Of CAUSES, for a part of a breakdown."""
    return _CAUSE.get(part, ARRAYS)


def _by_cause(parts: Iterable[tuple[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for part, value in parts:
        cause = cause_of(part)
        found[cause] = found.get(cause, 0.0) + value
    return {cause: found[cause] for cause in CAUSES if found.get(cause)}
