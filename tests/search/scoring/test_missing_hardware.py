"""Hardware found for what a design leaves open, and which limit gives way first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cmn_core.architecture import Architecture
from cmn_core.cim.evaluation import DesignCost, evaluate
from cmn_core.cim.technologies.technology import load_technology
from cmn_core.design import Design, Hardware, Workload
from cmn_core.quantities import MAX_SIGMA_REL
from cmn_core.search.scoring.missing_hardware import complete_hardware

NETWORK = Architecture((2, 5, 3, 2), (97, 99, 258, 671))
EFFORT = {"particles": 8, "iterations": 8}


def on(memory: str, **more: Any) -> Design:
    hardware = Hardware((memory, memory, memory, memory), **more)
    return Design(NETWORK, workload=Workload((120, 160)), hardware=hardware)


def costs(design: Design, objective: str = "edp", **effort: int) -> DesignCost:
    hardware = complete_hardware(design, objective=objective, **effort)
    return evaluate(replace(design, hardware=hardware))


def test_each_objective_is_best_at_its_own() -> None:
    found = {name: costs(on("sram"), name) for name in ("energy", "latency", "edp", "edap")}
    worth = {
        "energy": {n: d.energy_uj for n, d in found.items()},
        "latency": {n: d.latency_us for n, d in found.items()},
        "edp": {n: d.energy_uj * d.latency_us for n, d in found.items()},
        "edap": {n: d.energy_uj * d.latency_us * d.area_mm2 for n, d in found.items()},
    }
    for name, values in worth.items():
        assert min(values, key=values.__getitem__) == name


def test_what_is_given_is_kept_and_the_rest_is_found() -> None:
    given = dict(load_technology("rram").default)
    hardware = complete_hardware(on("rram", macros={"rram": given}), objective="edp", **EFFORT)
    assert hardware.complete
    assert hardware.macros == {"rram": given}
    whole = replace(on("rram"), hardware=hardware)
    assert complete_hardware(whole, objective="latency") is hardware


def test_a_network_over_the_capacity_is_priced_at_the_least_capacity() -> None:
    sizes = (256, 512, 1280, 2048)
    largest = replace(on("sram"), space="b2", architecture=Architecture((5, 5, 5, 5), sizes))
    found = costs(largest, "latency", **EFFORT)
    assert found.array_mb > 10.0
    assert found.hardware.replicas == (1, 1, 1, 1)


def test_only_the_capacity_gives_way_while_the_output_error_can_be_kept() -> None:
    largest = Architecture((5, 5, 5, 5), (128, 256, 640, 1024))
    for copies in (8, 32):
        design = on("rram", replicas=(copies, copies, copies, copies))
        found = costs(replace(design, architecture=largest), "energy", **EFFORT)
        assert found.array_mb > 10.0
        assert max(found.output_sigma_rel) <= MAX_SIGMA_REL


def test_the_output_error_gives_way_where_a_given_macro_cannot_keep_it() -> None:
    coarse = {**load_technology("rram").default, "adc_bits": 4}
    found = costs(on("rram", macros={"rram": coarse}), **EFFORT)
    assert max(found.output_sigma_rel) > MAX_SIGMA_REL
    assert found.array_mb <= 10.0


def test_where_no_source_knows_rram_all_blocks_are_on_sram() -> None:
    small = Design(
        Architecture((1, 1, 1, 1), (16, 16, 16, 16)), workload=Workload((96, 128), node_nm=7.0)
    )
    found = complete_hardware(small, objective="energy", particles=4, iterations=3)
    assert found.memory == ("sram",) * 4
    assert found.macros["sram"]["vdd_v"] in (0.5, 0.583, 0.667, 0.75, 0.833)
