"""Writing a network: a hand-worked case and what has to hold for any."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmn_core.architecture import SPACES, Architecture
from cmn_core.cim.programming import deploy
from cmn_core.cim.technologies.technology import NAMES, load_technology
from cmn_core.cim.workload import DEPTHWISE_TAPS, lay_out, weights
from cmn_core.design import Hardware, Workload

B0 = SPACES["b0"]
SMALL = Architecture((1, 1, 1, 1), (16, 16, 16, 16))
TECHNOLOGIES = {n: load_technology(n) for n in NAMES}


def uniform(name: str, copies: int = 1) -> Hardware:
    knobs = dict(TECHNOLOGIES[name].default)
    if name == "rram":
        knobs["cell_bits"] = 2.0
    return Hardware((name,) * 4, {name: knobs}, (copies,) * 4)


def stored() -> float:
    """Weights on arrays: all but the depthwise taps, which digital units hold."""
    layout = lay_out(B0, Workload())
    taps = float((layout.depth * layout.width * DEPTHWISE_TAPS).sum())
    return float(weights(B0, SMALL.experts, SMALL.hidden)) - taps


def test_sram_by_hand() -> None:
    done = deploy(B0, Workload(), SMALL, uniform("sram"), TECHNOLOGIES)
    assert done.cells == 8.0 * stored()
    assert done.energy_uj == pytest.approx(done.cells * 0.095 / 8.0 * 1e-6, rel=1e-12)
    cols = TECHNOLOGIES["sram"].default["cols"]
    assert done.time_ms == pytest.approx(done.cells / cols * 2.0 * 1e-6, rel=1e-12)
    assert done.rewrites is None


def test_rram_by_hand() -> None:
    done = deploy(B0, Workload(), SMALL, uniform("rram"), TECHNOLOGIES)
    # 2-bit cells: 7 magnitude bits in 4 pairs of cells; 2 pulses for each of 4 levels
    assert done.cells == 8.0 * stored()
    mean_us = (0.588 + 10.0) / 2.0
    cell_pj = 1e-3 * mean_us * (8.0 * 1.7**2 * 125.0 + 2.6**2 * 10_000.0)
    assert done.energy_uj == pytest.approx(done.cells * cell_pj * 1e-6, rel=1e-12)
    assert done.time_ms == pytest.approx(done.cells / 128.0 * 11_000.0 * 1e-6, rel=1e-12)
    assert done.rewrites == 1e4


def test_copies_are_written_too_and_parts_of_a_hybrid_add_up() -> None:
    one = deploy(B0, Workload(), SMALL, uniform("rram"), TECHNOLOGIES)
    four = deploy(B0, Workload(), SMALL, uniform("rram", 4), TECHNOLOGIES)
    assert four.cells == 4.0 * one.cells
    assert four.energy_uj == pytest.approx(4.0 * one.energy_uj)
    macros = {n: uniform(n).macros[n] for n in NAMES}
    sram = deploy(B0, Workload(), SMALL, uniform("sram"), TECHNOLOGIES)
    split = Hardware(("rram", "sram", "sram", "rram"), macros, (1, 1, 1, 1))
    turned = replace(split, memory=("sram", "rram", "rram", "sram"))
    both = [deploy(B0, Workload(), SMALL, h, TECHNOLOGIES) for h in (split, turned)]
    assert sum(b.energy_uj for b in both) == pytest.approx(one.energy_uj + sram.energy_uj)
    assert both[0].rewrites == 1e4
