"""What a map of memories says, in a few sentences."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cmn_core.charts.base.palette import MEMORY_NAMES
from cmn_core.charts.search.phase import memory_letters
from cmn_core.quantities import LIMITS
from cmn_core.whatif.phase import PhasePoint
from pages.parts.common.text import number, short

WORTH = 0.005  # a saving below that is none for a reader
Memory = tuple[str, ...]


def phase_answer(points: Sequence[PhasePoint]) -> str:
    """What decides between the memories for this network, as far as the map is known."""
    found = [p for p in points if p.memory is not None]
    if not found:
        return "No chip of this network fits here: the dies are too small for it."
    largest = max(p.max_area_mm2 for p in found)
    line = [p for p in found if p.max_area_mm2 == largest]
    first, last = line[0].memory or (), line[-1].memory or ()
    if len({p.memory for p in found}) == 1:
        where = _where(first)
        return f"**{where} at every rate and on every die of this map**: neither decides."
    by_rate, by_die = changes(points)
    decides = "How often images come" if by_rate >= by_die else "The size of the die"
    out = [f"**{decides} decides between the memories here.**"]
    if first == last:
        out.append(f"{_where(first)} at both ends of the map.")
    else:
        until = next(p for p, after in pairwise(line) if after.memory != p.memory)
        since = next(p for p, after in pairwise(line[::-1]) if after.memory != p.memory)
        out.append(
            f"On {short(largest)} mm² {_where(first)} up to {_rate(until)} and"
            f" {_where(last)} from {_rate(since)} on."
        )
    mixed = [p for p in found if len(set(p.memory or ())) > 1 and (p.saving or 0.0) >= WORTH]
    if mixed:
        best = max(mixed, key=lambda p: p.saving or 0.0)
        where = f"{memory_letters(best.memory or ())}, {_rate(best)}"
        out.append(
            f"Mixed chips save up to {best.saving:.0%} of the better uniform one's energy"
            f" ({where} on {short(best.max_area_mm2)} mm²)."
        )
    else:
        out.append("No mixed chip saves anything worth naming against the better uniform one.")
    return " ".join(out)


def changes(points: Sequence[PhasePoint]) -> tuple[float, float]:
    """Share of neighbouring points with other memories: along the rate, and along the die."""
    known = {(p.images_per_second, p.max_area_mm2): p.memory for p in points if p.memory}
    rates, dies = (sorted({place[k] for place in known}) for k in (0, 1))
    along_rate = [(known.get((a, d)), known.get((b, d))) for a, b in pairwise(rates) for d in dies]
    along_die = [(known.get((r, a)), known.get((r, b))) for a, b in pairwise(dies) for r in rates]
    return _differing(along_rate), _differing(along_die)


def point_words(point: PhasePoint) -> str:
    """What is known of one point of the map."""
    where = f"{_rate(point)} on at most {short(point.max_area_mm2)} mm²"
    if point.memory is None:
        fate = "no chip of this network fits" if point.proven else "no chip was found that fits"
        unsure = "" if point.proven else " Not proven: one may have been missed."
        return f"**{where[0].upper()}{where[1:]}**: {fate}.{unsure}"
    uniform = [
        f"{number(value)} all-{MEMORY_NAMES[memory]}"
        for memory, value in (("rram", point.all_rram_uj), ("sram", point.all_sram_uj))
        if value is not None
    ]
    beside = f", against {' and '.join(uniform)}" if uniform else "; no uniform chip fits"
    unsure = "" if point.proven else " Not proven: a better chip may have been missed."
    return (
        f"**{memory_letters(point.memory)}** for {where}: {number(point.energy_uj)} µJ per image"
        f"{beside}. The best of all assignments in {point.probability_best:.0%} of the draws."
        f"{unsure}"
    )


def eased_words(points: Sequence[PhasePoint]) -> str:
    """What the network cannot keep on any chip; empty where it keeps all."""
    names = list(dict.fromkeys(name for point in points for name in point.eased))
    if not names:
        return ""
    which = " and ".join(LIMITS[name].quantity.word for name in names)
    return f"No chip of this network keeps the usual limit on {which}. The map takes what it needs."


def proof_words(points: Sequence[PhasePoint]) -> str:
    """How many cells are known to be right, for the source of a figure."""
    proven = sum(point.proven for point in points)
    return "every cell proven" if proven == len(points) else f"{proven} of {len(points)} proven"


def _differing(pairs: Sequence[tuple[Memory | None, Memory | None]]) -> float:
    both = [a != b for a, b in pairs if a is not None and b is not None]
    return sum(both) / len(both) if both else 0.0


def _where(memory: Memory) -> str:
    """Such as "RRAM in every block is best" or "SRRR is best"."""
    if len(set(memory)) == 1:
        return f"{MEMORY_NAMES[memory[0]]} in every block is best"
    return f"{memory_letters(memory)} is best"


def _rate(point: PhasePoint) -> str:
    rate = point.images_per_second
    if rate >= 1.0:
        return f"{short(float(f'{rate:.2g}'))} images per second"
    return f"one image in {_period(1.0 / rate)}"


def _period(seconds: float) -> str:
    """Two figures, in the unit that people use."""
    for size, name in ((3600.0, "h"), (60.0, "min")):
        if seconds >= 2.0 * size:
            return f"{short(float(f'{seconds / size:.2g}'))} {name}"
    return f"{short(float(f'{seconds:.2g}'))} s"
