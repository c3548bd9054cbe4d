"""The map over rate and die: every point the best of its grid, whatever points share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cmn_core.architecture import SPACES, Architecture
from cmn_core.design import Workload
from cmn_core.errors import FieldError
from cmn_core.search.constraints import Limits
from cmn_core.search.hardware import best_hardware
from cmn_core.search.hybrid.phase import KINDS, phase_rows
from cmn_core.search.inner.proof.enumeration import enumerate_best

SPACE, WORKLOAD = SPACES["b0"], Workload((120, 160))
LEVELS = {
    "rram": {
        "rows": (64, 128),
        "cols": (128,),
        "active_rows": (16, 64),
        "adc_bits": (5, 7),
        "columns_per_adc": (1, 8),
        "cell_bits": (1,),
        "dac_bits": (1,),
        "vdd_v": (0.7,),
    },
    "sram": {
        "rows": (64, 256),
        "cols": (128,),
        "rows_per_tree": (1, 16),
        "input_bits_per_step": (1, 8),
        "vdd_v": (0.8,),
    },
}
COPIES = (1, 2, 6)
NETWORK = Architecture((2, 1, 3, 2), (64, 90, 200, 300))
RATES, DIES = (0.02, 0.3, 300.0), (40.0, 62.0, 70.0, 150.0)


def rows(objective, **other):
    asked = {"rates": RATES, "areas_mm2": DIES, **other}
    return list(phase_rows(SPACE, WORKLOAD, NETWORK, objective=objective, **asked))


def enumerated(rate, area, memory, objective):
    limits = Limits(max_area_mm2=area, max_latency_us=1e6 / rate)
    found = enumerate_best(
        SPACE,
        replace(WORKLOAD, images_per_second=rate),
        NETWORK,
        memory=memory,
        objective=objective,
        limits=limits,
        levels=LEVELS,
        replica_levels=COPIES,
    )
    return np.inf if found is None else float(found.score[0])


@pytest.mark.parametrize("objective", ["energy", "edp"])
def test_every_point_of_a_small_grid_is_what_enumeration_finds(objective):
    found = rows(objective, levels=LEVELS, replica_levels=COPIES)
    kinds, empty = set(), 0
    for rate, row in zip(RATES, found, strict=True):
        value = np.append(row.value(objective), np.inf)  # place -1: nothing fits
        for die, area in enumerate(DIES):
            for kind, memory in enumerate(("hybrid", *KINDS[1:])):
                exact = enumerated(rate, area, memory, objective)
                # but for the weight of the second quantity in energy
                assert value[row.place[die, kind]] == pytest.approx(exact, rel=1e-9)
            best = row.place[die, 0]
            empty += best < 0
            kinds |= {tuple(row.on_rram[best])} if best >= 0 else set()
    assert empty  # or nothing was told about the edge of what fits
    assert any(0 < sum(k) < 4 for k in kinds) and len(kinds) > 1


def test_a_larger_die_never_costs_more():
    for row in rows("energy", areas_mm2=np.geomspace(50.0, 300.0, 8)):
        value = np.append(row.value("energy"), np.inf)[row.place]
        assert (value[1:] <= value[:-1]).all()
        assert (value[:, 0] <= value[:, 1:].min(axis=1)).all()
        fits = np.array([row.within(die) for die in range(8)])
        chosen = row.place[:, 0]
        assert fits[np.flatnonzero(chosen >= 0), chosen[chosen >= 0]].all()


def test_no_search_with_those_limits_finds_a_better_chip():
    """The search of one point gives up a proof after a while; the map does not."""
    proven = 0
    for row in rows("energy", areas_mm2=(68.0, 75.0, 200.0)):
        value = np.append(row.value("energy"), np.inf)
        for die, limits in enumerate(row.limits):
            one = best_hardware(
                SPACE,
                row.grid.workload,
                np.array([NETWORK.experts]),
                np.array([NETWORK.hidden]),
                memory="hybrid",
                objective="energy",
                limits=limits,
            )
            here = value[row.place[die, 0]]
            assert here <= one.score[0] * (1.0 + 1e-12)
            if one.proven[0]:
                proven += 1
                assert here == pytest.approx(one.score[0], rel=1e-12)
    assert proven >= 4


def test_macros_that_cannot_be_counted_out_are_refused():
    fine = {"rows": tuple(range(8, 264, 2)), "vdd_v": tuple(0.6 + 0.001 * k for k in range(400))}
    with pytest.raises(FieldError, match="can be counted out"):
        rows("energy", levels={"sram": fine})
