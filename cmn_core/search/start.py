"""The design that a search begins with, as a scenario states it: checked against the search, and
in one form only, because it is part of what makes two searches the same.

Of a design file the architecture counts, the hardware where given, and a name for people.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from cmn_core.cim.technologies.technology import Technology
from cmn_core.design import SCHEMA, Design, Hardware, Workload, parse_design
from cmn_core.errors import FieldError

START = "start"
MAX_NAME = 60


def start_design(data: object, workload: Workload) -> Design:
    """The design of a scenario's start, with the search's workload where it names none.

    FieldError under `start` for what is no design.
    """
    if isinstance(data, Design):
        return data
    try:
        design = parse_design(dict(data) if isinstance(data, Mapping) else data)
    except FieldError as error:
        whole = error.field == "design"
        at = FieldError(START, error.found, error.allowed) if whole else error.under(START)
        raise at from None
    named = isinstance(data, Mapping) and data.get("workload") is not None
    return design if named else replace(design, workload=workload)


def start_json(design: Design) -> dict[str, Any]:
    """The one form of a start; the workload is the search's, metrics are worked out anew."""
    out: dict[str, Any] = {
        "schema": SCHEMA,
        "space": design.space,
        "architecture": {
            "experts": list(design.architecture.experts),
            "hidden": list(design.architecture.hidden),
        },
    }
    if design.hardware is not None:
        out["hardware"] = _used(design.hardware).to_json()
    if name := _name(design):
        out["provenance"] = {"name": name}
    return out


def checked_start(
    data: object,
    *,
    space: str,
    workload: Workload,
    memory: str,
    technologies: Collection[str],
    library: Mapping[str, Technology],
    placement: str = "block",
) -> dict[str, Any]:
    """`start_json` of a design that this search can begin with.

    space, workload, memory, placement: the search's; technologies: that it may use; library: what
    stands for each. FieldError, one sentence, for a design of another space or workload, and for
    hardware that the search could not build.
    """
    design = start_design(data, workload)
    if design.space != space:
        found = f"found '{design.space}'"
        raise FieldError(f"{START}.space", found, f"the search is in {space}")
    names = {**workload.to_json(), **design.workload.to_json()}
    for name in names:
        asked, stated = (w.to_json().get(name) for w in (workload, design.workload))
        if stated != asked:
            found = f"found {stated}"
            raise FieldError(f"{START}.workload.{name}", found, f"the search has {asked}")
    if design.hardware is not None:
        _check_hardware(design.hardware, memory, technologies, library, placement)
    return start_json(design)


def _check_hardware(
    given: Hardware,
    memory: str,
    technologies: Collection[str],
    library: Mapping[str, Technology],
    placement: str,
) -> None:
    if given.by_expert and placement != "expert":
        allowed = "a search with a memory for each expert (placement expert) can begin there"
        raise FieldError(f"{START}.hardware.memory", "found experts on both memories", allowed)
    for name in given.technologies:
        if name not in technologies:
            allowed = f"the search is on {memory} alone; a start may leave its hardware out"
            raise FieldError(f"{START}.hardware.memory", f"found {name}", allowed)
        if name in given.macros:
            path = f"{START}.hardware.macros.{name}"
            library[name].check_macro(given.macros[name], path)


def _used(given: Hardware) -> Hardware:
    """The hardware without macros that serve no block."""
    macros = {name: given.macros[name] for name in given.technologies if name in given.macros}
    return replace(given, macros=macros)


def _name(design: Design) -> str:
    name = (design.provenance or {}).get("name")
    return " ".join(name.split())[:MAX_NAME] if isinstance(name, str) else ""
