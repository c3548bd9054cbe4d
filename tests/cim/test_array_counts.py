from __future__ import annotations

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.cim.array_counts import geometry, tally
from cmn_core.cim.chip import price
from cmn_core.cim.circuits.macro import build_macro
from cmn_core.cim.technologies.technology import load_technology
from cmn_core.design import Workload

SPACE = SPACES["b0"]
CASES = [
    (Workload((120, 160)), "network"),
    (Workload((96, 128), 4, 6, 2), "network"),
    (Workload((120, 160)), "ffn"),
]


def sample(memory, count=40):
    technology = load_technology(memory)
    grid = technology.grid()
    rows = np.random.default_rng(1).integers(0, len(grid["rows"]), count)
    return technology, {name: column[rows] for name, column in grid.items()}


def architectures(count=5):
    generator = np.random.default_rng(2)
    experts = generator.integers(1, 6, (count, 4))
    return experts, generator.integers(16, np.array(SPACE.max_hidden) + 1, (count, 4))


def blocks_first(value, shape):
    return np.moveaxis(np.broadcast_to(value, (*shape, 4)), -1, 0)


@pytest.mark.parametrize("memory", ["rram", "sram"])
@pytest.mark.parametrize(("workload", "scope"), CASES)
def test_sums_of_counts_are_the_simulators_costs(memory, workload, scope):
    technology, knobs = sample(memory)
    experts, hidden = architectures()
    macro = build_macro(technology, workload, knobs)
    counts = tally(
        SPACE,
        workload,
        technology,
        experts=experts,
        hidden=hidden,
        shapes=geometry(macro),
        scope=scope,
    )
    charge = macro.total_charge
    shape = (len(experts), len(macro.rows))
    for copies in (1.0, 3.0, 64.0):
        costs = price(
            SPACE,
            workload,
            technology,
            experts=experts[:, None],
            hidden=hidden[:, None],
            knobs={name: column[None] for name, column in knobs.items()},
            replicas=np.full((1, 1, 4), copies),
            scope=scope,
        )
        rounds = np.ceil(counts.tokens / copies)
        first = np.maximum(counts.scores * rounds, counts.keys * np.ceil(counts.kv_tokens / copies))
        latency = counts.fixed_ns + macro.read_ns * (counts.steps * rounds + first)
        arrays = (counts.arrays[0] + counts.arrays[1]) * copies
        standby = arrays * macro.standby_uw + counts.standby_uw
        cores = [
            (a * macro.total_um2 + m * counts.tile_um2) * copies
            for a, m in zip(counts.arrays, counts.matrices, strict=True)
        ]
        energy = counts.fixed_pj + sum(
            counts.wire_pj * moved * np.sqrt(core)
            for moved, core in zip(counts.moved, cores, strict=True)
        )
        paid = (charge.weight, charge.read, charge.row, charge.sum, 1e-3 * macro.on_uw)
        paid = (*paid[:4], paid[4] * macro.read_ns)
        for count, each in zip(counts.use.values(), paid, strict=True):
            energy = energy + count * each
        own, other = costs.latency_ns, costs.other_latency_ns
        leaked = 1e-3 * (costs.standby_uw * own + costs.other_standby_uw * other)
        expected = {
            "latency": (latency, own + other),
            "standby": (standby, costs.standby_uw + costs.other_standby_uw),
            "arrays": (arrays * macro.mb, costs.array_mb + costs.other_array_mb),
            "area": (cores[0] + cores[1] + counts.area_um2, costs.area_um2 + costs.other_area_um2),
            "energy": (energy, costs.energy_pj + costs.other_energy_pj - leaked),
        }
        for name, (built, priced) in expected.items():
            whole = np.broadcast_to(built, (4, *shape))
            assert whole == pytest.approx(blocks_first(priced, shape), rel=1e-10, abs=1e-15), name
        variance = np.broadcast_to(counts.reads_per_row * macro.error, (4, *shape))
        if scope == "network" and memory == "sram":
            assert (variance == 0.0).all()


def test_a_batch_gives_the_bits_of_a_loop():
    technology, knobs = sample("rram", 7)
    experts, hidden = architectures(4)
    shapes = geometry(build_macro(technology, Workload(), knobs))
    whole = tally(SPACE, Workload(), technology, experts=experts, hidden=hidden, shapes=shapes)
    for row in range(4):
        one = slice(row, row + 1)
        alone = tally(
            SPACE, Workload(), technology, experts=experts[one], hidden=hidden[one], shapes=shapes
        )
        assert (alone.steps[:, 0] == whole.steps[:, row]).all()
        for name, count in alone.use.items():
            assert (count[:, 0] == whole.use[name][:, row]).all()


def test_counts_of_some_architectures_are_those_of_them_alone():
    technology, knobs = sample("rram", 6)
    experts, hidden = architectures()
    shapes = geometry(build_macro(technology, CASES[0][0], knobs))
    every, two = (
        tally(SPACE, CASES[0][0], technology, experts=e, hidden=h, shapes=shapes)
        for e, h in ((experts, hidden), (experts[[3, 1]], hidden[[3, 1]]))
    )
    some = every.some(np.array([3, 1]))
    for name in ("tokens", "steps", "fixed_ns", "fixed_pj", "reads_per_row", "area_um2"):
        assert (getattr(some, name) == getattr(two, name)).all(), name
    for name, counts in some.use.items():
        assert (counts == two.use[name]).all(), name
    for name in ("arrays", "matrices", "moved"):
        for mine, other in zip(getattr(some, name), getattr(two, name), strict=True):
            assert (mine == other).all(), name
