"""An ONNX graph node by node: shapes inferred, constants followed, nothing executed.

Each node's shapes come from the onnx package's own inference with what is known of its inputs, so
an exporter's arithmetic on sizes (Shape, Gather, Concat, Reshape) ends in numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
import onnx
from onnx import defs, helper, numpy_helper, shape_inference

from cmn_core.errors import FieldError, nearest
from cmn_core.models.graph.dims import unsized
from cmn_core.models.graph.folding import LARGEST, TYPES, fold
from cmn_core.models.graph.functions import MAX_NESTED, MAX_NODES, written_out
from cmn_core.models.graph.tensors import CURES, Graph, Node, Tensor, refused_node

MAX_ELEMENTS = 2**40  # of a tensor
FIXED_SIZES = "export it with fixed sizes and folded constants"
ONE_FILE = "a network without that, exported with the optimiser of ONNX alone, is expected"
OWN = ("", "ai.onnx")


def trace(serialised: bytes, name: str, dims: Mapping[str, int]) -> Graph:
    """The graph of a serialised ModelProto with every shape known.

    dims: a size for each name of a dynamic dimension; name: of the file, for refusals
    """
    try:
        model = onnx.ModelProto.FromString(serialised)
    except Exception:  # protobuf has an error of its own that only it can name
        raise FieldError(name, "no ONNX file, or part of one", "ONNX is expected") from None
    opsets = {"" if o.domain in OWN else o.domain: o.version for o in model.opset_import}
    if "" not in opsets or not model.graph.node:
        raise FieldError(name, "no graph of ONNX operators", "an ONNX file is expected")
    newest = defs.onnx_opset_version()
    if not 1 <= opsets[""] <= newest:
        found, allowed = f"operator set {opsets['']}", f"operator sets to {newest} are read"
        raise FieldError(name, found, allowed)
    return _Tracer(written_out(model, name), opsets, dims, name).graph()


class _Tracer:
    def __init__(
        self, model: Any, opsets: Mapping[str, int], dims: Mapping[str, int], name: str
    ) -> None:
        self.model, self.opsets, self.dims, self.name = model, opsets, dims, name
        self.known: dict[str, Tensor] = {}
        self.nodes: list[Node] = []
        self.asked: set[str] = set()

    def graph(self) -> Graph:
        graph = self.model.graph
        self._constants(graph)
        inputs = tuple(self._input(i) for i in graph.input if i.name not in self.known)
        if unused := sorted(set(self.dims) - self.asked):
            near = nearest(unused[0], self.asked)
            allowed = f"{near}dimensions are {', '.join(sorted(self.asked)) or 'all fixed'}"
            raise FieldError("dim", f"found '{unused[0]}'", allowed)
        self.known.update((tensor.name, tensor) for tensor in inputs)
        self._declared = {v.name: v.type for v in (*graph.value_info, *graph.output)}
        self._run(graph.node, 0)
        readers: Counter[str] = Counter()
        makers: dict[str, Node] = {}
        for node in self.nodes:
            readers.update({t.name for t in node.inputs if t is not None})
            makers.update((t.name, node) for t in node.outputs if t is not None)
        outputs = tuple(o.name for o in graph.output)
        for output in outputs:
            if output not in self.known:
                raise FieldError(f"output '{output}'", "nothing makes it", "a whole graph")
            readers[output] += 1
        producer = f"{self.model.producer_name} {self.model.producer_version}".strip()
        return Graph(tuple(self.nodes), inputs, outputs, self.opsets[""], producer, readers, makers)

    def _constants(self, graph: Any) -> None:
        for tensor in graph.initializer:
            self.known[tensor.name] = self._constant(tensor, tensor.name)
        for sparse in graph.sparse_initializer:
            name = sparse.values.name
            dense = Tensor(name, tuple(sparse.dims), sparse.values.data_type, fixed=True)
            self.known[name] = self._sized(dense, f"constant '{name}'")

    def _constant(self, proto: Any, name: str) -> Tensor:
        """A constant by its shape, with its value where that is small and in the file."""
        tensor = Tensor(name, tuple(proto.dims), proto.data_type, fixed=True)
        tensor = self._sized(tensor, f"constant '{name}'")
        if tensor.elements > LARGEST or proto.data_type not in TYPES:
            return tensor
        filled = proto.raw_data or proto.float_data or proto.int32_data or proto.int64_data
        filled = filled or proto.double_data or proto.uint64_data
        if not filled and tensor.elements:
            return tensor  # its bytes lie outside the file, or were too many for a shape
        try:
            return replace(tensor, value=numpy_helper.to_array(proto))
        except Exception as error:  # whatever a spoilt tensor makes numpy say
            found = f"cannot be read ({error})"
            raise FieldError(f"constant '{name}'", found, "a whole tensor is expected") from None

    def _input(self, proto: Any) -> Tensor:
        """An input of the graph with a size for each of its dimensions."""
        where = f"input '{proto.name}'"
        kind = proto.type.tensor_type
        if proto.type.WhichOneof("value") != "tensor_type" or not kind.HasField("shape"):
            raise FieldError(where, "no tensor of known rank", FIXED_SIZES)
        shape, missing = [], []
        for i, dim in enumerate(kind.shape.dim):
            own = f"{proto.name}.{i}"
            label = dim.dim_param or own
            if dim.WhichOneof("value") == "dim_value" and dim.dim_value > 0:
                if own in self.dims:
                    found = f"found '{own}'"
                    raise FieldError("dim", found, f"it is fixed to {dim.dim_value} in the file")
                shape.append(dim.dim_value)
                continue
            self.asked.update({label, own} & set(self.dims) or {label})
            size = self.dims.get(own, self.dims.get(label))
            if size is None:
                missing.append(label)
            else:
                shape.append(size)
        if missing:
            raise unsized(where, missing)
        return self._sized(Tensor(proto.name, tuple(shape), kind.elem_type), where)

    def _sized(self, tensor: Tensor, where: str) -> Tensor:
        if any(n < 0 for n in tensor.shape) or tensor.elements > MAX_ELEMENTS:
            shape = " x ".join(map(str, tensor.shape))
            allowed = f"tensors of at most {MAX_ELEMENTS:,} elements are priced"
            raise FieldError(where, f"found {shape}", allowed)
        return tensor

    def _run(self, protos: Sequence[Any], depth: int) -> None:
        for i, proto in enumerate(protos):
            if len(self.nodes) >= MAX_NODES:
                raise FieldError(self.name, f"more than {MAX_NODES:,} nodes", "fewer are read")
            label = proto.name or f"{proto.op_type} {i + 1}"
            inputs = []
            for name in proto.input:
                if name and name not in self.known:
                    found = f"nothing before it makes its input '{name}'"
                    cure = "nodes in the order in which they run, without a cycle, are expected"
                    raise refused_node(label, proto.op_type, found, cure)
                inputs.append(self.known[name] if name else None)
            node = Node(label, proto.op_type, self._attributes(proto, label), tuple(inputs), ())
            if node.type in CURES and proto.domain in OWN:
                raise node.refused(*CURES[node.type])
            if proto.op_type == "If" and proto.domain in OWN:
                self._branch(proto, node, depth)
                continue
            node = replace(node, outputs=self._outputs(proto, node))
            for tensor in node.outputs:
                if tensor is not None:
                    self._define(tensor, node)
            self.nodes.append(node)

    def _define(self, tensor: Tensor, node: Node) -> None:
        if tensor.name in self.known:
            raise node.refused(f"'{tensor.name}' is made twice", "each once is expected")
        self.known[tensor.name] = tensor

    def _branch(self, proto: Any, node: Node, depth: int) -> None:
        """An If whose condition is known is its branch."""
        condition = node.input(0).value
        if condition is None or np.size(condition) != 1:
            cure = f"{FIXED_SIZES}, so that its condition is a constant"
            raise node.refused("what it does depends on the data", cure)
        if depth >= MAX_NESTED:
            raise node.refused("graphs in each other too deep", ONE_FILE)
        taken = "then_branch" if np.ravel(condition)[0] else "else_branch"
        graph = node.attributes.get(taken)
        if not isinstance(graph, onnx.GraphProto) or len(graph.output) != len(proto.output):
            raise node.refused(f"no {taken}", "a complete node is expected")
        self._constants(graph)
        self._run(graph.node, depth + 1)
        for inner, outer in zip(graph.output, proto.output, strict=True):
            if inner.name not in self.known:
                raise node.refused(f"'{inner.name}' is missing", "a complete branch is expected")
            if outer and outer != inner.name:
                own = replace(self.known[inner.name], name=outer)
                passed = Node(node.label, "Identity", {}, (self.known[inner.name],), (own,))
                self._define(own, node)
                self.nodes.append(passed)

    def _attributes(self, proto: Any, label: str) -> dict[str, Any]:
        try:
            found = {a.name: helper.get_attribute_value(a) for a in proto.attribute}
        except Exception as error:  # whatever a spoilt attribute makes the package say
            cure = "a whole attribute is expected"
            raise refused_node(label, proto.op_type, f"an attribute ({error})", cure) from None
        if proto.op_type == "ConstantOfShape" and isinstance(found.get("value"), onnx.TensorProto):
            found["value"] = self._constant(found["value"], label).value
        return found

    def _outputs(self, proto: Any, node: Node) -> tuple[Tensor | None, ...]:
        """The tensors that a node makes, each with its shape."""
        if node.type == "Constant" and proto.domain in OWN:
            return (self._stated(proto, node),)
        types = self._inferred(proto, node)
        fixed = all(t is None or t.fixed for t in node.inputs)
        value = self._folded(proto, node, types)
        known = value is not None
        out: list[Tensor | None] = []
        for i, name in enumerate(proto.output):
            if not name:
                out.append(None)
                continue
            kind, shape = types.get(name, (1, None))
            own = value if i == 0 else None
            shape = own.shape if own is not None else shape
            if shape is None:
                raise node.refused(f"the size of '{name}' depends on the data", FIXED_SIZES)
            tensor = Tensor(name, tuple(shape), kind, fixed or known, own, node.moved_bits)
            out.append(self._sized(tensor, f"node '{node.label}' ({node.type})"))
        return tuple(out)

    def _stated(self, proto: Any, node: Node) -> Tensor:
        """What a Constant holds."""
        name, given = proto.output[0] if proto.output else "", node.attributes
        if isinstance(given.get("value"), onnx.TensorProto):
            return self._constant(given["value"], name)
        for key, kind in (("value_int", 7), ("value_ints", 7), ("value_float", 1)):
            if key in given:
                value = np.asarray(given[key], TYPES[kind])
                return Tensor(name, value.shape, kind, True, value)
        for key, kind in (("value_floats", 1), ("value_strings", 8), ("value_string", 8)):
            if key in given:
                return Tensor(name, np.shape(given[key]), kind, fixed=True)
        raise node.refused("no value that is a tensor", ONE_FILE)

    def _inferred(self, proto: Any, node: Node) -> dict[str, tuple[int, tuple[int, ...] | None]]:
        """Element type and shape of each output, None where it stays unknown."""
        domain = "" if proto.domain in OWN else proto.domain
        try:
            schema = defs.get_schema(proto.op_type, self.opsets.get(domain) or 1, domain)
        except defs.SchemaError:
            owner = f"of '{domain}' " if domain else ""
            raise node.refused(f"an operator {owner}that ONNX has not", ONE_FILE) from None
        named = [t for t in node.inputs if t is not None]
        types = {t.name: helper.make_tensor_type_proto(t.kind, t.shape) for t in named}
        data = {
            t.name: numpy_helper.from_array(np.asarray(t.value), t.name)
            for t in named
            if t.value is not None
        }
        try:
            found = shape_inference.infer_node_outputs(
                schema,
                proto,
                types,
                data,
                opset_imports=list(self.model.opset_import),
                ir_version=self.model.ir_version or 8,
            )
        except Exception as error:  # inference has several errors of its own
            reason = str(error).replace("[ShapeInferenceError] ", "")
            raise node.refused(f"its sizes do not fit ({reason})", "a whole graph") from None
        out = {name: _shape(kind) for name, kind in found.items()}
        for name in proto.output:
            if name and out.get(name, (0, None))[1] is None and name in self._declared:
                declared = _shape(self._declared[name])
                if declared[1] is not None:
                    out[name] = declared
        return out

    def _folded(self, proto: Any, node: Node, types: Mapping[str, Any]) -> Any:
        if node.type in ("Shape", "Size"):
            shape = node.input(0).shape
            if node.type == "Size":
                return np.asarray(prod(shape), np.int64)
            ends = node.attributes.get("start", 0), node.attributes.get("end")
            return np.asarray(shape[slice(*ends)], np.int64)
        values = [None if t is None else t.value for t in node.inputs]
        if any(t is not None and v is None for t, v in zip(node.inputs, values, strict=True)):
            return None
        shapes = [types.get(name, (1, None))[1] for name in proto.output]
        made = [None if shape is None else prod(shape) for shape in shapes]
        value = fold(node.type, values, node.attributes, made)
        if value is not None and shapes[0] is not None and value.shape != shapes[0]:
            return None
        return value


def _shape(kind: Any) -> tuple[int, tuple[int, ...] | None]:
    """Element type and shape of a TypeProto; None where a dimension is unknown."""
    tensor = kind.tensor_type
    if kind.WhichOneof("value") != "tensor_type" or not tensor.HasField("shape"):
        return tensor.elem_type, None
    dims = tensor.shape.dim
    if any(d.WhichOneof("value") != "dim_value" for d in dims):
        return tensor.elem_type, None
    return tensor.elem_type, tuple(d.dim_value for d in dims)
