"""The oracle, and how near the search comes to it on small grids."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from cmn_core.cim.technologies.parameters import own_technologies
from cmn_core.cim.technologies.technology import Technology
from cmn_core.models.assigning.enumeration import enumerate_chip
from cmn_core.models.assigning.joined import joined
from cmn_core.models.assigning.options import COPIES
from cmn_core.models.assigning.problem import ChipLimits, ChipProblem
from cmn_core.models.assigning.search import search_chip
from cmn_core.models.chip import BlockChoice, Chip, uniform
from cmn_core.models.hardware import OBJECTIVES
from cmn_core.models.layers import Model
from cmn_core.models.pricing import price_model

FEW: dict[str, dict[str, Any]] = {
    "rram": {"rows": [64, 256], "adc_bits": [6, 8]},
    "sram": {"rows": [64, 256], "vdd_v": [0.6, 0.9]},
}
BOTH = ("rram", "sram")
REGRET = 0.05


def library(levels: dict[str, dict[str, Any]]) -> dict[str, Technology]:
    """Technologies of few macros: knobs that are not named have their default alone."""
    documents = {}
    for memory, named in levels.items():
        known = Chip(uniform(memory)).used[memory].knob
        knobs = {
            name: {"levels": named.get(name, [knob.default]), "default": knob.default}
            for name, knob in known.items()
        }
        for name, kept in named.items():
            knobs[name]["default"] = kept[0]
        head = {"schema": "cmn.technology/1", "base": memory, "title": "few levels"}
        documents[memory] = {**head, "knobs": knobs}
    return own_technologies(documents)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_oracle_is_that_of_trying_every_macro_and_block(
    networks: list[Model], objective: str
) -> None:
    """Two macros of each memory, 14 choices of one block: each chip priced by itself."""
    found = library({"rram": {"rows": [64, 256]}, "sram": {"vdd_v": [0.6, 0.9]}})
    chip = Chip(uniform("rram"), technologies=found)
    bare = replace(chip, memory={"product": "rram", "ffn": "sram"})
    free = ChipProblem(networks[0], BOTH, objective, ChipLimits())
    tried = []
    for rows, vdd, memory, copies in product((64, 256), (0.6, 0.9), BOTH, COPIES):
        macros = {
            "rram": {**found["rram"].default, "rows": float(rows)},
            "sram": {**found["sram"].default, "vdd_v": vdd},
        }
        one = replace(bare, macros=macros, blocks={"body": BlockChoice(memory, copies)})
        area_mm2 = float(price_model(networks[0], one).area_um2) * 1e-6
        tried.append((area_mm2, free.value(one)))
    most = 3.0 * min(area for area, _ in tried)
    assert most < max(area for area, _ in tried)
    best = enumerate_chip(replace(free, limits=ChipLimits(area_mm2=most)), chip)
    least = min(value for area, value in tried if area <= most)
    assert best is not None and best.value == pytest.approx(least, rel=1e-12)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_search_is_near_the_oracle_and_never_below(
    networks: list[Model], objective: str
) -> None:
    """Four macros of each memory, two networks; docs/models.md has the figure over many."""
    chip = Chip(uniform("rram"), technologies=library(FEW))
    problem = ChipProblem(joined(networks), BOTH, objective, ChipLimits(sigma_rel=0.2))
    best, found = enumerate_chip(problem, chip), search_chip(problem, chip)
    assert best is not None and best.proven
    assert best.value * (1.0 - 1e-9) <= found.value <= best.value * (1.0 + REGRET)
