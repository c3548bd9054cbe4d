"""An ONNX file to a Model: every node priced by a rule, free by a rule, or refused by name.

Weights keep their order and their names; what the digital unit does is gathered by kind and size.
Equations and rules: docs/models.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmn_core.errors import FieldError
from cmn_core.models.graph.dims import check_dims
from cmn_core.models.graph.liveness import most_held
from cmn_core.models.graph.rules import rule_on
from cmn_core.models.graph.ruling import Ruling, stated
from cmn_core.models.graph.skeleton import bare, read_bare
from cmn_core.models.graph.tensors import Graph, Node
from cmn_core.models.graph.trace import trace
from cmn_core.models.layers import (
    SCHEMA,
    Buffer,
    Convolution,
    Layer,
    MatrixProduct,
    Model,
    Operator,
)
from cmn_core.models.operations import work_of

MOST_LAYERS = 10_000
DEFAULT_BITS = 8
AHEAD = 3  # layers within which a stage may return to its size


def read_onnx(path: str | Path, dims: Mapping[str, int] | None = None) -> Model:
    """Model of an ONNX file; FieldError for whatever a person can get wrong, naming the node.

    dims: sizes of dynamic dimensions, by their names in the file. Large weights are not read, no
    other file is opened, and nothing in the file is executed.
    """
    return _model(read_bare(path), str(path), dims or {})


def parse_onnx(raw: bytes, name: str, dims: Mapping[str, int] | None = None) -> Model:
    """The same of the bytes of a file of that name."""
    return _model(bare(raw, name), name, dims or {})


@dataclass(frozen=True)
class _Ruled:
    """A node, what it came to, and the stage that it belongs to."""

    node: Node
    ruling: Ruling
    stage: int


def _model(serialised: bytes, name: str, dims: Mapping[str, int]) -> Model:
    check_dims(dims)
    graph = trace(serialised, name, dims)
    rulings = [rule_on(node, graph) for node in graph.nodes]
    ruled = _staged(graph, rulings)
    layers = _layers(ruled, most_held(graph, [r.held for r in rulings]))
    if len(layers) > MOST_LAYERS:
        found = f"{len(layers):,} layers"
        raise FieldError(name, found, f"at most {MOST_LAYERS:,} are priced")
    weight, activation, note = _precision(rulings)
    given = ", ".join(f"{t.name} {stated(t.shape)}" for t in graph.inputs)
    made = f"ONNX, operator set {graph.opset}"
    return Model.model_validate(
        {
            "schema": SCHEMA,
            "name": (Path(name).stem or "network")[:60],
            "source": f"{made}, {graph.producer}"[:400] if graph.producer else made,
            "phase": f"input {given}"[:400] if given else None,
            "note": note,
            "weight_bits": weight,
            "activation_bits": activation,
            "layers": tuple(layers),
            "operators": tuple(_operator(r) for r in ruled),
        }
    )


def _operator(ruled: _Ruled) -> Operator:
    node, ruling = ruled.node, ruled.ruling
    return Operator(
        name=node.label[-200:] or node.type,
        type=node.type[:60],
        treatment="priced" if ruling.layers else "free",
        why=ruling.why,
        macs=sum(work.macs for work in work_of(ruling.layers)),
    )


def _vectors(layer: Layer) -> int:
    """Positions at which weights in arrays are used, 0 of a layer without."""
    if isinstance(layer, MatrixProduct):
        return layer.vectors
    return layer.positions if isinstance(layer, Convolution) else 0


def _staged(graph: Graph, rulings: Sequence[Ruling]) -> list[_Ruled]:
    """Each node with its stage: weights that see about as many positions lie together.

    A new one begins where that number halves or doubles and none of the next three layers returns;
    layers with a single position, such as gates of channels, belong to the stage they stand in.
    """
    sizes = [max((_vectors(layer) for layer in r.layers), default=0) for r in rulings]
    counted = [i for i, size in enumerate(sizes) if size > 1]
    first: dict[int, int] = {}  # node -> stage that begins there
    current = stage = 0
    for place, i in enumerate(counted):
        if current and 2 * sizes[i] > current and sizes[i] < 2 * current:
            continue
        ahead = [sizes[j] for j in counted[place + 1 : place + 1 + AHEAD]]
        if current and any(2 * n > current and n < 2 * current for n in ahead):
            continue
        stage, current = stage + 1, sizes[i]
        first[i] = stage
    out, stage = [], 1
    for i, (node, ruling) in enumerate(zip(graph.nodes, rulings, strict=True)):
        stage = first.get(i, stage)
        out.append(_Ruled(node, ruling, stage))
    return out


def _layers(ruled: Sequence[_Ruled], held: int) -> list[Layer]:
    """Weights in their order, those that read the same tensor side by side, then by stage what the
    digital unit does, equal passes together; one buffer for the maps that wait."""
    weights: dict[tuple[int, str], list[Layer]] = {}
    digital: dict[Layer, int] = {}
    for i, r in enumerate(ruled):
        block = f"stage {r.stage}"
        own = [layer.model_copy(update={"block": block}) for layer in r.ruling.layers]
        placed = [layer for layer in own if isinstance(layer, MatrixProduct | Convolution)]
        changing = r.node.changing
        together = changing[0].name if len(placed) == 1 and len(changing) == 1 else f"\0{i}"
        if placed:
            weights.setdefault((r.stage, together), []).extend(placed)
        for layer in own:
            if not isinstance(layer, MatrixProduct | Convolution):
                alike = layer.model_copy(update={"count": 1})
                digital[alike] = digital.get(alike, 0) + layer.count
    out: list[Layer] = []
    for number, ((_, together), layers) in enumerate(weights.items(), 1):
        beside = len(layers) > 1 and not together.startswith("\0")
        for path, layer in enumerate(layers, 1):
            branch = f"{number}.{path}" if beside else None
            out.append(layer.model_copy(update={"branch": branch}))
    out += [layer.model_copy(update={"count": count}) for layer, count in digital.items()]
    if held:
        buffer = Buffer(kind="buffer", name="maps that wait", elements=held, block="stage 1")
        out.append(buffer)
    return out


def _precision(rulings: Sequence[Ruling]) -> tuple[int, int, str | None]:
    """Bits of weights and activations, and what should be said of them."""
    weighted = [r for r in rulings if any(_vectors(layer) for layer in r.layers)]
    weights = {r.weight_bits for r in weighted}
    activations = {r.activation_bits for r in weighted}
    said = []
    for name, found in (("weights", weights), ("activations", activations)):
        if found and found <= {None}:
            said.append(f"{name} are in floating point and priced at {DEFAULT_BITS} bits")
        elif len(found) > 1:
            shown = ", ".join(
                "floating point" if b is None else str(b)
                for b in sorted(found, key=lambda b: b or 99)
            )
            said.append(f"{name} have {shown} bits and are all priced at the most that is whole")
    bits = [max((b for b in found if b), default=DEFAULT_BITS) for found in (weights, activations)]
    return bits[0], bits[1], "; ".join(said).capitalize() or None
