from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cmn_core.cim.circuits.macro import build_macro
from cmn_core.cim.technologies.parameters import parameter_set
from cmn_core.design import Hardware
from cmn_core.paper.assumptions import PRESET, case_of
from cmn_core.paper.comparison import compare, cost_cells
from cmn_core.paper.hardware import price_case, price_on
from cmn_core.paper.tables import COSTS, Row, printed_rows

KEYS = {
    "table",
    "row",
    "memory",
    "quantity",
    "scope",
    "printed",
    "ours",
    "ratio",
    "how",
    "assumed",
}
AGREEING = 32  # of 32 cells at FFN scope: what the shipped set reaches


@pytest.fixture(scope="module")
def cells() -> list[dict[str, Any]]:
    return compare()


@pytest.fixture(scope="module")
def lines() -> dict[tuple[str, str, str], Row]:
    return {(r.table, r.name, r.memory): r for r in printed_rows()}


def test_every_printed_cell_in_both_scopes(cells: list[dict[str, Any]]) -> None:
    for table in ("G1", "G2"):
        for quantity in COSTS:
            for scope in ("ffn", "network"):
                mine = [
                    c
                    for c in cells
                    if (c["table"], c["quantity"], c["scope"]) == (table, quantity, scope)
                ]
                assert len(mine) == 8
        assert sum((c["table"], c["quantity"]) == (table, "miou_percent") for c in cells) == 8
    assert len(cells) == 80
    printed = {(r.table, r.name, r.memory): r.printed for r in printed_rows()}
    for c in cells:
        assert set(c) >= KEYS
        assert c["printed"] == printed[c["table"], c["row"], c["memory"]][c["quantity"]]


def test_ratio_is_ours_over_printed(cells: list[dict[str, Any]]) -> None:
    for c in cells:
        if c["ours"] is None:
            assert c["ratio"] is None and c["assumed"]
        else:
            assert c["ratio"] == c["ours"] / c["printed"] > 0.0
        if c["quantity"] in COSTS:
            assert c["how"] == "simulated"
            assert c["ours_silicon"] > 0.0
        else:
            assert c["how"] in ("measured", "predicted")


def test_students_are_called_assumed(cells: list[dict[str, Any]]) -> None:
    for c in cells:
        if c["row"] in ("kd", "nas+kd"):
            assert "not printed" in c["assumed"] or "distilled" in c["assumed"]


def test_measured_miou_is_that_of_the_shipped_table(cells: list[dict[str, Any]]) -> None:
    found = {c["row"]: c for c in cells if c["quantity"] == "miou_percent" and c["table"] == "G1"}
    assert found["ptq int8"]["ours"] > found["ptq int4"]["ours"] > 10.0
    assert found["ptq int2"]["ours"] is None
    assert "2-bit weights cost was not measured" in found["ptq int2"]["assumed"]


def test_ffn_cells_agree_as_well_as_they_did(cells: list[dict[str, Any]]) -> None:
    judged = [c["agrees"] for c in cells if c["agrees"] is not None]
    assert len(judged) == 32
    assert sum(judged) >= AGREEING


def test_the_same_cells_come_from_the_technologies_alone(cells: list[dict[str, Any]]) -> None:
    mine = {(c.row.table, c.row.name, c.row.memory, c.quantity): c.ours for c in _plain_cells()}
    for c in cells:
        if c["scope"] == "ffn":
            assert mine[c["table"], c["row"], c["memory"], c["quantity"]] == c["ours"]


def _plain_cells() -> list[Any]:
    return cost_cells(parameter_set("paper"))


