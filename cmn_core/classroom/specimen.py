"""The network and hardware that all lessons look at: medium size, default macros."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cmn_core.architecture import MAX_EXPERTS, SPACES, Architecture
from cmn_core.cim.chip import price
from cmn_core.cim.costs import BlockCosts
from cmn_core.cim.technologies.technology import load_technology
from cmn_core.design import Design, Hardware, Workload

SPACE = SPACES["b0"]
EXPERTS = (2, 2, 2, 2)
HIDDEN = (64, 128, 320, 512)
ONE_COPY = (1, 1, 1, 1)
WORKLOAD = Workload()
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the way from HIDDEN to the largest network


def specimen(memory: str) -> Design:
    """The lessons' design on one memory; macros are left to the defaults."""
    hardware = Hardware((memory, memory, memory, memory))
    return Design(Architecture(EXPERTS, HIDDEN), hardware=hardware)


def growing(memory: str) -> Iterator[Design]:
    """The specimen, and networks from it towards the largest: wider experts first, then more."""
    hardware = Hardware((memory, memory, memory, memory))
    for count in range(EXPERTS[0], MAX_EXPERTS + 1):
        for share in SHARES if count == EXPERTS[0] else SHARES[1:]:
            ends = zip(HIDDEN, SPACE.max_hidden, strict=True)
            a, b, c, d = (round(low + share * (high - low)) for low, high in ends)
            network = Architecture((count, count, count, count), (a, b, c, d))
            yield Design(network, hardware=hardware)


def priced(
    memory: str,
    *,
    experts: Any = EXPERTS,
    knobs: Mapping[str, Any] | None = None,
    scope: Any = "network",
    detail: bool = False,
    workload: Workload = WORKLOAD,
) -> BlockCosts:
    """`chip.price` of the specimen, [..., 4]. knobs: what differs from the default macro; [...]."""
    technology = load_technology(memory)
    return price(
        SPACE,
        workload,
        technology,
        experts=experts,
        hidden=HIDDEN,
        knobs={**technology.default, **(knobs or {})},
        replicas=ONE_COPY,
        scope=scope,
        detail=detail,
    )
