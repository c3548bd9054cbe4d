"""The chip of a design, and its part of the design's JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from cmn_core.architecture import BLOCKS, MAX_EXPERTS
from cmn_core.design.validation import Strict, Words
from cmn_core.errors import FieldError

MEMORIES = ("rram", "sram")
HYBRID = "hybrid"  # either of them, for each block or each expert
MEMORY_CHOICES = (*MEMORIES, HYBRID)
WITH_BUSY = "sram"  # where the rest of a block lies whose experts lie on both memories
MAX_REPLICAS = 64


@dataclass(frozen=True)
class Hardware:
    """Memory technology of each block, one macro per technology, copies of each block's arrays.

    macros or replicas may be missing: then the inner hardware search finds them. experts: memory of
    every expert of a block whose experts lie on both, None for a block that lies on one. What such
    a block has beside its experts works on every token and lies on SRAM, which is its memory then.
    """

    memory: tuple[str, str, str, str]
    macros: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    replicas: tuple[int, int, int, int] | None = None
    experts: tuple[tuple[str, ...] | None, ...] = (None,) * BLOCKS

    def __hash__(self) -> int:
        macros = frozenset((name, frozenset(knobs.items())) for name, knobs in self.macros.items())
        return hash((self.memory, macros, self.replicas, self.experts))

    @classmethod
    def placed(cls, memory: Sequence[str | Sequence[str]], **others: Any) -> Hardware:
        """Of a memory for each block, or one for each of its experts."""
        blocks, experts = [], []
        for entry in memory:
            used = {entry} if isinstance(entry, str) else set(entry)
            mixed = len(used) > 1
            blocks.append(WITH_BUSY if mixed else used.pop())
            experts.append(tuple(entry) if mixed else None)
        first, second, third, fourth = blocks
        return cls((first, second, third, fourth), experts=tuple(experts), **others)

    @property
    def entries(self) -> tuple[str | tuple[str, ...], ...]:
        """Of each block its memory, or that of each of its experts, as `placed` takes them."""
        return tuple(own or m for own, m in zip(self.experts, self.memory, strict=True))

    @property
    def by_expert(self) -> bool:
        """Whether the experts of some block lie on both memories."""
        return any(self.experts)

    @property
    def technologies(self) -> tuple[str, ...]:
        """Technologies in use, in the fixed order rram, sram."""
        return MEMORIES if self.by_expert else tuple(m for m in MEMORIES if m in self.memory)

    @property
    def complete(self) -> bool:
        return self.replicas is not None and all(t in self.macros for t in self.technologies)

    def to_json(self) -> dict[str, Any]:
        blocks = [m if isinstance(m, str) else list(m) for m in self.entries]
        uniform = len(set(self.entries)) == 1 and not self.by_expert
        out: dict[str, Any] = {"memory": blocks[0] if uniform else blocks}
        if self.macros:
            out["macros"] = {t: _tidy(self.macros[t]) for t in MEMORIES if t in self.macros}
        if self.replicas is not None:
            out["replicas"] = list(self.replicas)
        return out

    @classmethod
    def from_stored(cls, data: Mapping[str, Any]) -> Hardware:
        """What `to_json` gave, not checked again."""
        memory, copies = data["memory"], data.get("replicas")
        macros = {
            name: {knob: float(value) for knob, value in knobs.items()}
            for name, knobs in data.get("macros", {}).items()
        }
        replicas = None if copies is None else tuple(copies)
        blocks = [memory] * BLOCKS if isinstance(memory, str) else memory
        return cls.placed(blocks, macros=macros, replicas=replicas)


def _tidy(knobs: Mapping[str, float]) -> dict[str, float]:
    """Whole numbers without a decimal point, so that a file reads as it was written."""
    return {k: int(v) if v == v // 1 else float(v) for k, v in knobs.items()}


Memory = Literal["rram", "sram"]
Copies = Annotated[int, Field(ge=1, le=MAX_REPLICAS)]

_MEMORY = Words('"rram", "sram" or a list of four of them is allowed')
_OF_BLOCK = Words("'rram' or 'sram', or a list of them for the block's experts, is allowed")


class MacrosModel(Strict):
    rram: dict[str, int | float] | None = None
    sram: dict[str, int | float] | None = None


_Experts = Annotated[list[Memory], Field(min_length=1, max_length=MAX_EXPERTS)]
BlockMemory = Annotated[Memory | _Experts, _OF_BLOCK]


class HardwareModel(Strict):
    memory: Annotated[
        Memory | Annotated[list[BlockMemory], Field(min_length=4, max_length=4)], _MEMORY
    ]
    macros: MacrosModel | None = None
    replicas: Annotated[list[Copies], Field(min_length=4, max_length=4)] | None = None

    def checked(self, experts: Sequence[int]) -> Hardware:
        """experts: of the four blocks; FieldError where a block's list has another length."""
        memory: Any = [self.memory] * BLOCKS if isinstance(self.memory, str) else self.memory
        for block, (entry, count) in enumerate(zip(memory, experts, strict=True)):
            if not isinstance(entry, str) and len(entry) != count:
                found = f"found {len(entry)} memories"
                raise FieldError(
                    f"hardware.memory[{block}]", found, f"{count} are expected, one for each expert"
                )
        macros = {} if self.macros is None else self.macros.model_dump(exclude_none=True)
        replicas = None if self.replicas is None else tuple(self.replicas)
        return Hardware.placed(memory, macros=macros, replicas=replicas)
