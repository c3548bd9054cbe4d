"""The front: what is stored of it, what is bred from it, and who may be left unmeasured."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from cmn_core.design import Workload
from cmn_core.search.codesign import codesign
from cmn_core.search.front import FRONT_SHOWN, merged, models, shown
from cmn_core.search.inner.pareto import STEPS
from cmn_core.search.outer.survival import crowded
from cmn_core.search.scenario import Scenario
from cmn_core.search.scoring.assessment import Assessor
from cmn_core.search.scoring.codesign_problem import CodesignProblem
from cmn_core.search.state import SearchState

SMALL = Scenario.of_paper(
    memory="sram",
    population=8,
    generations=2,
    particles=6,
    iterations=6,
    seed=5,
    workload=Workload((120, 160)),
)


def front_of(scenario, formula):
    state = list(codesign(scenario, accuracy=formula))[-1].state
    assessor = Assessor(CodesignProblem.of(scenario, formula))
    return state, assessor.rated(state.front)


def test_a_stored_front_is_read_as_it_was(formula):
    state, front = front_of(SMALL, formula)
    stored = json.loads(json.dumps(state.to_json(), allow_nan=False))
    assert SearchState.from_json(stored) == state
    assert tuple(c.placed for c in front) == state.front
    architectures, chips = stored["front"]
    assert len(chips) > len(architectures)  # several chips each
    assert merged([], front) == front
    bare = replace(state, front=(), best=None)
    assert SearchState.from_json(bare.to_json()) == bare


def test_a_chip_that_differs_in_what_no_block_uses_is_shown_once(formula):
    _, front = front_of(replace(SMALL, memory="hybrid", min_miou=8.0), formula)
    alike = {(c.genes, c.objectives) for c in front}
    assert len(alike) == len(front)  # a search keeps no such twins
    twin = replace(front[0], point=None)  # one of an older run, found after it
    front = [*front, twin]
    for best in (front[0], twin, None):
        assert best is None or best in shown(front, best)
    seen = shown(front, twin)
    assert len(seen) == min(FRONT_SHOWN, len(alike))
    assert len({(c.genes, c.objectives) for c in seen}) == len(seen)
    # The same cost by another architecture is another design.
    other = replace(front[0], genes=(*front[0].genes[:-1], front[0].genes[-1] + 1))
    assert len(shown([front[0], other, replace(other, point=None)], None)) == 2


def test_models_are_every_chip_and_every_level_of_miou(formula):
    _, front = front_of(replace(SMALL, min_miou=8.0, generations=3), formula)
    chosen = models(front)
    assert chosen.shape == (2 * len(front), 8)
    assert chosen[: len(front)].tolist() == [list(c.genes) for c in front]
    # The second half holds the best and the worst mIoU, and runs from the one to the other.
    loss = {c.genes: c.objectives[0] for c in front}
    spaced = [loss[tuple(row)] for row in chosen[len(front) :].tolist()]
    assert spaced == sorted(spaced)
    assert (spaced[0], spaced[-1]) == (min(loss.values()), max(loss.values()))
    assert models([]).shape == (0, 8)


def test_nobody_beyond_the_limits_survives_where_it_is_crowded():
    one_kind = np.ones((12, 8), dtype=np.int64)
    assert not crowded(one_kind, 13)
    assert not crowded(one_kind, 12)  # places for two combinations of experts, and there is one
    two_kinds = one_kind.copy()
    two_kinds[3, 0] = 2
    assert crowded(two_kinds, 12)


def test_no_design_of_the_front_dominates_another(formula):
    last = list(codesign(SMALL, accuracy=formula))[-1]
    table = np.array(
        [[-d.metrics["miou"], d.metrics["energy_uj"], d.metrics["latency_us"]] for d in last.front]
    )
    for row in table:
        assert not ((table <= row).all(axis=1) & (table < row).any(axis=1)).any()


def test_hypervolume_of_one_architecture_by_hand(formula):
    scenario = replace(SMALL, generations=1, population=2, min_miou=14.9)
    only = next(codesign(scenario, accuracy=formula))
    largest = CodesignProblem.of(scenario, formula).largest
    # One architecture is accurate enough, on chips from the fastest to the most frugal.
    (miou,) = {d.metrics["miou"] for d in only.front}
    boxes = sorted(
        (
            1.0 - d.metrics["energy_uj"] / largest.energy_uj,
            1.0 - d.metrics["latency_us"] / largest.latency_us,
        )
        for d in only.front
    )
    assert 1 <= len(boxes) <= STEPS + 2
    area, reached = 0.0, 0.0
    for width, height in reversed(boxes):  # the wider a box, the lower it is
        area += max(width, 0.0) * max(0.0, height - reached)
        reached = max(reached, height)
    assert only.history.hypervolume == pytest.approx(miou / 100.0 * area)


def test_the_front_holds_the_hardware_of_the_other_goals_too(formula):
    last = list(codesign(replace(SMALL, generations=2), accuracy=formula))[-1]
    networks = [d.architecture for d in last.front]
    assert len(set(networks)) < len(networks)
    chips = [json.dumps(d.hardware.to_json()) for d in last.front]
    assert len(set(zip(networks, chips, strict=True))) == len(networks)
    plain = list(codesign(replace(SMALL, generations=2, method="algorithm1"), accuracy=formula))
    networks = [d.architecture for d in plain[-1].front]
    assert len(set(networks)) == len(networks)
