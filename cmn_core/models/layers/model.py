"""A network as a list of layers, in the order in which they run."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cmn_core.models.layers.kinds import Bits, Frozen, Label, Layer, Times

SCHEMA = "cmn.model/1"
Text = Annotated[str, Field(min_length=1, max_length=400)]


class Published(Frozen):
    """Totals that the authors print, to check a file against."""

    parameters: Annotated[int, Field(ge=1)]
    active_parameters: Annotated[int, Field(ge=1)] | None = None


class Operator(Frozen):
    """What became of one node of the graph that a model was read from: a rule's `why` in words."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    type: Label
    treatment: Literal["priced", "free"]
    why: Text
    macs: Annotated[int, Field(ge=0)] = 0


class Model(Frozen, title=SCHEMA):
    """A network as a list of layers, in the order in which they run.

    phase: what one inference is; repeat: how often a block occurs, each time with arrays and a
    digital unit of its own; published: totals to compare with; operators: nodes of the graph that
    it was read from
    """

    schema_: Literal["cmn.model/1"] = Field(alias="schema")
    name: Label
    source: Text | None = None
    phase: Text | None = None
    note: Text | None = None
    weight_bits: Bits = 8
    activation_bits: Bits = 8
    published: Published | None = None
    repeat: dict[str, Times] = Field(default_factory=dict)
    layers: Annotated[tuple[Layer, ...], Field(min_length=1, max_length=10_000)]
    operators: Annotated[tuple[Operator, ...], Field(max_length=100_000)] = ()

    @property
    def blocks(self) -> list[str]:
        """Names of the blocks in the order of their first layer."""
        return list(dict.fromkeys(layer.block for layer in self.layers))

    def times(self, layer: Layer) -> int:
        """How often the layer's block occurs."""
        return self.repeat.get(layer.block, 1)
