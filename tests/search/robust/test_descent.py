from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from cmn_core.design import MEMORIES, Workload
from cmn_core.predictor.estimate import OutputLoss
from cmn_core.search.constraints import Limits
from cmn_core.search.inner.grid import make_grid
from cmn_core.search.inner.problem import HardwareProblem
from cmn_core.search.robust.descent import Judged, _descended, best_judged
from cmn_core.search.robust.judgement import Judgement
from cmn_core.search.scenario import Scenario

SPACE = Scenario().search_space
EXPERTS = np.array([[5, 2, 3, 1], [1, 4, 2, 5]])
HIDDEN = np.array([[20, 200, 300, 900], [128, 60, 500, 100]])
MIOU = np.array([[15.0, 14.5, 15.5], [14.0, 13.5, 14.5]])
LEVELS = {
    "rram": {"rows": [64, 128, 256], "adc_bits": [6, 8], "cell_bits": [1, 2], "active_rows": [32]},
    "sram": {"rows": [64, 128, 256], "vdd_v": [0.6, 0.9]},
}


def asked(memory, grid=None, **changes):
    known = grid or make_grid(SPACE, Workload(), memory)
    judgement = Judgement(
        "quantile",
        0.9,
        (0.02,) * 4,
        0.02,
        True,
        OutputLoss(slope=80.0, half_width=20.0, largest=0.3),
    )
    accurate = changes.pop("accurate", False)
    problem = HardwareProblem(known, MEMORIES.index(memory), "edp", Limits(), 0, 4, 4)
    return Judged(replace(problem, **changes), judgement, accurate)


def scores(judged, index):
    chip = judged.judgement.chips(judged.grid, EXPERTS, HIDDEN, index)
    return judged.score(chip, index, MIOU).value


@pytest.mark.parametrize("objective", ["energy", "latency", "edp"])
@pytest.mark.parametrize("memory", ["rram", "sram"])
def test_a_small_grid_is_solved_as_by_counting_it_out(memory, objective):
    free = LEVELS[memory]
    technology = make_grid(SPACE, Workload(), memory).technologies[0]
    fixed = {k: [v] for k, v in technology.default.items() if k not in free}
    grid = make_grid(
        SPACE, Workload(), memory, levels={memory: {**fixed, **free}}, replica_levels=(1, 2, 4)
    )
    judged = asked(memory, grid, objective=objective)
    every = np.array(list(product(*(range(n) for n in grid.sizes))))
    every = np.repeat(every[grid.buildable(every)][None], 2, axis=0)
    start = np.repeat(grid.start()[None, None], 2, axis=0)
    index, spent = _descended(judged, EXPERTS, HIDDEN, MIOU, start)
    best = scores(judged, every).min(axis=1)
    assert scores(judged, index[:, None])[:, 0] == pytest.approx(best, rel=1e-9)
    assert (spent < every.shape[1] * 3).all()


def test_an_architecture_gets_the_same_hardware_in_any_company():
    judged = asked("rram")
    both, spent = best_judged(judged, EXPERTS, HIDDEN, MIOU)
    alone, cost = best_judged(judged, EXPERTS[1:], HIDDEN[1:], MIOU[1:])
    assert np.array_equal(both[1:], alone)
    assert np.array_equal(spent[1:], cost)


def test_the_limit_on_mioU_is_kept_by_hardware():
    judged = asked("rram", limits=Limits(min_miou=13.35))
    index, _ = best_judged(judged, EXPERTS, HIDDEN, MIOU)
    chip = judged.judgement.chips(judged.grid, EXPERTS, HIDDEN, index[:, None])
    rram = judged.grid.memory_is_rram(index)
    found = judged.judgement.miou(MIOU, rram, chip.sigma_rel[:, 0])
    free, _ = best_judged(asked("rram"), EXPERTS, HIDDEN, MIOU)
    assert found.min() >= 13.35
    chip = judged.judgement.chips(judged.grid, EXPERTS, HIDDEN, free[:, None])
    assert judged.judgement.miou(MIOU, rram, chip.sigma_rel[:, 0]).min() < 13.35


def test_accurate_hardware_is_the_quietest_within_the_limits():
    judged = asked("rram", accurate=True)
    quiet, _ = best_judged(judged, EXPERTS, HIDDEN, MIOU)
    cheap, _ = best_judged(asked("rram"), EXPERTS, HIDDEN, MIOU)
    sigma = [
        judged.judgement.chips(judged.grid, EXPERTS, HIDDEN, i[:, None]).sigma_rel.max(axis=(1, 2))
        for i in (quiet, cheap)
    ]
    assert (sigma[0] < sigma[1]).all()
