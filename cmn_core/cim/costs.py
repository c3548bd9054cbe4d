"""Results of pricing as named arrays: costs of blocks on one technology, totals of a chip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cmn_core.arrays import Floats, Ints

PJ_PER_UW_NS = 1e-3


@dataclass(frozen=True, eq=False)
class BlockCosts:
    """Costs on one technology, [..., 4]: the encoder blocks, and the share of "other" of each.

    energy_pj holds the leakage over the block's own latency; `standby_uw` is what goes on leaking
    for the rest of the image, which only `combine` knows. sigma_rel: relative rms output error
    of analog arrays (ADC, cells, wires), 0 for digital ones.
    interval_ns: longest time that one of the block's resources is busy for an image, which bounds
    the throughput of a chip that works on several images at once.
    parts: with detail, {"energy_pj" | "latency_ns" | "area_um2": {part: [..., 4]}} of the blocks,
    and the same under "other_..." of their shares of other; under "error" the error variance over
    signal variance of the products of a block by "cells" and "wires", of which sigma_rel is made.
    experts_ns: of portions, what the experts take of latency_ns.
    """

    energy_pj: Floats
    latency_ns: Floats
    area_um2: Floats
    array_mb: Floats
    standby_uw: Floats
    macs: Floats
    other_energy_pj: Floats
    other_latency_ns: Floats
    other_area_um2: Floats
    other_array_mb: Floats
    other_standby_uw: Floats
    other_macs: Floats
    interval_ns: Floats
    sigma_rel: Floats
    parts: Mapping[str, Mapping[str, Floats]] = field(default_factory=dict)
    experts_ns: Floats | None = None

    def at(self, index: int) -> BlockCosts:
        """The costs at one place of the first leading axis."""
        parts = {n: {p: v[index] for p, v in table.items()} for n, table in self.parts.items()}
        return BlockCosts(**{n: getattr(self, n)[index] for n in FIELDS}, parts=parts)


FIELDS = tuple(n for n in BlockCosts.__dataclass_fields__ if n not in ("parts", "experts_ns"))


@dataclass(frozen=True, eq=False)
class ChipCost:
    """Totals of a chip, [...]; sigma_rel [..., 4].

    tops_per_mm2: 2 x MACs of the image over latency and area, at the workload's precision: what the
    chip does on this network, not a peak. interval_us: time between two images when every matrix,
    and every block's digital unit, works on an image of its own (pipelined throughput).
    """

    energy_uj: Floats
    latency_us: Floats
    area_mm2: Floats
    array_mb: Floats
    sigma_rel: Floats
    tops_per_mm2: Floats
    interval_us: Floats

    def at(self, index: int | Ints) -> ChipCost:
        """The totals at one place, or several, of the first leading axis."""
        return ChipCost(**{name: values[index] for name, values in vars(self).items()})
