"""One network on all assignments of its blocks to the memories."""

from __future__ import annotations

from dataclasses import replace

from cmn_core.architecture import Architecture
from cmn_core.cim.evaluation import evaluate
from cmn_core.design import Design
from cmn_core.search.constraints import Limits
from cmn_core.whatif import assignments as module

SMALL = Design(Architecture((1, 1, 1, 1), (16, 16, 32, 32)))


def test_all_sixteen_are_priced_as_evaluate_prices_them() -> None:
    found = module.assignments(SMALL, objective="energy", limits=Limits(min_miou=90.0))
    assert len({one.memory for one in found}) == 16
    assert found[0].memory == ("rram",) * 4
    assert found[-1].memory == ("sram",) * 4
    for one in (found[0], found[5], found[-1]):
        assert one.feasible  # the floor of mIoU is not the hardware's to keep
        metrics = evaluate(one.design).metrics
        assert all(metrics[name] == value for name, value in one.figures.items())
        assert one.design.hardware is not None
        assert one.design.hardware.memory == one.memory
    assert replace(found[0].design, hardware=None) == SMALL