@pytest.mark.parametrize("memory", ["rram", "sram"])
def test_the_ffns_cost_less_than_the_network(
    memory: str, lines: dict[tuple[str, str, str], Row]
) -> None:
    for parameters in ("paper", "silicon"):
        technology = parameter_set(parameters)[memory]
        case = case_of(lines["G2", "nas", memory], "energy_uj", PRESET)
        same = Hardware((memory,) * 4, {memory: technology.default}, (2, 1, 1, 1))  # type: ignore[arg-type]
        part = price_on(case, same, technology, "ffn")
        whole = price_on(case, same, technology, "network")
        for name in ("energy_uj", "latency_us", "area_mm2", "array_mb"):
            assert getattr(part, name) < getattr(whole, name)


def test_sram_energy_is_linear_in_weight_bits(lines: dict[tuple[str, str, str], Row]) -> None:
    full = [
        price_case(
            case_of(lines["G1", f"ptq int{bits}", "sram"], "energy_uj", PRESET),
            parameter_set("paper"),
            "ffn",
        ).energy_uj
        for bits in (8, 4, 2)
    ]
    assert full[0] / full[1] == pytest.approx(2.0, rel=0.01)
    assert full[0] / full[2] == pytest.approx(4.0, rel=0.02)


def test_rram_latency_of_the_unsearched_model_by_hand(
    lines: dict[tuple[str, str, str], Row],
) -> None:
    """1024 columns, 32 to an ADC: 32 ADCs; a weight takes 4 columns; 256 rows are read at once.

    Phases of up and down: 512/32 + 128/32, 1024/32 + 256/32, 1024/32 + 640/32, 1024/32 + 1024/32.
    """
    technology = parameter_set("paper")["rram"]
    case = case_of(lines["G2", "none", "rram"], "latency_us", PRESET)
    phases = 2 * (16384 * (16 + 4) + 4096 * (32 + 8) + 1024 * (32 + 20) + 256 * (32 + 32))
    read_us = 1e-3 * float(build_macro(technology, case.workload, technology.default).read_ns)
    found = price_case(case, parameter_set("paper"), "ffn").latency_us
    assert found == pytest.approx(phases * read_us, rel=2e-3)  # the rest is the router


def test_freed_arrays_hold_copies_and_found_hardware_keeps_the_limit(
    lines: dict[tuple[str, str, str], Row],
) -> None:
    paper = parameter_set("paper")
    for bits, copies in ((8, 1), (4, 2), (2, 4)):
        case = case_of(lines["G1", f"ptq int{bits}", "sram"], "latency_us", PRESET)
        assert price_case(case, paper, "ffn").hardware.replicas == (copies,) * 4
        none = replace(case, fitted_bits=bits)
        assert price_case(none, paper, "ffn").hardware.replicas == (1, 1, 1, 1)
    for memory in ("rram", "sram"):
        fast = price_case(
            case_of(lines["G1", "nas int8", memory], "latency_us", PRESET), paper, "ffn"
        )
        assert fast.array_mb <= 10.0
        assert max(fast.hardware.replicas or ()) > 1
        frugal = case_of(lines["G1", "nas int8", memory], "energy_uj", PRESET)
        assert price_case(frugal, paper, "ffn").hardware.replicas == (1, 1, 1, 1)


def test_copies_of_scenario_1_are_the_best_within_10_mb(
    lines: dict[tuple[str, str, str], Row],
) -> None:
    """Against every combination of one to eight copies of each block."""
    paper = parameter_set("paper")
    case = case_of(lines["G1", "nas int8", "sram"], "latency_us", PRESET)
    best = price_case(case, paper, "ffn")
    single = price_on(case, replace(best.hardware, replicas=(1, 1, 1, 1)), paper["sram"], "ffn")
    tried = [best.latency_us]
    for copies in np.ndindex(8, 4, 3, 2):
        hardware = replace(best.hardware, replicas=tuple(c + 1 for c in copies))
        priced = price_on(case, hardware, paper["sram"], "ffn")
        if priced.array_mb <= 10.0 and not {5, 7} & {c + 1 for c in copies}:
            tried.append(priced.latency_us)
    assert best.latency_us == min(tried) < 0.5 * single.latency_us
