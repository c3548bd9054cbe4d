from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cmn_core.models.graph.folding import LARGEST, fold

A = np.array([7, -7, 9], np.int64)


@pytest.mark.parametrize(
    ("kind", "inputs", "settings", "expected"),
    [
        ("Div", [A, np.array(2)], {}, [3, -3, 4]),  # towards zero, not down
        ("Div", [np.float32(1), np.float32(4)], {}, 0.25),
        ("Clip", [A, np.array(0), None], {}, [7, 0, 9]),
        ("Concat", [A, A[:1]], {"axis": 0}, [7, -7, 9, 7]),
        ("Gather", [A, np.array(-1)], {}, 9),
        ("Slice", [A, [1], [99]], {}, [-7, 9]),
        ("Slice", [A, [-1], [-99], [0], [-1]], {}, [9, -7, 7]),
        ("Slice", [A], {"starts": [0], "ends": [2]}, [7, -7]),
        ("Unsqueeze", [A, [0]], {}, [[7, -7, 9]]),
        ("Unsqueeze", [A], {"axes": [1]}, [[7], [-7], [9]]),
        ("Squeeze", [A[None]], {}, [7, -7, 9]),
        ("ReduceProd", [A], {"keepdims": 0}, -441),
        ("Where", [A > 0, A, np.zeros(3, np.int64)], {}, [7, 0, 9]),
        ("Range", [np.array(1), np.array(7), np.array(2)], {}, [1, 3, 5]),
        ("Cast", [A], {"to": 1}, [7.0, -7.0, 9.0]),
        ("Reshape", [A, [0, 1]], {}, [[7], [-7], [9]]),
        ("NonZero", [np.array([0, 3, 4])], {}, [[1, 2]]),
    ],
)
def test_arithmetic_on_sizes_is_that_of_onnx(
    kind: str, inputs: Any, settings: Any, expected: Any
) -> None:
    found = fold(kind, inputs, settings, [np.size(expected)])
    assert np.array_equal(found, expected)


@pytest.mark.parametrize(
    ("kind", "inputs", "made"),
    [
        ("Div", [A, np.array(0)], 3),
        ("MatMul", [A, A], 1),  # no arithmetic on sizes
        ("Expand", [A, [10**9, 3]], LARGEST + 1),
        ("Tile", [A, [10**9]], None),
        ("Range", [np.array(0), np.array(10**12), np.array(1)], None),
        ("Gather", [A, np.array(99)], 1),
        ("Add", [A, np.zeros(2)], 3),
    ],
)
def test_what_cannot_be_followed_or_would_grow_has_no_value(
    kind: str, inputs: Any, made: int | None
) -> None:
    assert fold(kind, inputs, {}, [made]) is None
