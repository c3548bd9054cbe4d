"""The rule of every operator of ONNX: what it costs, why it costs nothing, or why it is refused."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from cmn_core.errors import FieldError
from cmn_core.models.graph import passes, weights
from cmn_core.models.graph.passes import Rule
from cmn_core.models.graph.ruling import Ruling, Scene
from cmn_core.models.graph.tensors import Graph, Node

MOVED = "only addresses change: whoever reads it pays for the reading"
KNOWN = "made of constants: computed once, before the first inference"
FREE: Mapping[str, str] = {
    **dict.fromkeys(("CenterCropPad", "Concat", "DepthToSpace", "Expand", "Flatten"), MOVED),
    **dict.fromkeys(("Identity", "Pad", "Reshape", "ReverseSequence", "Slice"), MOVED),
    **dict.fromkeys(("SpaceToDepth", "Split", "Squeeze", "Tile", "Transpose", "Unsqueeze"), MOVED),
    **dict.fromkeys(("Shape", "Size"), "sizes are known when the file is read"),
    **dict.fromkeys(("BitCast", "Cast", "CastLike"), "the chip has one format for all activations"),
    "DequantizeLinear": "its scale is part of the scale of the sums that follow",
    "Dropout": "does nothing in inference",
}
PRICED: Mapping[str, Rule] = {
    **dict.fromkeys(("MatMul", "MatMulInteger", "QLinearMatMul"), weights.matmul),
    **dict.fromkeys(("Conv", "ConvInteger", "ConvTranspose"), weights.convolution),
    **dict.fromkeys(("DeformConv", "QLinearConv"), weights.convolution),
    **dict.fromkeys(weights.GATES, weights.recurrent),
    "Gemm": weights.gemm,
    "Einsum": weights.einsum,
    "Attention": weights.attention,
    **dict.fromkeys(passes.SIMPLE, passes.simple),
    **dict.fromkeys(passes.ACTIVATIONS, passes.activation),
    **dict.fromkeys(passes.NORMS, passes.norm),
    **dict.fromkeys(passes.REDUCTIONS, passes.reduction),
    **dict.fromkeys(("LogSoftmax", "Softmax"), passes.softmax),
    **dict.fromkeys(("AveragePool", "LpPool", "MaxPool"), passes.pool),
    **dict.fromkeys(("GridSample", "Resize", "Upsample"), passes.resample),
    **dict.fromkeys(("Gather", "GatherElements", "GatherND"), passes.gather),
    **dict.fromkeys(("Scatter", "ScatterElements", "ScatterND", "TensorScatter"), passes.scatter),
    **dict.fromkeys(("ReduceLogSum", "ReduceLogSumExp"), passes.exponential_sum),
    "BatchNormalization": passes.batch_norm,
    "Col2Im": passes.overlap_add,
    "OneHot": passes.one_hot,
    "RoiAlign": passes.region_pool,
    "SwiGLU": passes.gated,
    "TopK": passes.top_k,
}
OTHER = ("no rule says what it costs", "export the network without it, or end it before it")


def rule_on(node: Node, graph: Graph) -> Ruling:
    """What the node comes to; FieldError that names it where there is no rule."""
    scene = Scene(node, graph)
    if all(t is None or t.fixed for t in node.outputs):
        return Ruling(FREE.get(node.type, KNOWN) if node.changing else KNOWN)
    if node.type in FREE:
        return Ruling(FREE[node.type])
    rule = PRICED.get(node.type)
    if rule is None:
        raise node.refused(*OTHER)
    try:
        return rule(scene)
    except ValidationError as error:
        raise scene.refused(error) from None
    except FieldError:
        raise
    except (ArithmeticError, IndexError, TypeError, ValueError):
        raise node.refused("its sizes do not fit together", "a whole graph is expected") from None
