"""The chip that a model is put on: technologies of its layers, macros and copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from cmn_core.cim.circuits.macro import Macro, build_macro
from cmn_core.cim.technologies.node_scaling import in_use
from cmn_core.cim.technologies.technology import NAMES, Knobs, Technology
from cmn_core.design import Workload
from cmn_core.errors import FieldError, unknown_key
from cmn_core.models.layers import RESIDENT, Layer, Model

MAX_COPIES = 4096


@dataclass(frozen=True)
class BlockChoice:
    """Technology of a block's weights, and copies of its arrays among which vectors are dealt."""

    memory: str
    copies: int = 1


@dataclass(frozen=True, eq=False)
class Chip:
    """memory: technology ("rram" or "sram") of each kind of layer with resident weights; macros:
    knobs of each technology in use, numbers or arrays that broadcast; replicas: copies of all
    arrays, among which vectors are dealt out; technologies: others than the built-in ones;
    conditions: where it works (node, temperature, rate), of which image and bits are not read;
    blocks: technology and copies of single blocks, instead of memory and replicas."""

    memory: Mapping[str, str]
    macros: Mapping[str, Knobs] = field(default_factory=dict)
    replicas: int = 1
    technologies: Mapping[str, Technology] = field(default_factory=dict)
    conditions: Workload = Workload()
    blocks: Mapping[str, BlockChoice] = field(default_factory=dict)

    @cached_property
    def used(self) -> dict[str, Technology]:
        """Technologies in use, rram before sram."""
        return {
            n: in_use(n, self.conditions, self.technologies)
            for n in NAMES
            if n in self.memory.values() or any(n == b.memory for b in self.blocks.values())
        }

    def memory_of(self, layer: Layer) -> str | None:
        """Technology of the layer's weights, None of one without weights in arrays."""
        if layer.placed is None:
            return None
        own = self.blocks.get(layer.block)
        return self.memory[layer.placed] if own is None else own.memory

    def copies_of(self, layer: Layer) -> int:
        """Copies of the layer's arrays."""
        own = self.blocks.get(layer.block)
        return self.replicas if own is None else own.copies

    @property
    def logic(self) -> Technology:
        """The technology whose constants digital units and shared buffers are built with."""
        return next(iter(self.used.values()))

    def macro(self, name: str, model: Model) -> Macro:
        """The macro of that technology, at the model's precision."""
        bits = replace(
            self.conditions, weight_bits=model.weight_bits, activation_bits=model.activation_bits
        )
        return build_macro(self.used[name], bits, self.macros[name])


def uniform(memory: str) -> dict[str, str]:
    """All kinds of layers on one technology."""
    return dict.fromkeys(RESIDENT, memory)


def with_macros(chip: Chip, given: object = None) -> Chip:
    """The chip with a person's macros, {"rram": {knob: value}, "sram": ...}; what is left out is
    the technology's default. FieldError names the first knob that is unknown or not buildable."""
    if given is not None and not isinstance(given, Mapping):
        raise FieldError("macro", "found no object", 'an object such as {"rram": {}} is expected')
    asked = given or {}
    for name in asked:
        if name not in NAMES:
            raise unknown_key("macro", name, NAMES)
        if name not in chip.used:
            raise FieldError(f"macro.{name}", "given", f"no layer is on {name}")
    macros = {}
    for name, technology in chip.used.items():
        knobs = asked.get(name, {})
        if not isinstance(knobs, Mapping):
            raise FieldError(f"macro.{name}", "found no object", "an object of knobs is expected")
        macros[name] = technology.check_macro({**technology.default, **knobs}, f"macro.{name}")
    return replace(chip, macros=macros)
