from __future__ import annotations

from dataclasses import replace

import pytest

from cmn_core.architecture import Architecture
from cmn_core.cim.evaluation import evaluate
from cmn_core.cim.technologies.technology import load_technology
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


def test_each_objective_is_best_at_its_own():
    found = {
        name: evaluate_design(on(("sram",) * 4), objective=name).to_json()
        for name in ("energy", "latency", "edp", "edap")
    }
    worth = {
        "energy": lambda d: d["energy_uj"],
        "latency": lambda d: d["latency_us"],
        "edp": lambda d: d["energy_uj"] * d["latency_us"],
        "edap": lambda d: d["energy_uj"] * d["latency_us"] * d["area_mm2"],
    }
    for name, value in worth.items():
        assert min(found, key=lambda n: value(found[n])) == name


def test_a_network_over_the_capacity_is_priced_at_the_least_capacity():
    largest = replace(
        on(("sram",) * 4), space="b2", architecture=Architecture((5,) * 4, (256, 512, 1280, 2048))
    )
    found = evaluate_design(largest, objective="latency", **EFFORT).to_json()
    assert found["array_mb"] > 10.0
    assert found["hardware"]["replicas"] == [1, 1, 1, 1]


def test_only_the_capacity_gives_way_while_the_output_error_can_be_kept():
    largest = Architecture((5,) * 4, (128, 256, 640, 1024))
    for replicas in ((8,) * 4, (32,) * 4):
        design = replace(on(("rram",) * 4, replicas=replicas), architecture=largest)
        found = evaluate_design(design, objective="energy", **EFFORT).to_json()
        assert found["array_mb"] > 10.0
        assert max(found["output_sigma_rel"]) <= MAX_SIGMA_REL


def test_the_output_error_gives_way_where_a_given_macro_cannot_keep_it():
    coarse = {**load_technology("rram").default, "adc_bits": 4}
    design = on(("rram",) * 4, macros={"rram": coarse})
    found = evaluate_design(design, **EFFORT).to_json()
    assert max(found["output_sigma_rel"]) > MAX_SIGMA_REL
    assert found["array_mb"] <= 10.0


def test_no_basis_for_accuracy_is_null(formula):
    sparse = replace(on(("sram",) * 4), workload=Workload((120, 160), top_k=1))
    for design, source in ((sparse, formula), (on(("sram",) * 4), None)):
        found = evaluate_design(design, accuracy=source, **EFFORT).to_json()
        assert (found["miou"], found["miou_low"], found["miou_source"]) == (None, None, None)


def test_an_unknown_objective_is_refused():
    with pytest.raises(FieldError, match="objective: found 'speed'; allowed are energy"):
        evaluate_design(DESIGN, objective="speed")
