"""A technology with the constants and knobs of a document in place of its own, each checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cmn_core.cim.technologies.node_scaling import SUPPLY, at_node
from cmn_core.cim.technologies.plausible import check_relations, check_value
from cmn_core.cim.technologies.technology import Constant, Knob, Technology
from cmn_core.errors import FieldError, one_line, unknown_key

MAX_LEVELS = 64
FEATURE = "feature_nm"
REACH = 1e4  # a constant may be so many times the built-in one, or so many times less
# Nothing may take no time at all, and what is written at once divides.
_DIVISORS = (
    "gate_area_um2",
    "gate_delay_ns",
    "sensing_factor",
    "adc_ns_per_bit",
    "adc_delay_factor",
    "array_delay_factor",
    "bits_written_at_once",
    "arrays_written_at_once",
)
_KNOB_KEYS = ("min", "max", "levels", "default")

Document = Mapping[str, Any]


def override(
    base: Technology,
    document: Document,
    path: str,
    title: str | None = None,
    *,
    uncharged: bool = False,
) -> Technology:
    """The base with the document's constants and knobs in place of its own; FieldError if wrong.

    uncharged: a part may take no time at all, as in the set that the paper's tables imply
    """
    named = _table(document, "constants", path)
    base = _at_feature(base, named, path)
    constants = {**base.constants}
    for name, entry in named.items():
        where = f"{path}.constants.{name}"
        if name not in constants:
            raise unknown_key(f"{path}.constants", name, constants)
        if name != FEATURE:
            constants[name] = _constant(name, entry, constants[name], where, uncharged)
    knobs = {**base.knob}
    for name, entry in _table(document, "knobs", path).items():
        if name not in knobs:
            raise unknown_key(f"{path}.knobs", name, knobs)
        knobs[name] = _knob(entry, knobs[name], f"{path}.knobs.{name}")
    out = replace(base, title=title or base.title, constants=constants, knob=knobs)
    try:
        out.check_macro(out.default, f"{path}.knobs")
    except FieldError as error:
        raise FieldError(error.field, f"the default macro: {error.found}", error.allowed) from None
    check_relations(out, named, path)
    return out


def _at_feature(base: Technology, named: Mapping[str, Any], path: str) -> Technology:
    """The base at the node that the file names as its feature size: every constant moves with it,
    as capacitance, delay and area do."""
    if FEATURE not in named or FEATURE not in base.constants:
        return base
    where = f"{path}.constants.{FEATURE}"
    node_nm = _constant(FEATURE, named[FEATURE], base.constants[FEATURE], where).value
    moved = at_node(base, node_nm)
    knobs = dict(base.knob)  # the file states its supplies itself, within the bounds of its node
    if SUPPLY in knobs:
        own, there = knobs[SUPPLY], moved.knob[SUPPLY]
        levels = tuple(v for v in own.levels if there.low <= v <= there.high) or there.levels
        default = min(levels, key=lambda v: abs(v - own.default))
        within = replace(own, low=there.low, high=there.high)
        knobs[SUPPLY] = replace(within, levels=levels, default=default)
    return replace(moved, knob=knobs)


def _constant(
    name: str, entry: object, known: Constant, where: str, uncharged: bool = False
) -> Constant:
    if not isinstance(entry, Mapping):
        raise FieldError(where, "no table", "{ value = ..., unit = ..., source = ... } is expected")
    check_keys(entry, ("value", "unit", "source"), where)
    unit, source = entry.get("unit"), entry.get("source")
    if unit != known.unit:
        found = f"found {one_line(unit, 60)}"
        raise FieldError(f"{where}.unit", found, f"'{known.unit}' is expected")
    if not isinstance(source, str) or not source.strip():
        raise FieldError(f"{where}.source", "missing", "where the figure comes from is expected")
    value = _finite(entry.get("value"), f"{where}.value")
    positive = known.value > 0.0 and _divides(name, known) and not uncharged
    if value < 0.0 < known.value or (value == 0.0 and positive):
        raise FieldError(f"{where}.value", f"found {value:g}", "a positive number is expected")
    size = abs(known.value)
    low, high = size / REACH, (size or 1.0) * REACH
    if value != 0.0 and not low <= abs(value) <= high:
        found = f"found {value:g}, built in is {known.value:g}"
        raise FieldError(f"{where}.value", found, f"{low:g} to {high:g} is allowed ({known.unit})")
    check_value(name, value, known.unit, f"{where}.value")
    return Constant(value, known.unit, one_line(source, 200))


def _divides(name: str, known: Constant) -> bool:
    """Whether zero would be nonsense: sizes, supplies and rates, unlike energies and shares."""
    return name in _DIVISORS or known.unit in (
        "nm",
        "V",
        "GHz",
        "MAC per cycle and block",
        "um2 per bit",
    )


def _knob(entry: object, known: Knob, where: str) -> Knob:
    if not isinstance(entry, Mapping):
        raise FieldError(where, "no table", "levels, default, min or max are expected")
    check_keys(entry, _KNOB_KEYS, where)
    low = _finite(entry.get("min", known.low), f"{where}.min")
    high = _finite(entry.get("max", known.high), f"{where}.max")
    if not known.low <= low <= high <= known.high:
        raise FieldError(
            f"{where}.{'min' if 'min' in entry else 'max'}",
            f"found {low:g} to {high:g}",
            f"a range within {known.low:g} to {known.high:g} is allowed",
        )
    given = entry.get("levels", [v for v in known.levels if low <= v <= high])
    if not isinstance(given, list | tuple) or not 1 <= len(given) <= MAX_LEVELS:
        raise FieldError(
            f"{where}.levels", f"found {one_line(given, 40)}", f"1 to {MAX_LEVELS} are expected"
        )
    levels = tuple(_finite(v, f"{where}.levels") for v in given)
    fits = all(low <= v <= high and (not known.integer or v == int(v)) for v in levels)
    if not fits or list(levels) != sorted(set(levels)):
        kind = "whole numbers" if known.integer else "numbers"
        raise FieldError(
            f"{where}.levels",
            f"found {one_line(list(given), 60)}",
            f"ascending {kind} from {low:g} to {high:g} are allowed",
        )
    nearest = min(levels, key=lambda v: abs(v - known.default))
    default = _finite(entry.get("default", nearest), f"{where}.default")
    if default not in levels:
        raise FieldError(f"{where}.default", f"found {default:g}", "one of the levels is expected")
    return replace(known, low=low, high=high, levels=levels, default=default)


def _finite(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FieldError(where, f"found {one_line(value, 40)}", "a number is expected")
    if not math.isfinite(value):
        raise FieldError(where, f"found {value}", "a finite number is expected")
    return float(value)


def _table(document: Document, key: str, path: str) -> Mapping[str, Any]:
    found = document.get(key, {})
    if not isinstance(found, Mapping):
        raise FieldError(f"{path}.{key}", f"found {one_line(found, 40)}", "a table is expected")
    return found


def check_keys(table: Mapping[str, Any], allowed: tuple[str, ...], path: str) -> None:
    """FieldError for a key of the table that is none of those."""
    for key in table:
        if key not in allowed:
            raise unknown_key(path, key, allowed)
