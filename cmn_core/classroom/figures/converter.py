"""What the resolution of its ADCs does to an RRAM chip: output error against energy and time."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from cmn_core.cim.chip import combine
from cmn_core.classroom.specimen import priced
from cmn_core.classroom.texts import FOLDER

BITS = tuple(range(2, 11))


@dataclass(frozen=True)
class Resolution:
    """One ADC resolution on the whole chip; sigma_rel: relative output error of the worst block."""

    adc_bits: int
    sigma_rel: float
    energy_uj: float
    latency_us: float


def resolutions(active_rows: int) -> list[Resolution]:
    """Every resolution of BITS on the specimen, with that many rows summed per read (1 to 128)."""
    bits = np.array(BITS, dtype=np.float64)
    costs = priced("rram", knobs={"adc_bits": bits, "active_rows": float(active_rows)})
    chip = combine({"rram": costs}, [True] * 4)
    sigma = np.broadcast_to(costs.sigma_rel, (len(BITS), 4)).max(axis=-1)
    columns = (sigma, chip.energy_uj, chip.latency_us)
    return [
        Resolution(b, float(s), float(e), float(t))
        for b, s, e, t in zip(BITS, *columns, strict=True)
    ]


def measured_miou(sigma_rel: float) -> float:
    """mIoU (percent) that the largest network keeps under an output error, between measured ones.

    Beyond the largest error measured: what was left there.
    """
    table = measured()
    return float(np.interp(sigma_rel, table["sigma_rel"], table["miou"]))


@cache
def measured() -> dict[str, Any]:
    """sigma_rel, miou (percent), source: assets/learn/output_error.toml."""
    return tomllib.loads((FOLDER / "output_error.toml").read_text(encoding="utf-8"))
