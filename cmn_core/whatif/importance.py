"""Which genes and knobs matter, over the designs that a search kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cmn_core.arrays import Floats, Ints
from cmn_core.cim.technologies.parameters import parameter_set
from cmn_core.design import Design
from cmn_core.quantities import QUANTITIES

ENOUGH = 20  # designs below which nothing is said
BINS = 6  # groups of a variable with many values


@dataclass(frozen=True)
class Importance:
    """share: of the spread of a figure that one variable explains by itself, 0 to 1; upward: the
    rank correlation of the two, -1 to 1."""

    label: str
    share: float
    upward: float
    values: int


def importances(designs: Iterable[Design], quantity: str) -> list[Importance]:
    """Variables that differ among the designs, the most telling first; empty below ENOUGH designs.

    quantity: energy_uj, latency_us, area_mm2 or miou. The share is epsilon squared of a one-way
    analysis of variance (Kelley 1935) of the ranks of the figure, over the values of the variable,
    or over BINS groups of equally many where there are more: what chance alone explains is
    subtracted. Designs that a search kept are no random sample, and variables move together.
    """
    kept = [d for d in dict.fromkeys(designs) if (d.metrics or {}).get(quantity) is not None]
    if len(kept) < ENOUGH:
        return []
    figure = _ranks(np.array([float((d.metrics or {})[quantity] or 0.0) for d in kept]))
    found = []
    for label, column in _variables(kept).items():
        values = np.array(column, dtype=float)
        here = np.isfinite(values)
        different = len(np.unique(values[here]))
        if different > 1 and here.sum() >= ENOUGH:
            ranks = _ranks(values[here])
            share = _explained(_groups(values[here]), figure[here])
            upward = float(np.corrcoef(ranks, _ranks(figure[here]))[0, 1])
            found.append(Importance(label, share, upward, different))
    return sorted(found, key=lambda one: (-one.share, one.label))


def noun(quantity: str) -> str:
    """The figure within a sentence."""
    return QUANTITIES[quantity].word if quantity != "miou" else "mIoU"


def _variables(designs: Sequence[Design]) -> Mapping[str, list[float]]:
    """Genes, copies, memory and knobs as columns; not a number where a design has none."""
    columns: dict[str, list[float]] = {}
    library = parameter_set("silicon")

    def put(label: str, at: int, value: float) -> None:
        columns.setdefault(label, [np.nan] * len(designs))[at] = float(value)

    for at, design in enumerate(designs):
        for block in range(4):
            put(f"Experts of block {block + 1}", at, design.architecture.experts[block])
            put(f"Hidden size of block {block + 1}", at, design.architecture.hidden[block])
        if design.hardware is None:
            continue
        for block, entry in enumerate(design.hardware.entries):
            held = (entry,) if isinstance(entry, str) else entry
            put(f"Memory of block {block + 1} (SRAM)", at, held.count("sram") / len(held))
            if design.hardware.replicas:
                put(f"Copies of block {block + 1}", at, design.hardware.replicas[block])
        several = len(design.hardware.technologies) > 1
        for memory in design.hardware.technologies:
            titles = {name: knob.label for name, knob in library[memory].knob.items()}
            for name, value in design.hardware.macros.get(memory, {}).items():
                label = titles.get(name, name)
                put(f"{label}, {memory.upper()}" if several else label, at, value)
    return columns


def _groups(values: Floats) -> Ints:
    """A number of a group for each value."""
    different, group = np.unique(values, return_inverse=True)
    if len(different) <= BINS:
        return group
    ends = np.quantile(values, np.linspace(0.0, 1.0, BINS + 1)[1:-1])
    return np.searchsorted(ends, values, side="right")


def _explained(group: Ints, figure: Floats) -> float:
    """Epsilon squared, 0 or more."""
    count = len(np.unique(group))
    whole = float(((figure - figure.mean()) ** 2).sum())
    if count < 2 or len(figure) <= count or whole == 0.0:
        return 0.0
    inside = sum(
        float(((figure[group == g] - figure[group == g].mean()) ** 2).sum())
        for g in np.unique(group)
    )
    left = (inside / (len(figure) - count)) / (whole / (len(figure) - 1))
    return max(0.0, 1.0 - left)


def _ranks(values: Floats) -> Floats:
    """Ranks from 0; equal values share the mean of theirs."""
    _, at, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Floats = (ends - 0.5 * (counts + 1))[at]
    return ranks
