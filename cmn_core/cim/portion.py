"""Blocks whose experts lie on two memories: what of a block each memory holds, and the whole again.

A portion is priced like a block on its memory. Both share copies and work side by side: the time of
the experts is that of the slower portion. The rest of the block (attention, router, digital unit,
share of other) lies with one of them. The wires there are as long as if all experts lay there too,
and what an expert on the other memory takes and gives passes through them besides its own. So a
block in two portions on one and the same macro never costs less than as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from cmn_core.arrays import Bools, Floats
from cmn_core.cim.costs import FIELDS, PJ_PER_UW_NS, BlockCosts

Parts = Mapping[str, Mapping[str, Floats]]


@dataclass(frozen=True, eq=False)
class Portion:
    """What of each block [..., 4] lies on one memory.

    resident: experts; held: experts of a token there, on average; pace: share of the tokens that
    the busiest of them gets; rest: 1.0 where the rest of the block lies there too, else 0.0;
    passing: experts of a token on the other memory, where the rest is here, on average.
    """

    resident: Floats
    held: Floats
    pace: Floats
    rest: Floats
    passing: Floats


def portions(
    loads: ArrayLike, here: ArrayLike, rest: ArrayLike, busiest: ArrayLike = 1.0
) -> tuple[Portion, Portion]:
    """What lies here, and what lies on the other memory.

    loads: [..., 4, E] share of the tokens of each expert, 0 for one that a block does not have,
    which is none of `here` [..., 4, E]; rest: [..., 4] whether the rest of the block lies here;
    busiest: [..., 4] share of the tokens of the busiest expert in the worst layer. The worst layer
    is taken to load every expert as much above its mean as the busiest one.
    """
    load, mine = np.asarray(loads, dtype=np.float64), np.asarray(here, dtype=np.bool_)
    with_rest = np.asarray(rest, dtype=np.bool_)
    worst, most = np.asarray(busiest, dtype=np.float64), load.max(axis=-1)
    exists = load > 0.0
    used = load.sum(axis=-1)
    held = np.where(mine, load, 0.0).sum(axis=-1)
    held = np.where((mine == exists).all(axis=-1), used, held)

    def portion(experts: Bools, own: Floats, owner: Bools) -> Portion:
        busy = np.where(experts, load, 0.0).max(axis=-1)
        return Portion(
            resident=experts.sum(axis=-1).astype(np.float64),
            held=own,
            pace=worst * (busy / most),
            rest=owner.astype(np.float64),
            passing=np.where(owner, used - own, 0.0),
        )

    return portion(mine, held, with_rest), portion(exists & ~mine, used - held, ~with_rest)


def settled(first: BlockCosts, second: BlockCosts) -> tuple[BlockCosts, BlockCosts]:
    """Two portions of the same blocks whose latencies add up: the experts of the quicker one take
    no time of their own."""
    assert first.experts_ns is not None and second.experts_ns is not None
    first_waits = first.experts_ns < second.experts_ns
    return _hidden(first, first_waits), _hidden(second, ~first_waits)


def merged(first: BlockCosts, second: BlockCosts) -> BlockCosts:
    """Two settled portions as one block, parts left out."""
    out = {name: getattr(first, name) + getattr(second, name) for name in FIELDS}
    # Each holds what it leaks over its own latency; the block holds it over both.
    leak = first.standby_uw * second.latency_ns + second.standby_uw * first.latency_ns
    out["energy_pj"] = out["energy_pj"] + PJ_PER_UW_NS * leak
    leak = first.other_standby_uw * second.other_latency_ns
    leak = leak + second.other_standby_uw * first.other_latency_ns
    out["other_energy_pj"] = out["other_energy_pj"] + PJ_PER_UW_NS * leak
    out["interval_ns"] = np.maximum(first.interval_ns, second.interval_ns)
    out["sigma_rel"] = np.sqrt(np.square(first.sigma_rel) + np.square(second.sigma_rel))
    return BlockCosts(**out)


def _hidden(costs: BlockCosts, waits: Bools) -> BlockCosts:
    """The portion with the time of its experts left out where it waits for the other one."""
    assert costs.experts_ns is not None
    spared = np.where(waits, costs.experts_ns, 0.0)
    leak = PJ_PER_UW_NS * costs.standby_uw * spared
    parts = {name: dict(table) for name, table in costs.parts.items()}
    if parts:
        times, energies = parts["latency_ns"], parts["energy_pj"]
        times["experts"] = times["experts"] - spared
        energies["leakage"] = energies["leakage"] - leak
    return replace(
        costs,
        latency_ns=costs.latency_ns - spared,
        energy_pj=costs.energy_pj - leak,
        experts_ns=costs.experts_ns - spared,
        parts=parts,
    )
