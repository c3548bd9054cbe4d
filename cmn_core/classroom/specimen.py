"""The network and hardware that all lessons look at: medium size, default macros."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmn_core.architecture import SPACES, Architecture
from cmn_core.cim.chip import price
from cmn_core.cim.costs import BlockCosts
from cmn_core.cim.technology import load_technology
from cmn_core.design import Design, Hardware, Workload

SPACE = SPACES["b0"]
EXPERTS = (2, 2, 2, 2)
HIDDEN = (64, 128, 320, 512)
ONE_COPY = (1, 1, 1, 1)


def specimen(memory: str) -> Design:
    """The lessons' design on one memory; macros are left to the defaults."""
    hardware = Hardware((memory, memory, memory, memory))
    return Design(Architecture(EXPERTS, HIDDEN), hardware=hardware)


def priced(
    memory: str,
    *,
    experts: Any = EXPERTS,
    knobs: Mapping[str, Any] | None = None,
    scope: Any = "network",
    detail: bool = False,
) -> BlockCosts:
    """`chip.price` of the specimen, [..., 4]. knobs: what differs from the default macro; [...]."""
    technology = load_technology(memory)
    return price(
        SPACE,
        Workload(),
        technology,
        experts=experts,
        hidden=HIDDEN,
        knobs={**technology.default, **(knobs or {})},
        replicas=ONE_COPY,
        scope=scope,
        detail=detail,
    )
