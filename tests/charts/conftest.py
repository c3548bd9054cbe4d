"""Hand-made designs for the charts."""

from __future__ import annotations

from typing import Any

import pytest

from cmn_core.architecture import Architecture
from cmn_core.design import Design, Hardware


def make_design(
    experts: tuple[int, ...] = (2, 5, 3, 2),
    hidden: tuple[int, ...] = (97, 99, 258, 671),
    memory: Any = "rram",
    **metrics: float | None,
) -> Design:
    values = {"energy_uj": 900.0, "latency_us": 4000.0, "area_mm2": 20.0, "miou": 14.0}
    values |= {"miou_low": 13.5, "miou_high": 14.5, "array_mb": 8.0, "weights_mb": 4.0}
    return Design(
        Architecture(experts, hidden),  # type: ignore[arg-type]
        hardware=Hardware.placed((memory,) * 4 if isinstance(memory, str) else memory),
        metrics={**values, **metrics},
    )


@pytest.fixture
def design() -> Any:
    return make_design
