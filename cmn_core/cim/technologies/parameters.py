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
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from cmn_core.cim.technologies.measured import parse_measured
from cmn_core.cim.technologies.override import Document, check_keys, override
from cmn_core.cim.technologies.technology import (
    BUILT_IN,
    FOLDER,
    NAMES,
    Technology,
    load_technology,
)
from cmn_core.errors import FieldError, one_line, unknown_key

SCHEMA = "cmn.technology/1"
SETS = ("silicon", "paper")
SET_TITLES = {"silicon": "calibrated on chips", "paper": "fitted to the paper"}
MAX_BYTES = 200_000
_KEYS = ("schema", "base", "title", "constants", "knobs", "measured")


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
    check_keys(document, _KEYS, "technology")
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
