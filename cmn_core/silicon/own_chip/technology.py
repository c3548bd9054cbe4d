"""A technology file from one measured chip, and how it then has the chip's own figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from cmn_core.cim.technologies.measured import MAX_ROWS, NOISE
from cmn_core.cim.technologies.node_scaling import LEAST_RRAM_NM
from cmn_core.cim.technologies.parameters import SCHEMA, own_technology
from cmn_core.cim.technologies.technology import Technology, load_technology
from cmn_core.errors import FieldError, nearest, one_line
from cmn_core.quantities import BASE_NM
from cmn_core.silicon.calibration import QUANTITIES, tabulate
from cmn_core.silicon.chips import MEASURED, PublishedChip
from cmn_core.silicon.own_chip.macro import own_macro
from cmn_core.silicon.own_chip.posterior import OwnPosterior, own_posteriors
from cmn_core.silicon.predict import Prediction, predict
from cmn_core.silicon.report import published
from cmn_core.silicon.structure import TECHNOLOGY, Structure, describe
from cmn_core.silicon.units import CellError, quantity

COMMAND = "technology --from-chip"
# Figures of a row, and what each of them fixes.
FIGURES = {"tops_per_W": "energy", "throughput_GOPS": "delay", "area_mm2": "area"}
FARTHEST = 1000.0  # a chip that far from its class is a unit or a comma gone wrong
APART = 2.0


@dataclass(frozen=True)
class OwnFigure:
    """One figure of a row: as given, as its class has it, and as the technology has it.

    low, high: 90 % interval, of the class and of the technology
    """

    row: int
    name: str
    given: float
    of_class: float
    class_interval: tuple[float, float]
    ours: float
    interval: tuple[float, float]

    def to_json(self) -> dict[str, Any]:
        low, high = self.class_interval
        return {
            "row": self.row,
            "figure": self.name,
            "given": self.given,
            "class": self.of_class,
            "class_low": low,
            "class_high": high,
            "technology": self.ours,
            "low": self.interval[0],
            "high": self.interval[1],
        }


@dataclass(frozen=True, eq=False)
class OwnChip:
    """The technology file of a chip as a document, its figures and what is to be known of them."""

    chip_id: str
    document: dict[str, Any]
    figures: tuple[OwnFigure, ...]
    assumed: tuple[str, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "chip_id": self.chip_id,
            "technology": self.document,
            "figures": [f.to_json() for f in self.figures],
            "assumed": list(self.assumed),
            "notes": list(self.notes),
        }


def chosen(chips: Sequence[PublishedChip], chip_id: str | None = None) -> list[PublishedChip]:
    """The rows of one chip; FieldError where the file holds several and none is named."""
    names = list(dict.fromkeys(c.chip_id for c in chips))
    if not names:
        raise FieldError("chip", "no rows", "a header and a row of the chip are expected")
    if chip_id is None:
        if len(names) > 1:
            found = f"rows of {len(names)} chips"
            raise FieldError("chip", found, f"the name of one, such as '{one_line(names[0], 40)}'")
        return list(chips)
    if chip_id not in names:
        allowed = f"{nearest(chip_id, names)}a chip_id of the file is expected"
        raise FieldError("chip", f"found '{one_line(chip_id, 40)}'", allowed)
    return [c for c in chips if c.chip_id == chip_id]


def from_chip(
    rows: Sequence[PublishedChip], *, noise: float = 0.1, title: str | None = None
) -> OwnChip:
    """The technology of a measured chip: its class's posterior, given its figures.

    rows: of one chip, one per operating point; noise: sd of a measured figure, as a share of it.
    FieldError, in one sentence, for rows that say too little or cannot be right.
    """
    _check(rows, noise)
    first = rows[0]
    base = TECHNOLOGY[first.device]
    before = [_described(row) for row in rows]
    wide = {q: among_rows(first.device, q) for q in QUANTITIES}
    found = own_posteriors(rows, math.log1p(noise), wide)
    if not found:
        allowed = "tops_per_W, throughput_GOPS, a clock or area_mm2 is needed"
        raise FieldError("chip", "no measured figure", allowed)
    shape = before[0]
    if shape.topology == "column":
        told = "found adders in the cells"
        raise FieldError("cell_type", told, "trees beside the cells can be built of it here")
    document = {
        "schema": SCHEMA,
        "base": base,
        "title": one_line(title or f"{first.chip_id}, {first.number['node_nm']:g} nm", 80),
        "constants": _constants(found, first, noise),
        "knobs": own_macro(shape),
        "measured": [
            {
                "quantity": m.quantity,
                "noise": round(m.noise, 5),
                "other_rows": m.other_rows,
                "shares": dict(m.shares),
            }
            for own in found.values()
            for m in own.measured
        ],
    }
    if not document["knobs"]:
        del document["knobs"]
    own = own_technology(document)
    figures = [
        figure for number, row in enumerate(rows, 1) for figure in _figures(number, row, own)
    ]
    assumed = tuple(dict.fromkeys(text for s in before for text in s.assumed))
    return OwnChip(first.chip_id, document, tuple(figures), assumed, tuple(_notes(figures, found)))


@cache
def among_rows(device: str, what: str) -> float:
    """sd of ln by which rows of one published chip lie apart once the class is fitted: the mean
    over the chips of the class that have several."""
    table = tabulate(published(), device, what)
    off = table.residuals(table.fit(np.ones(len(table.found), dtype=np.bool_), curvature=False))
    of_chip: dict[str, list[float]] = {}
    for case, value in zip(table.found, off, strict=True):
        of_chip.setdefault(case.chip.chip_id, []).append(float(value))
    several = [float(np.std(v, ddof=1)) for v in of_chip.values() if len(v) > 1]
    return round(float(np.mean(several)), 4)


def _check(rows: Sequence[PublishedChip], noise: float) -> None:
    if not NOISE[0] <= noise <= NOISE[1]:
        low, high = (100.0 * n for n in NOISE)
        raise FieldError("noise", f"found {100.0 * noise:g} %", f"{low:g} to {high:g} % is allowed")
    if len(rows) > MAX_ROWS // len(QUANTITIES):
        most = MAX_ROWS // len(QUANTITIES)
        raise FieldError("chip", f"found {len(rows)} rows", f"up to {most} are allowed")
    for row in rows:
        if row.why_not is not None:
            raise FieldError(f"row {row.line}", row.why_not, "a row that can be read is expected")
        for column in MEASURED:
            _measured(row, column)
    for column, values in (
        ("device", {r.device for r in rows}),
        ("node_nm", {r.number["node_nm"] for r in rows}),
    ):
        if len(values) > 1:
            raise FieldError(column, "several in the rows", "one chip has one")
    node_nm = rows[0].number["node_nm"]
    if node_nm is None:
        raise FieldError("node_nm", "blank", "the node of the chip is needed")
    if rows[0].device == "RRAM" and node_nm < LEAST_RRAM_NM:
        raise FieldError(
            "node_nm", f"found {node_nm:g}", f"RRAM is known from {LEAST_RRAM_NM:g} nm on"
        )


def _measured(row: PublishedChip, column: str) -> float | None:
    """A measured cell; FieldError for one that is no positive number."""
    text = row.raw.get(column, "")
    try:
        value = quantity(column, text)
    except CellError as error:
        raise FieldError(column, one_line(error, 120), "a plain number is allowed") from None
    if value is not None and not (0.0 < value < math.inf):
        found = f"found '{one_line(text, 40)}'"
        raise FieldError(column, found, "a number above zero is allowed")
    return value


def _described(row: PublishedChip) -> Structure:
    """Its structure; FieldError where the class is nowhere near what was measured."""
    shape = describe(row)
    if isinstance(shape, str):
        raise FieldError(f"row {row.line}", shape, "a row that can be understood is expected")
    of_class = _values(predict(row))
    for column in FIGURES:
        given = _measured(row, column)
        # A stated clock makes the speed a count, which a note judges.
        if given is None or (column == "throughput_GOPS" and shape.cycle_ns is not None):
            continue
        ratio = given / of_class[column]
        if not 1.0 / FARTHEST <= ratio <= FARTHEST:
            found = f"found {given:.4g}, where the class's median for such a macro is"
            found += f" {of_class[column]:.3g}"
            raise FieldError(column, found, f"within {FARTHEST:g} times of it is allowed")
    return shape


def _constants(
    found: Mapping[str, OwnPosterior], row: PublishedChip, noise: float
) -> dict[str, Any]:
    own = load_technology(TECHNOLOGY[row.device])
    node_nm = row.number["node_nm"] or BASE_NM
    out: dict[str, Any] = {
        "feature_nm": {"value": node_nm, "unit": "nm", "source": f"node of {row.chip_id}"}
    }
    what = f"{row.device} given {row.chip_id}, figures to {100.0 * noise:g} %: {COMMAND}"
    for posterior in found.values():
        for name, value in posterior.constants.items():
            unit = own.constants[name].unit
            rounded = float(f"{value:.6g}")
            out[name] = {"value": rounded, "unit": unit, "source": one_line(what, 200)}
    return out


def _figures(number: int, row: PublishedChip, own: Technology) -> list[OwnFigure]:
    of_class, ours = predict(row), predict(row, own)
    first, then = _values(of_class), _values(ours)
    out = []
    for column in FIGURES:
        given = _measured(row, column)
        if given is None:
            continue
        low, high = of_class.low or {}, of_class.high or {}
        own_low, own_high = ours.low or {}, ours.high or {}
        out.append(
            OwnFigure(
                number,
                column,
                given,
                first[column],
                (low[column], high[column]),
                then[column],
                (own_low[column], own_high[column]),
            )
        )
    return out


def _values(answer: Prediction) -> dict[str, float]:
    """Its figures; FieldError for a row without."""
    values = {
        "tops_per_W": answer.tops_per_w,
        "throughput_GOPS": answer.throughput_gops,
        "area_mm2": answer.area_mm2,
    }
    if any(v is None or not math.isfinite(v) for v in values.values()):
        why = answer.why_not or "no figure comes out"
        raise FieldError("chip", why, "a row that can be priced is expected")
    return {n: v for n, v in values.items() if v is not None}


def _notes(figures: Sequence[OwnFigure], found: Mapping[str, OwnPosterior]) -> list[str]:
    notes = []
    for figure in figures:
        ratio = figure.ours / figure.given
        if figure.name == "throughput_GOPS" and not 1.0 / APART <= ratio <= APART:
            notes.append(
                f"row {figure.row}: rows, columns, converters and clock come to"
                f" {figure.ours:.3g} GOPS, not to {figure.given:.3g}; one of them is other than"
                " assumed"
            )
    missing = [q for q in QUANTITIES if q not in found]
    if missing:
        notes.append(f"{' and '.join(missing)}: nothing was given, so it stays that of the class")
    return notes
