"""What an answer says beyond `evaluate`: the routing that was measured beside its upper bound."""

from __future__ import annotations

import pytest

from cmn_core.architecture import Architecture
from cmn_core.design import Design, Workload
from cmn_core.whatif.answer import answer

NETWORK = Architecture((2, 3, 4, 5), (64, 128, 256, 512))


def test_top_1_is_faster_as_routed_than_at_worst() -> None:
    values = answer(Design(NETWORK, workload=Workload(top_k=1))).values
    assert values["busiest"] == [1.0] * 4
    routed = values["as_routed"]
    assert 0.5 < routed["latency_us"] / values["latency_us"] < 1.0
    assert 0.5 < routed["energy_uj"] / values["energy_uj"] <= 1.0


@pytest.mark.parametrize("top_k", [None, 5])
def test_dense_routing_has_one_latency(top_k: int | None) -> None:
    values = answer(Design(NETWORK, workload=Workload(top_k=top_k))).values
    assert "as_routed" not in values
    assert "busiest" not in values
