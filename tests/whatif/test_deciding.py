"""Which of two chips is ahead, how surely, and by what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmn_core.architecture import Architecture
from cmn_core.design import Design, Workload
from cmn_core.search.constraints import Limits
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.answer import answer
from cmn_core.whatif.compare import compare
from cmn_core.whatif.deciding import decide, on_memories
from cmn_core.whatif.edits import with_block

NETWORK = Design(
    Architecture((2, 2, 2, 2), (64, 128, 256, 512)), workload=Workload(image=(120, 160))
)
SETTINGS = {"scenario": "energy", "memory": "rram", "chip_miou": False, "max_area_mm2": None}


def scaled(answer: Evaluation, part: str, factor: float) -> Evaluation:
    """The answer with one part of the energy of block 1 made larger, by hand."""
    first, *rest = answer.cost.blocks
    table = dict(first.breakdown["energy_uj"])
    more = (factor - 1.0) * table[part]
    table[part] += more
    block = replace(first, breakdown={**first.breakdown, "energy_uj": table})
    cost = replace(answer.cost, blocks=(block, *rest))
    metrics = {**answer.metrics, "energy_uj": (answer.metrics["energy_uj"] or 0.0) + more}
    return replace(answer, cost=cost, metrics=metrics)


def test_the_cause_is_the_part_that_differs(mixed: Design) -> None:
    one = answer(mixed)
    leaky = scaled(one, "leakage", 9.0)
    found = decide(one, leaky, "energy_uj")
    assert found is not None
    assert (found.better, found.cause) == (0, "Leakage")
    assert found.parts is not None
    gap = found.values[1] - found.values[0]
    assert found.parts[1] - found.parts[0] == pytest.approx(gap)
    back = decide(leaky, one, "energy_uj")
    assert back is not None
    assert (back.better, back.cause, back.parts) == (1, "Leakage", found.parts[::-1])


def test_the_chance_is_that_of_a_comparison(mixed: Design) -> None:
    one, other = answer(mixed), answer(with_block(mixed, 1, experts=5))
    found = decide(other, one, "latency_us")
    known = compare(other, one)["latency_us"]
    assert found is not None
    assert found.better == 1
    assert found.chance == known.likely and found.chance is not None and found.chance > 0.5
    more = decide(other, one, "miou")
    assert more is not None and more.cause is None
    assert more.values[more.better] == max(more.values)


def test_equal_chips_have_nothing_that_decides(mixed: Design) -> None:
    found = decide(answer(mixed), answer(mixed), "energy_uj")
    assert found is not None
    assert found.same and found.chance is None and found.cause is None


def test_waiting_is_a_cause_of_its_own() -> None:
    """An image a minute: what SRAM holds in the meantime is all that counts."""
    rare = replace(NETWORK, workload=Workload(image=(120, 160), images_per_second=1 / 60))
    found = on_memories(rare, SETTINGS, Limits())
    rram, sram = found["rram"], found["sram"]
    assert rram is not None and sram is not None
    made = decide(rram, sram, "energy_uj")
    assert made is not None
    assert (made.better, made.cause) == (0, "Waiting")


def test_both_memories_get_their_best_chip_within_the_limits() -> None:
    found = on_memories(NETWORK, SETTINGS, Limits())
    for memory, one in found.items():
        assert one is not None
        assert set(one.cost.hardware.memory) == {memory}
        assert one.metrics["array_mb"] <= 10.0  # type: ignore[operator]
    sram = found["sram"]
    assert sram is not None
    tight = Limits(max_energy_uj=0.99 * sram.cost.energy_uj)
    assert on_memories(NETWORK, SETTINGS, tight)["sram"] is None  # it was the least


def test_memory_by_expert_is_no_matter_of_one_memory() -> None:
    settings = {**SETTINGS, "memory": "hybrid", "placement": "expert"}
    assert on_memories(NETWORK, settings, Limits()).keys() == {"rram", "sram"}


def test_rram_is_left_out_where_it_is_not_known() -> None:
    small = replace(NETWORK, workload=Workload(image=(120, 160), node_nm=7.0))
    assert set(on_memories(small, {**SETTINGS, "memory": "sram"}, Limits())) == {"sram"}


def test_nothing_is_said_where_miou_is_not_the_predictors() -> None:
    asked = {**SETTINGS, "accuracy": "supernet", "data": "images.npz"}
    assert on_memories(NETWORK, asked, Limits()) == {}
    assert on_memories(NETWORK, {**SETTINGS, "robust": "worst"}, Limits()) == {}
