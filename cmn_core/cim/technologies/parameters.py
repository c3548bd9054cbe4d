"""Parameter sets: the built-in technologies, the paper's, and technology files of one's own.

A file names the built-in technology that it starts from and replaces constants and knobs of it:

    schema = "cmn.technology/1"
    base = "rram"
    title = "My RRAM, 40 nm"
    [constants]
    read_v = { value = 0.15, unit = "V", source = "own measurement, lot 7" }
    [knobs.adc_bits]
    levels = [5, 6]
    default = 6

Units are stated and compared, so that a value in another unit is refused instead of believed.
"""

from __future__ import annotations

import json
import math
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from cmn_core.cim.technologies.measured import parse_measured
from cmn_core.cim.technologies.node_scaling import SUPPLY, at_node
from cmn_core.cim.technologies.plausible import check_relations, check_value
from cmn_core.cim.technologies.technology import (
    BUILT_IN,
    FOLDER,
    NAMES,
    Constant,
    Knob,
    Technology,
    load_technology,
)
from cmn_core.errors import FieldError, one_line, unknown_key

SCHEMA = "cmn.technology/1"
SETS = ("silicon", "paper")
SET_TITLES = {"silicon": "calibrated on chips", "paper": "fitted to the paper"}
MAX_BYTES = 200_000
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
_KEYS = ("schema", "base", "title", "constants", "knobs", "measured")
_KNOB_KEYS = ("min", "max", "levels", "default")

Document = Mapping[str, Any]


@lru_cache(maxsize=len(SETS))
def parameter_set(name: str) -> dict[str, Technology]:
    """The technologies of a named set by memory: "silicon" (the built-in files) or "paper"."""
    if name not in SETS:
        raise FieldError("parameters", f"found '{name}'", f"allowed are {', '.join(SETS)}")
    if name == "silicon":
        return {memory: load_technology(memory) for memory in NAMES}
    whole = _toml(FOLDER / "paper.toml", "parameters")
    return {
        memory: override(load_technology(memory), whole[memory], f"paper.{memory}", uncharged=True)
        for memory in NAMES
    }


def read_technology(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The checked document of a person's technology file; FieldError names what is wrong.

    The name of a built-in technology (such as sram_analog) stands for a file that changes nothing.
    """
    if str(path) in BUILT_IN:
        return {"schema": SCHEMA, "base": str(path), "title": load_technology(str(path)).title}
    file = Path(path)
    document = _toml(file, "technology")
    own_technology(document)
    return document


def read_technologies(paths: Iterable[str | os.PathLike[str]]) -> dict[str, Any]:
    """Checked technology files by the memory that they stand for; FieldError for two of one."""
    out: dict[str, Any] = {}
    for path in paths:
        document = read_technology(path)
        memory = own_technology(document).name
        if memory in out:
            raise FieldError("technology", f"two files for {memory}", "one of each is allowed")
        out[memory] = document
    return out


def own_technology(document: Document) -> Technology:
    """The technology of such a document: the same object for the same content."""
    try:
        text = json.dumps(document, sort_keys=True, allow_nan=True)
    except (TypeError, ValueError):
        raise FieldError(
            "technology", "found a value that is no number or text", "TOML numbers are expected"
        ) from None
    return _own(text)


def technologies(parameters: str, documents: object) -> dict[str, Technology]:
    """What stands for each memory: a named set, or the built-in ones with files of one's own.

    FieldError for a file beside another set than silicon: sets are never mixed.
    """
    own = own_technologies(documents)
    if own and parameters != "silicon":
        found = f"found '{parameters}' beside a technology file"
        raise FieldError("parameters", found, "a file replaces constants of silicon only")
    return {**parameter_set(parameters), **own}


def own_technologies(documents: object) -> dict[str, Technology]:
    """Technologies by memory of the documents of a scenario or a command, {memory: document}."""
    out: dict[str, Technology] = {}
    if documents is None:
        return out
    if not isinstance(documents, Mapping):
        found = f"found {one_line(documents, 40)}"
        raise FieldError("technology", found, "an object of rram and sram is expected")
    for memory, document in documents.items():
        if memory not in NAMES:
            raise unknown_key("technology", memory, NAMES)
        built = own_technology(document)
        if built.name != memory:
            raise FieldError(
                f"technology.{memory}", f"the file is for {built.name}", f"{memory} is expected"
            )
        out[memory] = built
    return out


@lru_cache(maxsize=64)
def _own(text: str) -> Technology:
    document = json.loads(text)
    if not isinstance(document, dict):
        raise FieldError("technology", "no table", "a technology file is expected")
    _known(document, _KEYS, "technology")
    if document.get("schema") != SCHEMA:
        found = one_line(document.get("schema", "nothing"), 40)
        raise FieldError("technology.schema", f"found {found}", f"'{SCHEMA}' is expected")
    base = document.get("base")
    if not isinstance(base, str):
        raise FieldError(
            "technology.base", f"found {one_line(base, 40)}", "the built-in it starts from"
        )
    try:
        start = load_technology(base)
    except FieldError as error:
        raise FieldError("technology.base", error.found, error.allowed) from None
    title = document.get("title")
    if not isinstance(title, str) or not title.strip():
        raise FieldError("technology.title", "missing", "a title for tables and charts is expected")
    # Analog SRAM stands where a design says sram.
    start = replace(start, name=start.name.split("_")[0], base=base)
    out = override(start, document, "technology", title=one_line(title, 80))
    known = [name for name in start.constants if name.endswith("_factor")]
    entries = document.get("measured", [])
    return replace(out, measured=parse_measured(entries, known, "technology.measured"))


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
    _known(entry, ("value", "unit", "source"), where)
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
    _known(entry, _KNOB_KEYS, where)
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


def _known(table: Mapping[str, Any], allowed: tuple[str, ...], path: str) -> None:
    for key in table:
        if key not in allowed:
            raise unknown_key(path, key, allowed)


def _toml(file: Path, field: str) -> dict[str, Any]:
    try:
        if file.stat().st_size > MAX_BYTES:
            found = f"{file.name} has {file.stat().st_size:,} bytes"
            raise FieldError(field, found, f"at most {MAX_BYTES:,} are allowed")
        with file.open("rb") as stream:
            return tomllib.load(stream)
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise FieldError(field, f"{file.name}: {reason}", "a TOML file is expected") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        found = f"{file.name} is no TOML ({one_line(str(error), 80)})"
        raise FieldError(field, found, "a TOML file is expected") from None
