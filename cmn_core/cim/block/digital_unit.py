"""The digital unit of a block: whatever has no resident weights to multiply with.

Attention scores and their product with the values have two operands that change per image, and
rewriting RRAM per token is ruled out by its endurance; softmax, norm, GELU, router and gating, the
depthwise convolution and the decoder's enlarging run here too. One unit stands beside the arrays of
each block, is the same on either technology and is not copied by replicas.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cmn_core.arrays import Floats
from cmn_core.cim.circuits import components as part
from cmn_core.cim.circuits.conditions import heat
from cmn_core.cim.technologies.technology import Technology
from cmn_core.cim.workload import DEPTHWISE_TAPS, Layout, routed
from cmn_core.design import Workload


@dataclass(frozen=True, eq=False)
class DigitalUnit:
    """Fixed energy and time [4, ...] of block and other; slopes per router MAC and GELU element."""

    block_pj: Floats
    block_ns: Floats
    other_pj: Floats
    other_ns: Floats
    elements: Floats
    positions: Floats
    router_pj: float
    gelu_pj: float
    router_ns: float
    gelu_ns: float
    area_um2: float
    leakage_uw: float

    def experts(self, experts: Floats, active: Floats, hidden: Floats) -> tuple[Floats, Floats]:
        """Energy and time [4, ...] of router, gating and GELU for `active` experts per token."""
        router = self.elements * routed(experts, active)
        gelu = self.positions * (active * hidden)
        return (
            router * self.router_pj + gelu * self.gelu_pj,
            router * self.router_ns + gelu * self.gelu_ns,
        )


@lru_cache(maxsize=256)
def digital_unit(technology: Technology, workload: Workload, layout: Layout) -> DigitalUnit:
    """The unit that stands beside the arrays for that workload; it runs at the nominal supply."""
    a_bits, w_bits = workload.activation_bits, workload.weight_bits
    mac_pj = part.digital_mac_pj(technology, a_bits, a_bits)
    weight_pj = part.digital_mac_pj(technology, w_bits, a_bits)
    lanes, clock_ghz = technology.value("digital_lanes"), technology.value("digital_clock_ghz")
    mac_ns = 1.0 / (lanes * clock_ghz)
    norm = technology.value("norm_macs")
    gelu = technology.value("gelu_macs")
    reduced = layout.depth * layout.kv_tokens * layout.width * layout.reduced
    plain = layout.attention_macs + technology.value("softmax_macs") * layout.scores
    plain = plain + norm * (2.0 * layout.elements + reduced)
    depthwise = DEPTHWISE_TAPS * layout.elements
    maps = 2.0 * norm * layout.tokens * layout.width  # after patch embedding and after the block
    maps = maps + technology.value("upsample_macs") * layout.resampled
    bits = max(a_bits, w_bits)
    area = lanes * part.digital_lane_um2(technology, a_bits, bits)
    return DigitalUnit(
        block_pj=plain * mac_pj + depthwise * weight_pj,
        block_ns=(plain + depthwise) * mac_ns,
        other_pj=maps * mac_pj,
        other_ns=maps * mac_ns,
        elements=layout.elements,
        positions=layout.depth * layout.tokens,
        router_pj=weight_pj,
        gelu_pj=gelu * mac_pj,
        router_ns=mac_ns,
        gelu_ns=gelu * mac_ns,
        area_um2=area,
        leakage_uw=heat(technology, workload) * area * technology.value("leakage_uw_per_um2"),
    )
