"""Arithmetic on shapes: what exporters compute from the sizes of tensors, followed on small arrays.

Only the operators below, on arrays of at most LARGEST elements whose result is known to be small:
nothing of a file runs. Integer division cuts towards zero, as ONNX has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

LARGEST = 8192
Array = Any  # numpy.ndarray of whatever type the file has
Arrays = Sequence[Any]  # None for one left out
Attributes = Mapping[str, Any]

# Element types of onnx.TensorProto that shapes, axes and masks are written in.
TYPES: Mapping[int, Any] = {
    1: np.float32,
    2: np.uint8,
    3: np.int8,
    5: np.int16,
    6: np.int32,
    7: np.int64,
    9: np.bool_,
    10: np.float16,
    11: np.float64,
    12: np.uint32,
    13: np.uint64,
}


def fold(kind: str, inputs: Arrays, attributes: Attributes, made: Sequence[int | None]) -> Any:
    """Value of the first output, or None where it cannot be followed.

    inputs: None for one left out; made: elements of the outputs as inferred, None where unknown
    """
    rule = _RULES.get(kind)
    elements = made[0] if made else None
    if rule is None or (elements is not None and elements > LARGEST):
        return None
    if elements is None and kind in _GROWING:
        return None
    try:
        with np.errstate(all="ignore"):
            value = np.asarray(rule(inputs, attributes))
    except (ArithmeticError, IndexError, KeyError, MemoryError, TypeError, ValueError):
        return None
    return value if value.size <= LARGEST else None


def _axes(inputs: Arrays, attributes: Attributes) -> list[int] | None:
    """Axes of (un)squeezing and reducing: an input since opset 13, an attribute before."""
    if len(inputs) > 1 and inputs[1] is not None:
        return [int(axis) for axis in np.ravel(inputs[1])]
    axes = attributes.get("axes")
    return None if axes is None else [int(axis) for axis in axes]


def _divide(inputs: Arrays, _: Attributes) -> Array:
    a, b = np.asarray(inputs[0]), np.asarray(inputs[1])
    if a.dtype.kind == "f":
        return a / b
    if (b == 0).any():
        raise ZeroDivisionError
    return (np.sign(a) * np.sign(b) * (np.abs(a) // np.abs(b))).astype(a.dtype)


def _slice(inputs: Arrays, attributes: Attributes) -> Array:
    data = np.asarray(inputs[0])
    given: list[Any] = [inputs[i] if len(inputs) > i else None for i in range(1, 5)]
    for i, name in enumerate(("starts", "ends", "axes")):
        if given[i] is None and name in attributes:
            given[i] = np.asarray(attributes[name])
    starts, ends, axes, steps = given
    where = range(np.size(starts)) if axes is None else np.ravel(axes)
    index: list[slice] = [slice(None)] * data.ndim
    by = np.ones(np.size(starts), dtype=np.int64) if steps is None else np.ravel(steps)
    for axis, start, end, step in zip(where, np.ravel(starts), np.ravel(ends), by, strict=True):
        stop = None if step < 0 and end < -data.shape[axis] else int(end)
        index[int(axis)] = slice(int(start), stop, int(step))
    return data[tuple(index)]


def _unsqueeze(inputs: Arrays, attributes: Attributes) -> Array:
    data, axes = np.asarray(inputs[0]), _axes(inputs, attributes) or []
    rank = data.ndim + len(axes)
    for axis in sorted(a % rank for a in axes):
        data = np.expand_dims(data, axis)
    return data


def _squeeze(inputs: Arrays, attributes: Attributes) -> Array:
    axes = _axes(inputs, attributes)
    return np.squeeze(inputs[0], None if axes is None else tuple(axes))


def _reduce(function: Callable[..., Array]) -> Callable[[Arrays, Attributes], Array]:
    def reduced(inputs: Arrays, attributes: Attributes) -> Array:
        axes = _axes(inputs, attributes)
        keep = bool(attributes.get("keepdims", 1))
        return function(inputs[0], axis=None if axes is None else tuple(axes), keepdims=keep)

    return reduced


def _reshape(inputs: Arrays, _: Attributes) -> Array:
    data, wanted = np.asarray(inputs[0]), [int(n) for n in np.ravel(inputs[1])]
    return data.reshape([data.shape[i] if n == 0 else n for i, n in enumerate(wanted)])


def _filled(inputs: Arrays, attributes: Attributes) -> Array:
    value = attributes.get("value")
    return np.full([int(n) for n in np.ravel(inputs[0])], 0.0 if value is None else value[0])


def _clip(inputs: Arrays, attributes: Attributes) -> Array:
    """Limits are inputs since opset 11, attributes before."""
    low, high = (
        inputs[i] if len(inputs) > i else attributes.get(name)
        for i, name in ((1, "min"), (2, "max"))
    )
    return np.asarray(inputs[0]) if low is None and high is None else np.clip(inputs[0], low, high)


def _both(function: Callable[..., Array]) -> Callable[[Arrays, Attributes], Array]:
    return lambda inputs, _: function(inputs[0], inputs[1])


def _one(function: Callable[[Array], Array]) -> Callable[[Arrays, Attributes], Array]:
    return lambda inputs, _: function(inputs[0])


def _many(function: Callable[[Array, Array], Array]) -> Callable[[Arrays, Attributes], Array]:
    def folded(inputs: Arrays, _: Attributes) -> Array:
        value = inputs[0]
        for other in inputs[1:]:
            value = function(value, other)
        return value

    return folded


def _cast(inputs: Arrays, attributes: Attributes) -> Array:
    return np.asarray(inputs[0]).astype(TYPES[attributes["to"]])


_GROWING = ("ConstantOfShape", "Expand", "Range", "Tile")
_RULES: Mapping[str, Callable[[Arrays, Attributes], Array]] = {
    "Abs": _one(np.abs),
    "Add": _both(np.add),
    "And": _both(np.logical_and),
    "Cast": _cast,
    "Ceil": _one(np.ceil),
    "Clip": _clip,
    "Concat": lambda inputs, a: np.concatenate([np.asarray(i) for i in inputs], axis=a["axis"]),
    "ConstantOfShape": _filled,
    "Div": _divide,
    "Equal": _both(np.equal),
    "Expand": lambda i, _: np.asarray(i[0]) * np.ones([int(n) for n in i[1]], i[0].dtype),
    "Floor": _one(np.floor),
    "Gather": lambda i, a: np.take(i[0], np.asarray(i[1]).astype(np.int64), a.get("axis", 0)),
    "Greater": _both(np.greater),
    "GreaterOrEqual": _both(np.greater_equal),
    "Identity": _one(np.asarray),
    "Less": _both(np.less),
    "LessOrEqual": _both(np.less_equal),
    "Max": _many(np.maximum),
    "Min": _many(np.minimum),
    "Mod": lambda i, a: (np.fmod if a.get("fmod", 0) else np.mod)(i[0], i[1]),
    "Mul": _both(np.multiply),
    "Neg": _one(np.negative),
    "NonZero": lambda inputs, _: np.array(np.nonzero(inputs[0]), dtype=np.int64),
    "Not": _one(np.logical_not),
    "Or": _both(np.logical_or),
    "Pow": _both(np.power),
    "Range": lambda i, _: np.arange(i[0].item(), i[1].item(), i[2].item(), dtype=i[0].dtype),
    "ReduceMax": _reduce(np.max),
    "ReduceMin": _reduce(np.min),
    "ReduceProd": _reduce(np.prod),
    "ReduceSum": _reduce(np.sum),
    "Reshape": _reshape,
    "Round": _one(np.round),
    "Sign": _one(np.sign),
    "Slice": _slice,
    "Sqrt": _one(np.sqrt),
    "Squeeze": _squeeze,
    "Sub": _both(np.subtract),
    "Tile": lambda i, _: np.tile(i[0], [int(n) for n in i[1]]),
    "Transpose": lambda i, a: np.transpose(i[0], a.get("perm")),
    "Unsqueeze": _unsqueeze,
    "Where": lambda inputs, _: np.where(inputs[0], inputs[1], inputs[2]),
}
