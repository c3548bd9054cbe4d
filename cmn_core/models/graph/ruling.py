"""What one node of a graph comes to: layers with costs, or a reason why it has none."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from pydantic import ValidationError

from cmn_core.errors import FieldError
from cmn_core.models.graph.tensors import QUANTISED, Graph, Node, Tensor
from cmn_core.models.layers import (
    Convolution,
    DynamicProduct,
    Elementwise,
    Layer,
    MatrixProduct,
)


@dataclass(frozen=True)
class Ruling:
    """layers: what is priced, none if the node is free; why: the rule; held: whether what it makes
    waits in the feature-map memory, which views and passes of a stream do not; weight_bits,
    activation_bits: of quantised operands
    """

    why: str
    layers: tuple[Layer, ...] = ()
    held: bool = False
    weight_bits: int | None = None
    activation_bits: int | None = None


@dataclass(frozen=True)
class Scene:
    """A node in its graph."""

    node: Node
    graph: Graph

    @property
    def label(self) -> str:
        return short(self.node.label)

    def only_reader_of(self, tensor: Tensor) -> Node | None:
        """The node that makes a tensor, if nobody else reads it."""
        maker = self.graph.makers.get(tensor.name)
        return maker if self.graph.readers.get(tensor.name) == 1 else None

    def product(self, k: int, n: int, vectors: int) -> Layer:
        return MatrixProduct(kind="product", name=self.label, k=k, n=n, vectors=vectors)

    def many(self, k: int, n: int, vectors: int, matrices: int) -> Layer:
        """Fixed matrices side by side, each with vectors of its own: a grouped 1 x 1 kernel."""
        if matrices == 1:
            return self.product(k, n, vectors)
        return Convolution(
            kind="convolution",
            name=self.label,
            channels=matrices * k,
            outputs=matrices * n,
            kernel=(1,),
            map=(vectors,),
            groups=matrices,
        )

    def dynamic(self, m: int, k: int, n: int, batch: int) -> Layer:
        return DynamicProduct(
            kind="dynamic_product", name=self.node.type, m=m, k=k, n=n, batch=batch
        )

    def elements(self, op: str, elements: int, *, reads: int, writes: int) -> Layer:
        return Elementwise.model_validate(
            {
                "kind": "elementwise",
                "name": self.node.type,
                "op": op,
                "elements": elements,
                "reads": reads,
                "writes": writes,
            }
        )

    def refused(self, error: ValidationError) -> FieldError:
        """A layer whose numbers are out of the range of a model file."""
        issue = error.errors()[0]
        where = ".".join(str(part) for part in issue["loc"])
        found = f"{where} is {issue['input']}"
        return self.node.refused(found, f"{issue['msg'][0].lower()}{issue['msg'][1:]}")


def short(label: str, limit: int = 60) -> str:
    """The end of a long name, which says more than its beginning."""
    return label if len(label) <= limit else "…" + label[1 - limit :]


def bits_of(tensor: Tensor) -> int | None:
    """Bits of an operand that was quantised, None of one in floating point."""
    return tensor.bits or QUANTISED.get(tensor.kind)


def stated(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "a single number"


def leading(shape: tuple[int, ...], kept: int) -> int:
    """Product of all dimensions but the last ones."""
    return prod(shape[: len(shape) - kept])
