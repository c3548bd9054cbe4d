"""What an answer says beyond `evaluate`: the routing that was measured beside its upper bound."""

from __future__ import annotations

import pytest

from cmn_core.architecture import Architecture
from cmn_core.design import Design, Workload
from cmn_core.predictor.routing import load_routing
from cmn_core.quantities import OBJECTIVES
from cmn_core.search.scoring.evaluation import evaluate_complete
from cmn_core.whatif.answer import answer, found_hardware
from cmn_core.whatif.formats.link import design_name

NETWORK = Architecture((2, 3, 4, 5), (64, 128, 256, 512))


def test_latency_follows_the_busiest_expert_as_measured() -> None:
    found = answer(Design(NETWORK, workload=Workload(top_k=1)))
    routing = load_routing("b0", "nyuv2")
    assert routing is not None and found.load is not None
    assert found.load.share == tuple(routing.loads[b][e][1] for b, e in enumerate(NETWORK.experts))
    assert "measured on" in found.load.source
    worst = evaluate_complete(found.design).cost
    assert 0.5 < found.cost.latency_us / worst.latency_us < 1.0
    assert 0.5 < found.cost.energy_uj / worst.energy_uj <= 1.0


def test_each_block_may_use_another_number_of_experts() -> None:
    one, two, mixed, dense = (
        answer(Design(NETWORK, workload=Workload(top_k=k))).cost.blocks
        for k in (1, 2, (1, 2, 1, 5), None)
    )
    energies = [[b.energy_uj for b in blocks[:4]] for blocks in (one, two, mixed, dense)]
    own = [energies[0][0], energies[1][1], energies[0][2], energies[3][3]]
    # A block that waits for others leaks while it does, so a share is not quite its own.
    assert energies[2] == pytest.approx(own, rel=0.02)
    assert all(a < b for a, b in zip(energies[0], energies[3], strict=True))


@pytest.mark.parametrize("top_k", [None, 5, (2, 3, 4, 5)])
def test_dense_routing_has_no_busiest_expert(top_k: int | None) -> None:
    found = answer(Design(NETWORK, workload=Workload(top_k=top_k)))
    assert found.load is None
    assert found.cost.metrics == answer(Design(NETWORK)).cost.metrics


@pytest.mark.slow
def test_found_hardware_serves_its_objective_and_keeps_the_memory(mixed: Design) -> None:
    best = {o: found_hardware(mixed, objective=o) for o in ("energy", "latency")}
    for design in best.values():
        assert design.architecture == mixed.architecture
        assert design.hardware is not None
        assert design.hardware.memory == mixed.hardware.memory  # type: ignore[union-attr]
    energy, latency = (answer(best[o]).metrics for o in ("energy", "latency"))
    assert energy["energy_uj"] <= latency["energy_uj"]
    assert latency["latency_us"] <= energy["latency_us"]
    assert set(OBJECTIVES) >= set(best)
    assert design_name(best["energy"]) == ""
