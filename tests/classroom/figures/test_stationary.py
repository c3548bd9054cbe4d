from __future__ import annotations

import pytest

from cmn_core.classroom.figures.stationary import residence
from cmn_core.classroom.specimen import specimen
from cmn_core.whatif.answer import answer


@pytest.mark.parametrize("memory", ["rram", "sram"])
def test_writing_and_work_are_those_of_evaluate(memory: str) -> None:
    cost = answer(specimen(memory)).cost
    found = residence(memory)
    parts = found.per_image(1)
    assert parts["Computing"] == pytest.approx(cost.energy_uj)
    assert parts["Writing weights"] == pytest.approx(cost.deployment.energy_uj)
    # 8 bits for each of the weights, 11 pJ a bit
    assert parts["Bringing them from DRAM"] == pytest.approx(88.0 * cost.weights_mb)
    later = found.per_image(1000)
    assert later["Writing weights"] == pytest.approx(parts["Writing weights"] / 1000)


def test_rram_wears_out_and_sram_does_not() -> None:
    rram = residence("rram")
    assert rram.rewrites is not None and rram.life_s is not None
    assert rram.life_s == pytest.approx(rram.rewrites * (rram.write_s + rram.image_s))
    assert residence("sram").life_s is None
