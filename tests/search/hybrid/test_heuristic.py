"""Mixtures tried without a proof: never better than the proof's, never worse than uniform chips."""

from __future__ import annotations

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.design import Workload
from cmn_core.search.constraints import Limits
from cmn_core.search.hardware import best_hardware

SPACE, WORKLOAD = SPACES["b0"], Workload((120, 160))
SRAM = {"rows": (256,), "cols": (128,), "rows_per_tree": (16,), "vdd_v": (1.0,)}
RRAM = {
    "rows": (64, 128),
    "cols": (64, 128),
    "active_rows": (16, 64),
    "adc_bits": (5, 7),
    "columns_per_adc": (1, 8),
    "cell_bits": (1,),
    "dac_bits": (1,),
    "vdd_v": (0.7, 1.0),
}


def found(memory, limits, *, proof, objective="edp"):
    generator = np.random.default_rng(11)
    experts = generator.integers(1, 6, (8, 4))
    hidden = generator.integers(16, np.array(SPACE.max_hidden) + 1, (8, 4))
    return best_hardware(
        SPACE,
        WORKLOAD,
        experts,
        hidden,
        memory=memory,
        objective=objective,
        limits=limits,
        levels={"rram": RRAM, "sram": {**SRAM, "input_bits_per_step": (1, 8)}},
        replica_levels=(1, 2, 6, 12),
        particles=6,
        iterations=3,
        proof=proof,
    )


@pytest.mark.parametrize("limits", [Limits(max_array_mb=4.8), Limits(max_array_mb=4.6)])
def test_between_the_uniform_chips_and_the_proof(limits):
    exact, quick = (found("hybrid", limits, proof=proof) for proof in (True, False))
    uniform = np.minimum(*(found(m, limits, proof=True).score for m in ("rram", "sram")))
    assert (quick.score <= uniform * (1.0 + 1e-12)).all()
    assert (quick.score >= exact.score * (1.0 - 1e-9))[exact.proven].all()
    assert not quick.proven.any()
    mixed = exact.score < uniform * (1.0 - 1e-9)
    assert mixed.any()  # somewhere a mixture is what wins
    assert (quick.score < uniform * (1.0 - 1e-9))[mixed].any()  # and is found


@pytest.mark.parametrize("objective", ["latency", "energy"])
def test_energy_and_latency_are_proven_all_the_same(objective):
    limits = Limits(max_array_mb=6.0)
    exact, quick = (found("hybrid", limits, proof=p, objective=objective) for p in (True, False))
    assert (quick.index == exact.index).all()
    assert (quick.proven == exact.proven).all()


def test_where_the_area_is_limited_it_lies_between_too():
    test_between_the_uniform_chips_and_the_proof(Limits(max_array_mb=12.0, max_area_mm2=130.0))
