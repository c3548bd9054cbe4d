"""Constants at other nodes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cmn_core.cim.circuits.components import adder_pj, supply_delay, supply_energy
from cmn_core.cim.technologies.node_scaling import (
    at_node,
    bit_cell_um2,
    dimension,
    nominal_supply_v,
)
from cmn_core.cim.technologies.technology import BUILT_IN, load_technology
from cmn_core.errors import FieldError


def test_tables_hit_their_entries_and_lie_between_them() -> None:
    assert nominal_supply_v(28.0) == pytest.approx(0.9)
    assert nominal_supply_v(65.0) == pytest.approx(1.0)
    assert bit_cell_um2(7.0) == pytest.approx(0.027)
    # half way between 12 and 16 nm on a logarithmic axis
    assert bit_cell_um2((12 * 16) ** 0.5) == pytest.approx((0.064 * 0.070) ** 0.5)
    assert 1.8 < nominal_supply_v(250.0) < 2.5


@pytest.mark.parametrize("name", BUILT_IN)
def test_28_nm_is_the_file_itself(name: str) -> None:
    technology = load_technology(name)
    assert at_node(technology, 28.0) is technology


def test_65_nm_by_hand() -> None:
    rram = at_node(load_technology("rram"), 65.0)
    side = (0.525 / 0.13) ** 0.5  # of the 6T cell
    assert dimension(65.0) == pytest.approx(side)
    assert rram.value("gate_delay_ns") == pytest.approx(
        0.0478 * side ** rram.value("delay_exponent")
    )
    assert rram.value("gate_area_um2") == pytest.approx(0.614 * side**2)
    cap = side ** rram.value("capacitance_exponent")
    assert rram.value("adc_linear_ff") == pytest.approx(100 * cap)
    volts = 1.0 / 0.9
    assert rram.value("adder_energy_fj") == pytest.approx(3.4 * cap * volts**2)
    assert rram.value("read_v") == 0.2
    # an RRAM cell follows the node itself, its thick-oxide lines the root of it
    assert rram.value("cell_area_um2") == pytest.approx(0.2 * 65 / 28)
    assert rram.value("line_area_um2") == pytest.approx(20 * (65 / 28) ** 0.5)
    assert rram.constants["gate_delay_ns"].source.endswith("scaled")


@pytest.mark.parametrize("node", [0.0, 1.0, 400.0, float("nan")])
def test_no_such_node(node: float) -> None:
    with pytest.raises(FieldError, match="node_nm"):
        at_node(load_technology("sram"), node)


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("node", [2.0, 3.0, 5.0, 16.0, 28.0, 65.0, 130.0, 180.0, 350.0])
def test_laws_stay_finite_at_any_supply(name: str, node: float) -> None:
    technology = at_node(load_technology(name), node)
    supplies = np.array([0.2, 0.3, 0.45, 0.6, 0.9, 1.2, 1.8, 5.0])
    energy, delay = supply_energy(technology, supplies), supply_delay(technology, supplies)
    assert np.isfinite(energy).all() and np.isfinite(delay).all()
    assert (np.diff(energy) > 0).all()
    assert (delay > 0).all()


@pytest.mark.parametrize("name", BUILT_IN)
def test_energy_at_equal_supply_follows_the_capacitance_of_the_node(name: str) -> None:
    """F2: at 0.9 V a gate's energy falls with the node as its capacitance does."""
    technology = load_technology(name)
    nodes = [130.0, 65.0, 40.0, 28.0, 16.0, 7.0, 5.0, 3.0]
    moved = [at_node(technology, node) for node in nodes]
    pj = [float(adder_pj(t) * supply_energy(t, np.array(0.9))) for t in moved]
    assert all(a > b for a, b in itertools.pairwise(pj))
    cap = dimension(7.0) ** technology.value("capacitance_exponent")
    assert pj[5] / pj[3] == pytest.approx(cap)
    assert pj[3] / pj[5] > 1.3


def test_no_gate_is_steeper_than_the_square_of_its_supply() -> None:
    """F8: 65 nm, 0.55 V."""
    sram = at_node(load_technology("sram"), 65.0)
    energy = supply_energy(sram, np.array([0.55, 1.0]))
    assert energy[1] / energy[0] == pytest.approx((1.0 / 0.55) ** 2)
