"""Which memory, when: chances, savings and what comes over the line."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from cmn_core.architecture import Architecture
from cmn_core.cim.evaluation import evaluate
from cmn_core.design import Design, Workload
from cmn_core.predictor.routing import load_routing
from cmn_core.search.scoring.evaluation import evaluate_complete
from cmn_core.whatif.phase import POINTS, PhasePoint, phase_map, steps

NETWORK = Design(Architecture((2, 2, 2, 2), (64, 128, 256, 512)), workload=Workload((240, 320)))


def test_steps_have_equal_ratios_and_short_figures() -> None:
    assert steps((0.001, 1000.0), 3) == [0.001, 1.0, 1000.0]
    some = steps((40.0, 800.0))
    assert len(some) == POINTS
    assert [some[0], some[1], some[-1]] == [40.0, 52.52, 800.0]


def test_the_memory_turns_from_rram_to_sram_as_images_come_faster() -> None:
    rows = list(phase_map(NETWORK, rates=(0.001, 0.05, 5.0), areas_mm2=(70.0, 200.0)))
    seldom, between, often = (row[-1] for row in rows)
    assert seldom.memory == ("rram",) * 4 and often.memory == ("sram",) * 4
    assert set(between.memory or ()) == {"rram", "sram"}
    assert seldom.saving == often.saving == 0.0
    saving = between.saving
    assert saving is not None and saving > 0.1
    for point in (seldom, between, often):
        chance = point.probability_best
        assert chance is not None and 0.1 < chance <= 1.0
        chip = replace(
            NETWORK,
            hardware=point.hardware,
            workload=replace(NETWORK.workload, images_per_second=point.images_per_second),
        )
        cost = evaluate(chip)
        assert cost.energy_uj == pytest.approx(point.energy_uj, rel=1e-12)
        assert cost.area_mm2 <= point.max_area_mm2
    # At the ends nobody doubts which memory it is as much as where one turns into the other.
    assert (between.probability_best or 0.0) < (seldom.probability_best or 0.0)
    small = rows[0][0]
    assert small.all_rram_uj is None and small.memory is not None and "sram" in small.memory


def test_a_network_too_large_for_the_arrays_gets_the_least_it_needs() -> None:
    large = Design(
        Architecture((5, 5, 5, 5), (128, 256, 640, 1024)), space="b2", workload=Workload((240, 320))
    )
    (row,) = phase_map(large, rates=(1.0,), areas_mm2=(40.0, 3000.0))
    assert row[0].memory is None and row[0].probability_best is None and row[0].saving is None
    assert row[1].memory is not None
    assert all(point.eased == ("max_array_mb",) for point in row), "and that is said"
    assert PhasePoint.from_json(row[1].to_json()) == row[1]


def test_another_process_gives_the_same_line_by_line() -> None:
    asked = json.dumps({"design": NETWORK.to_json(), "objective": "energy"})
    command = [sys.executable, "-m", "cmn_core.whatif.phase"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(asked)
        process.stdin.close()
        first = json.loads(process.stdout.readline())
        process.kill()
    points = [PhasePoint.from_json(point) for point in first]
    assert [point.images_per_second for point in points] == [0.001] * POINTS
    (here,) = phase_map(NETWORK, rates=(0.001,), areas_mm2=steps((40.0, 800.0)))
    assert points == here


def test_sparse_experts_are_priced_as_they_are_loaded() -> None:
    sparse = replace(NETWORK, workload=replace(NETWORK.workload, top_k=(1, 2, 1, 1)))
    (row,) = phase_map(sparse, rates=(0.05,), areas_mm2=(200.0,))
    chip = replace(
        sparse,
        hardware=row[0].hardware,
        workload=replace(sparse.workload, images_per_second=0.05),
    )
    routing = load_routing("b0", "nyuv2")
    assert routing is not None
    found = evaluate_complete(chip, routing=routing).cost
    assert found.energy_uj == pytest.approx(row[0].energy_uj, rel=1e-12)
    assert found.energy_uj < evaluate(chip).energy_uj  # one expert with every token leaks longer
