"""Tensors and nodes of a graph whose shapes are all known, and how a node is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

from cmn_core.errors import FieldError

# Bits of the integers and small floats that files quantise to, by onnx.TensorProto's types.
_WHOLE = {16: (5, 4), 8: (3, 2, 17, 18, 19, 20, 24), 4: (21, 22, 23), 2: (25, 26)}
QUANTISED = {kind: bits for bits, kinds in _WHOLE.items() for kind in kinds}
_MOVING = ("Transpose", "Reshape", "Identity", "Squeeze", "Unsqueeze", "Flatten")


@dataclass(frozen=True)
class Tensor:
    """What flows between two nodes.

    kind: element type of onnx.TensorProto; fixed: made of constants alone, so known before the
    first inference; value: its numpy array where it is small and fixed; bits: of the integers that
    it was quantised to, where it was
    """

    name: str
    shape: tuple[int, ...]
    kind: int
    fixed: bool = False
    value: Any = None
    bits: int | None = None

    @property
    def elements(self) -> int:
        return prod(self.shape)


@dataclass(frozen=True)
class Node:
    """One operator with the tensors that it reads and makes; None stands for one left out.

    label: its name in the file, or its type and position
    """

    label: str
    type: str
    attributes: Mapping[str, Any]
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor | None, ...]

    def input(self, index: int) -> Tensor:
        """An input that must be there."""
        found = self.inputs[index] if index < len(self.inputs) else None
        if found is None:
            raise self.refused(f"input {index + 1} is missing", "a complete node is expected")
        return found

    @property
    def output(self) -> Tensor:
        found = self.outputs[0] if self.outputs else None
        if found is None:
            raise self.refused("no output", "a complete node is expected")
        return found

    @property
    def changing(self) -> list[Tensor]:
        """Inputs that an inference brings, each once."""
        named = {t.name: t for t in self.inputs if t is not None and not t.fixed}
        return list(named.values())

    @property
    def moved_bits(self) -> int | None:
        """Bits that its result was quantised to, kept through all that only moves it."""
        if self.type == "DequantizeLinear":
            return QUANTISED.get(self.input(0).kind)
        first = self.inputs[0] if self.inputs else None
        return first.bits if first is not None and self.type in _MOVING else None

    def refused(self, found: str, cure: str) -> FieldError:
        return refused_node(self.label, self.type, found, cure)


@dataclass(frozen=True)
class Graph:
    """Nodes in the order in which they run.

    inputs: what an inference brings; outputs: names of the tensors that it asks for; opset: of
    ONNX's own operators; producer: what wrote the file
    """

    nodes: tuple[Node, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[str, ...]
    opset: int
    producer: str = ""
    readers: Mapping[str, int] = field(default_factory=dict)
    makers: Mapping[str, Node] = field(default_factory=dict)


LOOP = "a loop is not priced", "export it with fixed sizes, so that it is written out"
RANDOM = "random numbers are not priced", "make them an input, or export in inference mode"
COUNTED = "how much it makes depends on the data", "end the network before it, and export that"
SEQUENCE = "a sequence of tensors is not priced", "export it with fixed sizes and plain tensors"
# Operators that no rule can price, whatever their sizes: what is wrong, and what helps.
CURES: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("Loop", "Scan"), LOOP),
    **dict.fromkeys(("Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike"), RANDOM),
    **dict.fromkeys(("RandomUniform", "RandomUniformLike"), RANDOM),
    **dict.fromkeys(("Compress", "NonMaxSuppression", "Unique"), COUNTED),
    **dict.fromkeys(("SequenceAt", "SequenceConstruct", "SequenceEmpty", "SequenceMap"), SEQUENCE),
    **dict.fromkeys(("SplitToSequence", "ConcatFromSequence"), SEQUENCE),
}


def refused_node(label: str, kind: str, found: str, cure: str) -> FieldError:
    """A node that cannot be priced, by name, and what helps."""
    return FieldError(f"node '{label}' ({kind})", found, cure)
