"""Which variables explain a figure, on designs whose figure is known to depend on one of them."""

import numpy as np
import pytest

from cmn_core.architecture import Architecture
from cmn_core.design import Design, Hardware
from cmn_core.whatif.importance import ENOUGH, importances, noun


def designs(count, energy, seed=0):
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        experts = tuple(int(n) for n in rng.integers(1, 6, 4))
        hidden = tuple(int(n) for n in rng.integers(16, 97, 4))
        copies = tuple(int(n) for n in rng.integers(1, 4, 4))
        hardware = Hardware(("rram",) * 4, {"rram": {"adc_bits": 6}}, copies)
        metrics = {"energy_uj": energy(experts, hidden, copies, rng)}
        found.append(Design(Architecture(experts, hidden), hardware=hardware, metrics=metrics))
    return found


def test_the_only_cause_explains_everything_and_the_others_nothing():
    found = importances(designs(200, lambda e, h, c, r: 100.0 * e[2]), "energy_uj")
    assert found[0].label == "Experts of block 3" and found[0].share > 0.99
    assert found[0].upward == pytest.approx(1.0, abs=0.01) and found[0].values == 5
    assert max(one.share for one in found[1:]) < 0.1


def test_a_cause_that_lowers_the_figure_points_down():
    found = importances(designs(200, lambda e, h, c, r: -1.0 * h[0]), "energy_uj")
    assert found[0].label == "Hidden size of block 1"
    assert found[0].upward == pytest.approx(-1.0) and found[0].share > 0.9


def test_a_cause_that_bends_is_found_without_a_direction():
    found = importances(designs(400, lambda e, h, c, r: (e[0] - 3) ** 2), "energy_uj")
    assert found[0].label == "Experts of block 1" and found[0].share > 0.9
    assert abs(found[0].upward) < 0.2


def test_of_pure_chance_nothing_is_explained():
    found = importances(designs(400, lambda e, h, c, r: float(r.random())), "energy_uj")
    assert max(one.share for one in found) < 0.06


def test_what_never_differs_and_too_few_designs_say_nothing():
    labels = {one.label for one in importances(designs(60, lambda e, h, c, r: e[0]), "energy_uj")}
    assert not any("ADC" in label or "Memory" in label for label in labels)
    few = designs(ENOUGH - 1, lambda e, h, c, r: e[0])
    assert importances(few, "energy_uj") == [] and importances(few * 3, "energy_uj") == []
    assert noun("energy_uj") == "energy" and noun("miou") == "mIoU"
