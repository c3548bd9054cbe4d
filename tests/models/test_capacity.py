from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from cmn_core.cim.programming import write_rram, write_sram
from cmn_core.errors import FieldError
from cmn_core.models.capacity import requirements
from cmn_core.models.chip import Chip, uniform, with_macros
from cmn_core.models.layers import Model
from cmn_core.models.presets import load_preset
from cmn_core.models.pricing import price_model

Build = Callable[..., Model]
# 1024 x 1024 weights are 1.048576 MB at 8 bits and fill whole arrays of 128 x 128.
SQUARE = {"kind": "product", "k": 1024, "n": 1024, "vectors": 10, "count": 20}
EXPERTS = {"kind": "ffn", "width": 1024, "hidden": 1024, "tokens": 1, "experts": 16, "top_k": 2}


def asked(model: Model, memory: str | dict[str, str], limit: float = 10.0) -> dict[str, Any]:
    chip = with_macros(Chip(uniform(memory) if isinstance(memory, str) else memory))
    return requirements(model, chip, price_model(model, chip), max_array_mb=limit)


def test_what_fits_needs_no_more_than_being_written(build: Build) -> None:
    answer = asked(build({**SQUARE, "count": 9}), "sram")
    assert answer["fits"] and "chips" not in answer and "reload" not in answer
    weights = 9 * 1024 * 1024
    assert answer["deployment_write"]["energy_uj"] == pytest.approx(weights * 8 * 0.011875e-6)


def test_chips_and_reload_by_hand(build: Build) -> None:
    """20.97 MB on chips of 10 MB: three of them, as a chip holds whole arrays only. One chip keeps
    10 - 1.05 MB and reloads the rest, 12.02 MB."""
    model = build(SQUARE)
    answer = asked(model, "sram")
    assert not answer["fits"]
    per_chip = math.floor(10e6 * 8 / 128**2) * 128**2 / 8e6
    assert answer["chips"]["count"] == math.ceil(20 * 1.048576 / per_chip) == 3
    moved = 20 * 10 * 2048 * 8 * 11.0 * 1e-6
    assert answer["chips"]["links_energy_uj_at_most"] == pytest.approx(moved)
    reload = answer["reload"]
    nbytes = (21 * 1.048576 - 10.0) * 1e6
    assert reload["bytes"] == pytest.approx(nbytes)
    assert reload["dram_energy_uj"] == pytest.approx(nbytes * 8 * 11.0 * 1e-6)
    assert reload["dram_time_us"] == pytest.approx(nbytes / 25.6 * 1e-3)
    assert reload["write_energy_uj"] == pytest.approx(nbytes * 8 * 0.011875e-6)
    assert reload["possible"] and reload["inferences_until_worn"] is None
    slower = max(reload["dram_time_us"], reload["write_time_us"])
    chip = with_macros(Chip(uniform("sram")))
    resident = float(price_model(model, chip).latency_ns) * 1e-3
    assert reload["latency_us"] == pytest.approx(resident + slower)


def test_reloading_rram_is_refused_with_its_life_time(build: Build) -> None:
    few = asked(build(SQUARE), "rram")["reload"]
    many = asked(build({**SQUARE, "count": 2000}), "rram")["reload"]
    assert not few["possible"] and "worn out" in few["why_not"]
    assert 0 < few["inferences_until_worn"] < 10_000
    # 2000 matrices pass through the arrays of one: less than ten inferences.
    assert many["inferences_until_worn"] <= 5


def test_a_split_keeps_rram_and_reloads_sram(build: Build) -> None:
    model = build({**SQUARE, "count": 4}, {**EXPERTS, "experts": 8})
    answer = asked(model, {"product": "rram", "ffn": "sram"})
    assert not answer["fits"] and answer["reload"]["possible"]
    answer = asked(model, {"product": "sram", "ffn": "rram"})
    assert not answer["reload"]["possible"]


def test_only_experts_that_are_needed_are_reloaded(build: Build) -> None:
    """32 matrices of experts; one token needs 2 of 16 experts."""
    one = asked(build(EXPERTS), "sram")["reload"]["bytes"]
    every = asked(build({**EXPERTS, "tokens": 100}), "sram")["reload"]["bytes"]
    assert every == pytest.approx((33 * 1.048576 - 10.0) * 1e6)
    assert one == pytest.approx(every / 8)
    measured = {**EXPERTS, "histogram": [1, 1, *[0] * 14]}
    assert asked(build(measured), "sram")["reload"]["bytes"] == pytest.approx(one)


def test_writing_is_that_of_a_deployment(build: Build) -> None:
    model = build({**SQUARE, "count": 2})
    for memory, write in (("rram", write_rram), ("sram", write_sram)):
        chip = with_macros(Chip(uniform(memory)))
        technology, macro = chip.used[memory], chip.macro(memory, model)
        _, pj, ns = write(technology, macro, chip.macros[memory], 2.0 * 1024 * 1024)
        answer = asked(model, memory)["deployment_write"]
        assert answer["energy_uj"] == pytest.approx(pj * 1e-6)
        assert answer["time_us"] == pytest.approx(ns * 1e-3)


def test_less_than_an_array_is_refused(build: Build) -> None:
    with pytest.raises(FieldError, match="one array alone has"):
        asked(build(SQUARE), "sram", limit=0.001)


@pytest.mark.parametrize("name", ["mixtral-8x7b-decode", "deepseek-moe-16b-decode"])
def test_a_language_model_takes_thousands_of_chips(name: str) -> None:
    answer = asked(load_preset(name), "sram")
    assert answer["chips"]["count"] > 1000
    assert answer["reload"]["bytes"] > 1e9
    assert asked(load_preset(name), "rram")["reload"]["inferences_until_worn"] < 100
