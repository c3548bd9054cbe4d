"""The price of one design, its breakdown, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest

from cmn_core.architecture import SPACES, Architecture
from cmn_core.cim.evaluation import evaluate
from cmn_core.cim.technologies.technology import NAMES, load_technology
from cmn_core.cim.workload import macs, weights
from cmn_core.design import Design, Hardware, Workload
from cmn_core.errors import FieldError

B0 = SPACES["b0"]


def design(memory: tuple[str, str, str, str], **workload: Any) -> Design:
    macros = {n: load_technology(n).default for n in NAMES if n in memory}
    hardware = Hardware(memory, macros, (4, 2, 1, 1))
    architecture = Architecture((3, 4, 2, 1), (50, 100, 300, 700))
    return Design(architecture, workload=Workload(**workload), hardware=hardware)


@pytest.mark.parametrize("memory", [("rram",) * 4, ("sram",) * 4, ("rram", "sram", "sram", "rram")])
def test_blocks_and_parts_add_up(memory: tuple[str, str, str, str]) -> None:
    result = evaluate(design(memory))
    assert [row.block for row in result.blocks] == [1, 2, 3, 4, "other"]
    for quantity in ("energy_uj", "latency_us", "area_mm2"):
        total = sum(getattr(row, quantity) for row in result.blocks)
        assert total == pytest.approx(getattr(result, quantity), rel=1e-9)
        for row in result.blocks:
            parts = row.breakdown[quantity]
            assert sum(parts.values()) == pytest.approx(getattr(row, quantity), rel=1e-9)
            assert all(value > 0 for value in parts.values())
    assert result.blocks[4].memory == ("mixed" if len(set(memory)) > 1 else memory[0])
    assert [row.memory for row in result.blocks[:4]] == list(memory)


def test_evaluation_states_its_own_arithmetic() -> None:
    d = design(("sram",) * 4)
    result = evaluate(d)
    e, h = d.architecture.experts, d.architecture.hidden
    assert result.weights_mb == pytest.approx(float(weights(B0, e, h)) / 1e6)
    four_bits = evaluate(design(("sram",) * 4, weight_bits=4))
    assert four_bits.weights_mb == pytest.approx(result.weights_mb / 2)
    tera = 2 * float(macs(B0, e, h)) / (result.latency_us * 1e-6) / 1e12
    assert result.tops_per_mm2 == pytest.approx(tera / result.area_mm2)
    assert result.array_mb > result.weights_mb


def test_key_order_changes_nothing() -> None:
    d = design(("rram",) * 4)
    hardware = d.hardware
    assert hardware is not None
    reverse = {n: dict(reversed(list(m.items()))) for n, m in hardware.macros.items()}
    turned = Hardware(hardware.memory, reverse, hardware.replicas)
    again = evaluate(Design(d.architecture, workload=d.workload, hardware=turned))
    assert again == evaluate(d)


@pytest.mark.parametrize(
    ("hardware", "field"),
    [
        (None, "hardware"),
        (Hardware(("rram",) * 4, {}, (1, 1, 1, 1)), "hardware.macros.rram"),
        (Hardware(("sram",) * 4, {"sram": load_technology("sram").default}), "hardware.replicas"),
        (
            Hardware(("sram",) * 4, {"sram": {"rows": 0}}, (1, 1, 1, 1)),
            "hardware.macros.sram.rows",
        ),
    ],
)
def test_incomplete_hardware_is_refused(hardware: Hardware | None, field: str) -> None:
    d = design(("rram",) * 4)
    with pytest.raises(FieldError) as caught:
        evaluate(Design(d.architecture, hardware=hardware))
    assert caught.value.field == field


def test_error_by_cause_adds_up_and_sram_has_none() -> None:
    result = evaluate(design(("rram", "sram", "sram", "rram")))
    for b, total in enumerate(result.output_sigma_rel):
        parts = [result.sigma_parts[n][b] for n in ("adc", "cells", "wires")]
        assert math.hypot(*parts) == pytest.approx(total, rel=1e-9)
    assert result.output_sigma_rel[1] == 0.0
    assert result.sigma_parts["cells"][0] > result.sigma_parts["wires"][0] > 0.0


def test_rates_and_intervals_state_their_own_arithmetic() -> None:
    d = design(("rram",) * 4)
    result = evaluate(d)
    operations = 2.0 * float(macs(B0, d.architecture.experts, d.architecture.hidden))
    assert result.tops_per_w == pytest.approx(operations / (result.energy_uj * 1e-6) / 1e12)
    # working on several images at once is never slower than one after the other
    assert result.images_per_s > 1e6 / result.latency_us
    for name, (low, high) in result.intervals.items():
        assert low < getattr(result, name) < high
    assert result.deployment.rewrites == 1e4
