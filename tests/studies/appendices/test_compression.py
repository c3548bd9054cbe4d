"""The quick form of the study of compression."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.studies.appendices.quick import quick, rows


@pytest.mark.slow
def test_compression(tmp_path: Path) -> None:
    result = quick("compression", tmp_path)
    (exact,) = rows(result, part="exact")
    assert math.isclose(exact["miou"], 100.0)
    eight, two = (rows(result, part="ptq", bits=b)[0]["miou"] for b in (8, 2))
    assert two < eight < 100.0
    (student,) = rows(result, part="kd")
    assert student["hidden"] == [64, 128, 320, 512]
    assert "our choice" in student["note"]
    assert len(result.summary["lines"]) == len(rows(result, part="tables")) == 16
