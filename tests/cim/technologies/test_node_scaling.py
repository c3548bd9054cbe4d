"""Constants at other nodes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cmn_core.cim.circuits.components import (
    adder_pj,
    digital_mac_pj,
    supply_delay,
    supply_energy,
)
from cmn_core.cim.technologies.node_scaling import (
    at_node,
    bit_cell_um2,
    cell_leakage_pw,
    dimension,
    in_use,
    moved_supply,
    nominal_supply_v,
)
from cmn_core.cim.technologies.parameters import own_technology
from cmn_core.cim.technologies.technology import BUILT_IN, load_technology
from cmn_core.design import Workload
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


def test_the_digital_unit_is_the_same_beside_every_memory() -> None:
    """Arrays follow the node as their chips do; what serves both memories must not differ."""
    moved = [at_node(load_technology(name), 65.0) for name in BUILT_IN]
    for shared in ("map_read_pj_per_byte", "bus_pj_per_bit", "digital_clock_ghz"):
        assert len({t.value(shared) for t in moved}) == 1, shared
    unit = [digital_mac_pj(t, 8, 8) for t in moved]
    assert unit == pytest.approx([unit[0]] * len(unit))
    side, volts = (0.525 / 0.13) ** 0.5, 1.0 / 0.9
    here = digital_mac_pj(load_technology("sram"), 8, 8)
    assert unit[0] / here == pytest.approx(side * volts**2)
    assert moved[0].value("digital_clock_ghz") == pytest.approx(0.5 / side**0.8)
    assert moved[0].value("wire_pj_per_bit_mm") == pytest.approx(0.04 * volts**2)


def test_leakage_of_cells_by_hand() -> None:
    assert cell_leakage_pw(22.0) == pytest.approx(6.5)
    assert cell_leakage_pw(65.0) == pytest.approx(25.0)
    assert cell_leakage_pw(11.0) == pytest.approx(3.25)
    sram = at_node(load_technology("sram"), 65.0)
    assert sram.value("sram_cell_leakage_pw") == pytest.approx(25.0, rel=0.01)


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("node", [7.0, 12.0, 65.0, 130.0])
def test_supplies_keep_their_share_of_the_nominal_one(name: str, node: float) -> None:
    before, after = load_technology(name), at_node(load_technology(name), node)
    ratio = nominal_supply_v(node) / 0.9
    levels = [v * ratio for v in before.levels["vdd_v"]]
    assert after.levels["vdd_v"] == pytest.approx(levels, abs=6e-4)
    assert after.default["vdd_v"] == pytest.approx(nominal_supply_v(node), abs=6e-4)
    assert after.check_macro(after.default) == after.default
    assert after.knob["vdd_v"].low > after.value("threshold_v")
    for v in before.levels["vdd_v"]:  # there and back
        assert moved_supply(moved_supply(v, before, after), after, before) == v
    assert moved_supply(0.84, before, after) == pytest.approx(0.84 * ratio, abs=6e-4)


def test_what_stands_for_a_memory_at_a_node() -> None:
    assert in_use("sram", Workload()) is load_technology("sram")
    assert in_use("sram", Workload(node_nm=7.0)).node_nm == 7.0
    with pytest.raises(FieldError, match=r"node_nm: found 7 beside RRAM; RRAM is known from 12"):
        in_use("rram", Workload(node_nm=7.0))
    feature = {"value": 22, "unit": "nm", "source": "a fab"}
    document = {"schema": "cmn.technology/1", "base": "rram", "title": "22 nm"}
    own = own_technology({**document, "constants": {"feature_nm": feature}})
    for node in (28.0, 22.0):
        assert in_use("rram", Workload(node_nm=node), {"rram": own}) is own
    with pytest.raises(FieldError, match="a file with constants at 22 nm"):
        in_use("rram", Workload(node_nm=65.0), {"rram": own})
    assert own.levels == load_technology("rram").levels  # a file states its own supplies
