"""Costs of many designs at once on one technology: arrays are [4, ...] inside, [..., 4] outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cmn_core.architecture import SearchSpace
from cmn_core.arrays import Floats
from cmn_core.cim.block.hardware_point import Point
from cmn_core.cim.block.pricer import Pricer
from cmn_core.cim.circuits.cell_error import disturbance
from cmn_core.cim.circuits.macro import build_macro
from cmn_core.cim.costs import BlockCosts
from cmn_core.cim.portion import Portion
from cmn_core.cim.technologies.technology import Knobs, Technology
from cmn_core.cim.workload import Scope, lay_out, spread
from cmn_core.design import Workload


@dataclass(frozen=True, eq=False)
class Setting:
    """What does not vary within a batch."""

    space: SearchSpace
    workload: Workload
    technology: Technology
    scope: Scope
    classes: int


class HardwarePoints:
    """Hardware points of one call or chunk, with what every design on them costs alike."""

    def __init__(
        self,
        setting: Setting,
        replicas: Floats,
        knobs: Knobs,
        lead: tuple[int, ...],
        detail: bool,
    ) -> None:
        # Inside, the block axis comes first: inner loops then run over designs.
        workload, technology = setting.workload, setting.technology
        self.layout = spread(lay_out(setting.space, workload, setting.classes), len(lead))
        self.macro = build_macro(technology, workload, knobs)
        self.cells, self.wires = disturbance(technology, workload.weight_bits, knobs)
        self.point = Point(
            technology,
            workload,
            self.layout,
            self.macro,
            replicas=_blocks_first(replicas, len(lead)),
            disturbed=self.cells + self.wires,
        )
        self.whole = setting.scope == "network"
        self.other = self.point.other(detail) if self.whole else self.point.nothing(detail)

    def parts(
        self,
        lead: tuple[int, ...],
        own: Mapping[str, Mapping[str, Floats]],
        of: tuple[Floats, Floats] | None,
    ) -> dict[str, dict[str, Floats]]:
        """Breakdown of blocks and other, [..., 4]; nothing without detail. of: of portions, share
        of the products and of other that is here, [4, ...]."""
        products, rest = (1.0, 1.0) if of is None else of
        shares = {"cells": products * self.cells, "wires": products * self.wires}
        error = {"error": shares} if own else {}
        shared = self.other.parts.items()
        other = {q: {n: rest * v for n, v in table.items()} for q, table in shared}
        return {
            prefix + quantity: {name: _blocks_last(v, lead) for name, v in table.items()}
            for prefix, parts in (("", {**own, **error}), ("other_", other))
            for quantity, table in parts.items()
        }


def price_batch(
    where: HardwarePoints,
    designs: Mapping[str, Floats],
    lead: tuple[int, ...],
    detail: bool,
) -> dict[str, Any]:
    """Fields of BlockCosts as [4, ...] that broadcast to `lead`, and the parts of the blocks."""
    asked: dict[str, Any] = {
        n: _blocks_first(v, len(lead)) if v.ndim else v for n, v in designs.items()
    }
    layout, other, mb = where.layout, where.other, where.macro.mb
    if "rest" in asked:
        portion = Portion(**{name: asked.pop(name) for name in Portion.__dataclass_fields__})
        return _portion(where, portion, asked, detail)
    pricer = Pricer(where.point, **asked)
    block = pricer.block(detail) if where.whole else pricer.experts_alone(detail)
    macs = layout.expert_macs(asked["experts"], asked["hidden"], asked.get("top_k"))
    return {
        "energy_pj": block.energy_pj,
        "latency_ns": block.latency_ns,
        "area_um2": block.area_um2,
        "array_mb": block.arrays * mb,
        "standby_uw": block.standby_uw,
        "macs": layout.block_macs + macs if where.whole else macs,
        "other_energy_pj": other.energy_pj,
        "other_latency_ns": other.latency_ns,
        "other_area_um2": other.area_um2,
        "other_array_mb": other.arrays * mb,
        "other_standby_uw": other.standby_uw,
        "other_macs": layout.other_macs if where.whole else np.zeros_like(layout.other_macs),
        "interval_ns": np.maximum(
            np.maximum(block.interval_ns, other.interval_ns),
            block.digital_ns + other.digital_ns,  # the digital unit serves both
        ),
        "sigma_rel": pricer.sigma(),
        "parts": block.parts,
    }


def _portion(
    where: HardwarePoints, portion: Portion, asked: dict[str, Any], detail: bool
) -> dict[str, Any]:
    """`price_batch` of what of the blocks is here."""
    layout, other, mb, rest = where.layout, where.other, where.macro.mb, portion.rest
    pricer = Pricer(where.point, portion=portion, **asked)
    block = pricer.portion(portion, detail)
    macs = layout.expert_macs(asked["experts"], asked["hidden"], asked.get("top_k"))
    digital_ns = block.digital_ns + rest * other.digital_ns
    return {
        "energy_pj": block.energy_pj,
        "latency_ns": block.latency_ns,
        "area_um2": block.area_um2,
        "array_mb": block.arrays * mb,
        "standby_uw": block.standby_uw,
        "macs": rest * (layout.block_macs + macs),
        "other_energy_pj": rest * other.energy_pj,
        "other_latency_ns": rest * other.latency_ns,
        "other_area_um2": rest * other.area_um2,
        "other_array_mb": rest * (other.arrays * mb),
        "other_standby_uw": rest * other.standby_uw,
        "other_macs": rest * layout.other_macs,
        "interval_ns": np.maximum(
            np.maximum(block.interval_ns, rest * other.interval_ns), digital_ns
        ),
        "sigma_rel": pricer.portion_sigma(portion),
        "experts_ns": pricer.experts_ns,
        "parts": block.parts,
        "rest": (pricer.products(portion), rest),
    }


def costs_of(
    values: Mapping[str, Floats],
    lead: tuple[int, ...],
    parts: Mapping[str, Mapping[str, Floats]],
) -> BlockCosts:
    known: dict[str, Any] = {n: _blocks_last(v, lead) for n, v in values.items()}
    return BlockCosts(**known, parts=parts)


def _blocks_first(values: Floats, axes: int) -> Floats:
    """[..., 4] -> [4, ...], contiguous, with all leading axes."""
    shape = (1,) * (axes + 1 - values.ndim) + values.shape
    return np.ascontiguousarray(np.moveaxis(values.reshape(shape), -1, 0))


def _blocks_last(values: Floats, lead: tuple[int, ...]) -> Floats:
    """[4, ...] -> [..., 4], a view."""
    whole = (4, *lead)
    full = values if values.shape == whole else np.broadcast_to(values, whole)
    return full.transpose(*range(1, len(whole)), 0)
