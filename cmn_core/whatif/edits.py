"""Edits of a design by hand: each returns another design, without the metrics of the old one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from cmn_core.architecture import BLOCKS, MAX_EXPERTS, MIN_HIDDEN, SPACES, Architecture
from cmn_core.cim.technologies.node_scaling import SUPPLY, in_use, known_at, moved_supply
from cmn_core.cim.technologies.technology import Technology
from cmn_core.design import MEMORIES, Design, Hardware, Workload

Technologies = Mapping[str, Technology]
Four = tuple[int, int, int, int]


def completed(design: Design, technologies: Technologies | None = None) -> Design:
    """The design with hardware for everything: what is missing is RRAM, default macros, one copy.

    Both macros are always there, so that a block can change its memory and back without loss.
    """
    given = design.hardware or Hardware(("rram", "rram", "rram", "rram"))
    macros = {name: _default(name, design.workload, technologies) for name in MEMORIES}
    macros |= {name: dict(knobs) for name, knobs in given.macros.items()}
    hardware = replace(given, macros=macros, replicas=given.replicas or (1, 1, 1, 1))
    return replace(design, hardware=hardware)


def used_only(design: Design) -> Design:
    """The design without macros that serve no block, as a file states it."""
    given = design.hardware
    if given is None:
        return design
    macros = {name: given.macros[name] for name in given.technologies if name in given.macros}
    return replace(design, hardware=replace(given, macros=macros))


def bare(design: Design) -> Design:
    """What decides a design's figures: no macros that serve no block, no metrics, no provenance."""
    return replace(used_only(design), metrics=None, provenance=None)


def with_block(
    design: Design,
    block: int,
    *,
    experts: int | None = None,
    hidden: int | None = None,
    memory: str | None = None,
    replicas: int | None = None,
) -> Design:
    """Change what is given of one block, counted from 0; the design must be complete.

    A memory is for all of the block. Experts that come to a block on both memories lie with its
    last one.
    """
    old, hardware = design.architecture, _hardware(design)
    architecture = Architecture(_put(old.experts, block, experts), _put(old.hidden, block, hidden))
    own = hardware.experts[block]
    entry: Any = memory
    if memory is None and own is not None and experts is not None:
        entry = (*own, *own[-1:] * MAX_EXPERTS)[:experts]
    return _edited(
        design,
        architecture=architecture,
        hardware=Hardware.placed(
            _put(hardware.entries, block, entry),
            macros=hardware.macros,
            replicas=_put(hardware.replicas or (1, 1, 1, 1), block, replicas),
        ),
    )


def with_knob(design: Design, memory: str, knob: str, value: float) -> Design:
    """Change one knob of the macro of a technology; whether it can be built is not asked here."""
    hardware = _hardware(design)
    macros = {**hardware.macros, memory: {**hardware.macros[memory], knob: value}}
    return _edited(design, hardware=replace(hardware, macros=macros))


def with_hardware(design: Design, hardware: Hardware) -> Design:
    """Other hardware; macros of a technology that it leaves out are kept for later."""
    kept = {} if design.hardware is None else dict(design.hardware.macros)
    return _edited(design, hardware=replace(hardware, macros={**kept, **hardware.macros}))


def with_workload(design: Design, **changes: Any) -> Design:
    """Change fields of the workload, such as image, weight_bits or top_k; with the node, the
    supplies of the macros move to the same level of the other node."""
    workload = replace(design.workload, **changes)
    given = design.hardware
    if given is None or workload.node_nm == design.workload.node_nm:
        return _edited(design, workload=workload)
    both = design.workload, workload
    macros = {
        name: {**knobs, SUPPLY: moved_supply(knobs[SUPPLY], *(in_use(name, w) for w in both))}
        if SUPPLY in knobs and all(known_at(name, w) for w in both)
        else _default(name, workload)
        for name, knobs in given.macros.items()
    }
    return _edited(design, workload=workload, hardware=replace(given, macros=macros))


def with_space(design: Design, name: str) -> Design:
    """The same experts in another network family; hidden sizes keep their share of the largest."""
    before, after = design.search_space.max_hidden, SPACES[name].max_hidden
    hidden = [
        min(top, max(MIN_HIDDEN, round(size * top / most)))
        for size, most, top in zip(design.architecture.hidden, before, after, strict=True)
    ]
    architecture = replace(design.architecture, hidden=_four(hidden))
    return _edited(design, space=name, architecture=architecture)


def all_blocks(design: Design, change: str, locked: Collection[int] = ()) -> Design:
    """Change every block that is not locked; change: a key of CHANGES."""
    for block in range(BLOCKS):
        if block not in locked:
            design = with_block(design, block, **CHANGES[change](design, block))
    return design


def _resized(factor: float) -> Callable[[Design, int], dict[str, Any]]:
    def change(design: Design, block: int) -> dict[str, Any]:
        wanted = round(design.architecture.hidden[block] * factor)
        top = design.search_space.max_hidden[block]
        return {"hidden": min(top, max(MIN_HIDDEN, wanted))}

    return change


def _counted(step: int) -> Callable[[Design, int], dict[str, Any]]:
    def change(design: Design, block: int) -> dict[str, Any]:
        return {"experts": min(MAX_EXPERTS, max(1, design.architecture.experts[block] + step))}

    return change


CHANGES: Mapping[str, Callable[[Design, int], dict[str, Any]]] = {
    "fewer_experts": _counted(-1),
    "more_experts": _counted(+1),
    "half_hidden": _resized(0.5),
    "double_hidden": _resized(2.0),
    "rram": lambda design, block: {"memory": "rram"},
    "sram": lambda design, block: {"memory": "sram"},
    "one_copy": lambda design, block: {"replicas": 1},
}


def _edited(design: Design, **changes: Any) -> Design:
    return replace(design, metrics=None, provenance=None, **changes)


def _hardware(design: Design) -> Hardware:
    if design.hardware is None:
        raise ValueError("the design has no hardware yet; `completed` adds it")
    return design.hardware


def _put(values: Any, block: int, value: Any) -> Any:
    """The four values with one of them replaced, unless it is None."""
    return tuple(value if b == block and value is not None else v for b, v in enumerate(values))


def _four(values: list[int]) -> Four:
    a, b, c, d = values
    return a, b, c, d


def _default(
    name: str, workload: Workload, technologies: Technologies | None = None
) -> dict[str, float]:
    """The default macro at the workload's node; at one that no source of that memory reaches, where
    it cannot be used, that of 28 nm."""
    if known_at(name, workload):
        return dict(in_use(name, workload, technologies).default)
    return dict(in_use(name, Workload(), technologies).default)
