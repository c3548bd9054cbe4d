from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from cmn_core.errors import FieldError
from cmn_core.models.assigning.problem import ChipLimits, ChipProblem
from cmn_core.models.assigning.search import search_chip
from cmn_core.models.chip import Chip, uniform
from cmn_core.models.hardware import best_chip
from cmn_core.models.layers import Model
from cmn_core.models.pricing import price_model
from cmn_core.models.report import assess

Build = Callable[..., Model]
LAYERS = [
    {"kind": "product", "k": 27, "n": 32, "vectors": 4000, "block": "first"},
    {"kind": "product", "k": 512, "n": 512, "vectors": 60, "block": "second"},
]
BOTH = ("rram", "sram")
BOTH = ("rram", "sram")
LIMITS = ChipLimits(sigma_rel=0.08)


@pytest.mark.parametrize("objective", ["energy", "latency", "edp"])
def test_a_hybrid_is_no_worse_than_what_it_is_made_of(build: Build, objective: str) -> None:
    model = build(*LAYERS)
    found = {
        names: search_chip(
            ChipProblem(model, names, objective, LIMITS), Chip(uniform(names[0]))
        ).value
        for names in (("rram",), ("sram",), ("rram", "sram"))
    }
    assert found["rram", "sram"] <= min(found["rram",], found["sram",]) * (1 + 1e-9)


def test_copies_are_no_worse_than_none(build: Build) -> None:
    model = build(*LAYERS)
    plain = best_chip(
        model, Chip(uniform("sram")), "latency", max_array_mb=100.0, max_sigma_rel=0.08
    )
    searched = search_chip(ChipProblem(model, ("sram",), "latency", LIMITS), Chip(uniform("sram")))
    assert searched.value <= float(price_model(model, plain).latency_ns)
    assert searched.proven
    assert searched.chip.blocks["first"].copies == 64  # 4000 positions, and area is free


def test_the_answer_names_memory_and_copies_of_each_block(build: Build) -> None:
    model = build(*LAYERS)
    chip = search_chip(ChipProblem(model, BOTH, "edap", LIMITS), Chip(uniform("sram"))).chip
    answer = assess(model, chip)
    blocks = answer["hardware"]["blocks"]
    assert set(blocks) == {"first", "second"}
    for row in answer["layers"]:
        if row["kind"] == "product":
            assert row["memory"] == blocks[row["block"]]["memory"]
    cost = price_model(model, replace(chip, blocks={}))
    assert answer["macros"] != int(cost.arrays) or all(
        choice.copies == 1 for choice in chip.blocks.values()
    )


def test_limits_that_nothing_keeps_say_what_can_be_had(build: Build) -> None:
    narrow = ChipLimits(area_mm2=0.01, sigma_rel=0.08)
    said = "^limits: no chip was found that keeps them all: the smallest has"
    with pytest.raises(FieldError, match=said):
        search_chip(ChipProblem(build(*LAYERS), BOTH, "energy", narrow), Chip(uniform("sram")))


@pytest.mark.parametrize("memories", [("rram",), ("sram",), BOTH])
def test_what_is_said_of_the_fastest_can_be_had(build: Build, memories: tuple[str, ...]) -> None:
    """A limit just above the fastest is kept, whatever is to be least."""
    model, chip = build(*LAYERS), Chip(uniform(memories[0]))

    def search(latency_us: float, objective: str = "energy") -> float:
        limits = ChipLimits(latency_us=latency_us, sigma_rel=0.08)
        found = search_chip(ChipProblem(model, memories, objective, limits), chip)
        return float(price_model(model, found.chip).latency_ns) * 1e-3

    fastest = search(np.inf, "latency")
    with pytest.raises(FieldError) as refused:
        search(1e-6)
    told = float(str(refused.value).split("the fastest takes ")[1].split(" ")[0])
    assert told <= fastest * 1.001
    assert search(1.001 * told) <= 1.001 * told


def test_the_smallest_is_the_same_whatever_limit_is_missed(build: Build) -> None:
    model, told = build(*LAYERS), []
    for limits in (
        ChipLimits(area_mm2=0.01, sigma_rel=0.08),
        ChipLimits(area_mm2=20.0, latency_us=1e-6, sigma_rel=0.08),
        ChipLimits(array_mb=1e-4, sigma_rel=0.08),
    ):
        with pytest.raises(FieldError) as refused:
            search_chip(ChipProblem(model, ("rram",), "energy", limits), Chip(uniform("rram")))
        told.append(str(refused.value).split("the smallest has ")[1].split(" ")[0])
    assert len(set(told)) == 1 and "fewest arrays has" in str(refused.value)
    least = float(told[0]) * 1.001
    kept = ChipLimits(area_mm2=least, sigma_rel=0.08)
    search_chip(ChipProblem(model, ("rram",), "energy", kept), Chip(uniform("rram")))
