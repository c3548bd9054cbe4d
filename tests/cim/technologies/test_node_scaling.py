"""Constants at other nodes."""

from __future__ import annotations

import numpy as np
import pytest

from cmn_core.cim.circuits.components import supply_delay, supply_energy
from cmn_core.cim.technologies.node_scaling import at_node, bit_cell_um2, nominal_supply_v
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
    ratio = 65 / 28
    assert rram.value("gate_delay_ns") == pytest.approx(0.0478 * ratio)
    assert rram.value("gate_area_um2") == pytest.approx(0.614 * ratio**1.5)
    exponent = rram.value("node_exponent")
    assert rram.value("adc_linear_ff") == pytest.approx(100 * ratio**exponent)
    volts = 1.0 / 0.9
    assert rram.value("adder_energy_fj") == pytest.approx(3.4 * ratio**exponent * volts**2)
    assert rram.value("read_v") == 0.2
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


def test_digital_energy_at_65_nm_falls_faster_than_the_square() -> None:
    sram = at_node(load_technology("sram"), 65.0)
    energy = supply_energy(sram, np.array([0.6, 0.8]))
    assert energy[1] / energy[0] > (0.8 / 0.6) ** 2 * 2
    assert energy[1] / energy[0] == pytest.approx(0.8 * 0.3 / (0.6 * 0.1), rel=0.01)
