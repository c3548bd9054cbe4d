"""Layers and chips that several tests price."""

from __future__ import annotations

from collections.abc import Callable

from cmn_core.models.chip import Chip, uniform, with_macros
from cmn_core.models.cost import ModelCost
from cmn_core.models.layers import Model

Build = Callable[..., Model]
TOTALS = ("energy_pj", "latency_ns", "balanced_ns", "area_um2", "arrays", "array_mb", "sigma_rel")
PRODUCT = {"kind": "product", "k": 300, "n": 20, "vectors": 7}
FFN = {"kind": "ffn", "width": 64, "hidden": 96, "tokens": 50, "experts": 4, "top_k": 2}


def default(memory: str) -> Chip:
    return with_macros(Chip(uniform(memory)))


def dynamic_pj(cost: ModelCost) -> float:
    return float(cost.energy_pj - cost.leakage_pj)
