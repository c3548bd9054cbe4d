"""The quick form of the study of noise."""

from __future__ import annotations

import math
from pathlib import Path

from tests.studies.appendices.quick import quick, rows


def test_noise(tmp_path: Path) -> None:
    result = quick("noise", tmp_path)
    assert result.settings["data"] == "generated scenes"
    (largest,) = rows(result, who="0", kind="none")
    assert math.isclose(largest["miou"], 100.0)  # it says itself what is right
    clean = result.summary["searched exact"]
    assert result.summary["searched write 0.05"]["miou"]["mean"] < clean
