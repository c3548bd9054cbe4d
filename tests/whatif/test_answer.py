"""What an answer says beyond `evaluate`: the routing that was measured beside its upper bound."""

from __future__ import annotations

import pytest

from cmn_core.architecture import Architecture
from cmn_core.design import Design, Workload
from cmn_core.predictor.routing import load_routing
from cmn_core.search.scoring.evaluation import evaluate_complete
from cmn_core.whatif.answer import answer

NETWORK = Architecture((2, 3, 4, 5), (64, 128, 256, 512))


def test_top_1_is_faster_as_routed_than_at_worst() -> None:
    found = answer(Design(NETWORK, workload=Workload(top_k=1)))
    assert found.load is not None
    assert found.load.share == (1.0,) * 4
    routed = found.cost.as_routed
    assert routed is not None
    assert 0.5 < routed["latency_us"] / found.cost.latency_us < 1.0
    assert 0.5 < routed["energy_uj"] / found.cost.energy_uj <= 1.0


def test_both_loads_of_one_batch_are_those_of_a_batch_each() -> None:
    design = Design(NETWORK, workload=Workload(top_k=1))
    found = answer(design)
    routing = load_routing("b0", "nyuv2")
    assert routing is not None
    alone = evaluate_complete(found.design, routing=routing)
    assert found.cost.as_routed == {
        "energy_uj": alone.cost.energy_uj,
        "latency_us": alone.cost.latency_us,
    }
    assert evaluate_complete(found.design).cost.metrics == found.cost.metrics


@pytest.mark.parametrize("top_k", [None, 5])
def test_dense_routing_has_one_latency(top_k: int | None) -> None:
    found = answer(Design(NETWORK, workload=Workload(top_k=top_k)))
    assert found.cost.as_routed is None
    assert found.load is None
