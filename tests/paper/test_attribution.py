from __future__ import annotations

import pytest

from cmn_core.cim.workload import lay_out, weights
from cmn_core.design import Workload
from cmn_core.paper.assumptions import PRESET
from cmn_core.paper.attribution import BASELINES, M3VIT, M3VIT_S, _line, sizes
from cmn_core.paper.sensitivity import changes


def test_factors_multiply_to_the_total() -> None:
    for quantity in ("energy", "speed"):
        line = _line(quantity, "sram", BASELINES[0], "ffn", "paper", PRESET)
        assert line["by_network"] * line["by_hardware"] == pytest.approx(line["total"], rel=1e-12)
        corners = line["baseline_default"], line["searched_found"]
        assert line["total"] == corners[0] / corners[1]


def test_m3vit_s_by_hand() -> None:
    """512 x 512 in patches of 16: 1024 tokens in each of 12 layers; 72 M weights."""
    layout = lay_out(M3VIT, Workload(image=(512, 512)))
    assert layout.tokens.tolist() == [1024.0] * 4
    assert sum(M3VIT.depths) == 12
    experts = 6 * 2 * 384 * 1536 + 6 * 16 * 2 * 384 * 768
    attention = 12 * 4 * 384 * 384
    total = float(weights(M3VIT, M3VIT_S.experts, M3VIT_S.hidden))
    assert experts + attention == pytest.approx(70.8e6, rel=1e-3)
    assert experts + attention < total < 1.025 * (experts + attention)


def test_the_energy_network_on_rram_is_as_much_smaller_as_the_abstract_says() -> None:
    line = next(
        s
        for s in sizes()
        if (s["baseline"], s["memory"], s["scenario"]) == (BASELINES[0].name, "rram", 2)
    )
    assert line["total"] == pytest.approx(12.24, rel=0.03)


def test_every_change_differs_from_the_preset() -> None:
    first, *rest = changes()
    assert first.chosen == PRESET and not first.knobs
    assert all(c.chosen != PRESET or c.knobs or c.fitted for c in rest)
    assert len({c.what for c in rest}) == len(rest)
