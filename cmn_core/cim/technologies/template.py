"""A technology as TOML text: documents as files, and the template of a built-in one, explained.

The template changes nothing as it stands: every constant and knob is a comment with its meaning,
unit, value and source, and counts once its first sign (#) is taken away.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from cmn_core.assets import ASSETS
from cmn_core.cim.technologies.override import MAX_LEVELS
from cmn_core.cim.technologies.parameters import SCHEMA
from cmn_core.cim.technologies.technology import BUILT_IN, Technology, load_technology
from cmn_core.errors import FieldError

MEANINGS = ASSETS / "meanings.toml"
WIDTH = 100
_HEAD = """\
# A technology of your own (cmn.technology/1), from the built-in {base}.
#
# As it stands it changes nothing. Take away the # before a constant or a knob to replace it; what
# stays a comment stays built in. Units are compared, so leave them. State where a value is from.
# Use it: python -m cmn_core evaluate DESIGN.json --technology THIS_FILE, also of search, phase,
# compare, model and macro; on the pages under "Technology files".
"""
_FEATURE = "feature_nm"
_GROUPS = {
    "What chips of the class correct: multiplies a part, 1 is the source's own value": (
        "_factor",
        "_exponent",
    ),
    "How far figures may be off: sd of ln": ("_spread",),
}


@cache
def meanings() -> dict[str, str]:
    """What each constant is, by name, in a sentence."""
    with MEANINGS.open("rb") as file:
        found: dict[str, str] = tomllib.load(file)
    return found


@cache
def template(base: str) -> str:
    """The template of "rram", "sram" or "sram_analog"; FieldError for another name."""
    if base not in BUILT_IN:
        raise FieldError("template", f"found '{base}'", f"allowed are {', '.join(BUILT_IN)}")
    technology = load_technology(base)
    head = [
        _HEAD.format(base=technology.title),
        f"schema = {_text(SCHEMA)}",
        f"base = {_text(base)}",
        f"title = {_text('Mine, from ' + technology.title)}",
        "",
        "[constants]",
    ]
    return "\n".join([*head, *_constants(technology), "", *_knobs(technology)]) + "\n"


def _constants(technology: Technology) -> Iterable[str]:
    groups: dict[str, list[str]] = {"Circuits and devices": []}
    groups |= {title: [] for title in _GROUPS}
    for name in technology.constants:
        title = next((t for t, ends in _GROUPS.items() if name.endswith(ends)), None)
        groups[title or "Circuits and devices"].append(name)
    for title, names in groups.items():
        yield f"\n# ---- {title}"
        for name in names:
            constant = technology.constants[name]
            yield ""
            yield from _comment(f"{meanings()[name]} ({constant.unit})")
            if name == _FEATURE:
                yield from _comment(
                    "Naming it moves every constant to that node first; those below hold there."
                )
            yield from _comment(f"built in: {constant.value:g}, {constant.source}")
            entry = {"value": constant.value, "unit": constant.unit, "source": "mine"}
            yield f"#{name} = {_value(entry)}"


def _knobs(technology: Technology) -> Iterable[str]:
    yield "# ---- Knobs: what a search may choose from, and what a macro has that states none"
    for name, knob in technology.knob.items():
        yield ""
        yield from _comment(f"{knob.label}: {knob.meaning} ({knob.unit}).")
        span = f"{knob.low:g} to {knob.high:g}"
        kind = "whole numbers" if knob.integer else "numbers"
        yield from _comment(f"{kind} from {span}, ascending, at most {MAX_LEVELS} of them")
        cast = int if knob.integer else float
        yield f"#[knobs.{name}]"
        yield f"#levels = {_value([cast(v) for v in knob.levels])}"
        yield f"#default = {cast(knob.default)}"


def _comment(text: str) -> Iterable[str]:
    """The text as comment lines, which a second sign tells from what may be uncommented."""
    line = "##"
    for word in text.split():
        if len(line) + len(word) >= WIDTH:
            yield line
            line = "##"
        line += f" {word}"
    yield line


def as_toml(document: Mapping[str, Any]) -> str:
    """A technology document as the text of its file."""
    lines = [f"{key} = {_value(document[key])}" for key in ("schema", "base", "title")]
    if document.get("constants"):
        lines += ["", "[constants]"]
        lines += [f"{name} = {_value(entry)}" for name, entry in document["constants"].items()]
    for name, knob in document.get("knobs", {}).items():
        lines += ["", f"[knobs.{name}]"]
        lines += [f"{key} = {_value(value)}" for key, value in knob.items()]
    for entry in document.get("measured", []):
        lines += ["", "[[measured]]"]
        lines += [f"{key} = {_value(value)}" for key, value in entry.items()]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{k} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    return _text(value) if isinstance(value, str) else repr(value)


def _text(value: str) -> str:
    """A basic string: JSON's escapes are TOML's, for what stands on one line."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
