from __future__ import annotations

import math
from dataclasses import replace

import pytest

import cmn_core as cmn
from cmn_core.architecture import Architecture
from cmn_core.cim.evaluation import evaluate
from cmn_core.design import Design, Hardware, Workload, parse_design
from cmn_core.errors import FieldError
from cmn_core.quantities import MAX_SIGMA_REL
from cmn_core.search.scoring.evaluation import evaluate_design

DESIGN = Design(Architecture((2, 5, 3, 2), (97, 99, 258, 671)), workload=Workload((120, 160)))
EFFORT = {"particles": 8, "iterations": 8}


def on(memory, **more):
    return replace(DESIGN, hardware=Hardware(memory, **more))


@pytest.mark.parametrize(
    "memory", [("rram",) * 4, ("sram",) * 4, ("rram", "sram", "sram", "rram"), None]
)
def test_hardware_used_is_accepted_again_with_the_same_result(memory, formula):
    design = DESIGN if memory is None else on(memory)
    found = evaluate_design(design, accuracy=formula, **EFFORT).to_json()
    again = parse_design({**design.to_json(), "hardware": found["hardware"]})
    assert again.hardware.complete
    if memory is not None:
        assert again.hardware.memory == memory
    assert evaluate_design(again, accuracy=formula, **EFFORT).to_json() == found
    assert evaluate(again).energy_uj == found["energy_uj"]
    assert found["array_mb"] <= 10.0
    assert max(found["output_sigma_rel"]) <= MAX_SIGMA_REL
    total = sum(block["energy_uj"] for block in found["blocks"])
    assert total == pytest.approx(found["energy_uj"], rel=1e-9)


def test_no_basis_for_accuracy_is_null(formula):
    sparse = replace(on(("sram",) * 4), workload=Workload((120, 160), top_k=1))
    for design, source in ((sparse, formula), (on(("sram",) * 4), None)):
        found = evaluate_design(design, accuracy=source, **EFFORT).to_json()
        assert (found["miou"], found["miou_low"], found["miou_source"]) == (None, None, None)


def test_an_unknown_objective_is_refused():
    with pytest.raises(FieldError, match="objective: found 'speed'; allowed are energy"):
        evaluate_design(DESIGN, objective="speed")


def test_a_chip_above_one_die_says_so() -> None:
    design = cmn.load_design("energy_sram")
    assert cmn.evaluate(design)["reticle"] is None
    assert design.hardware is not None
    large = replace(design, hardware=replace(design.hardware, replicas=(64, 64, 64, 64)))
    found = cmn.evaluate(large)
    dies = math.ceil(found["area_mm2"] / 858.0)
    assert dies > 1
    assert found["reticle"] == (f"larger than one die can be (about 858 mm²): at least {dies} dies")
