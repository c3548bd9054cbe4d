"""Blocks, macros and what one step of each knob does."""

from __future__ import annotations

import re
from typing import Any

from pages.parts.design.draft import default_design
from tests.pages.explored import cards, link, open_macros, shown, unfolded


def test_all_blocks_are_changed_but_locked_ones(searches: Any, page: Any) -> None:
    at = page("explore")
    at.toggle(key="lock_1").set_value(True).run()
    at.button(key="all_more_experts").click().run()
    at.button(key="all_sram").click().run()
    assert [at.slider(key=f"experts_{b}").value for b in range(4)] == [3, 2, 3, 3]
    design = shown(at)
    assert design.hardware is not None
    assert design.hardware.memory == ("sram", "rram", "sram", "sram")
    at.button(key="reset").click().run()
    assert shown(at).architecture.experts == (2, 2, 2, 2)


def test_folded_macros_are_not_drawn(searches: Any, page: Any) -> None:
    at = page("explore")
    assert not [s for s in at.select_slider if str(s.key).startswith("knob_")]
    assert [s for s in open_macros(at).select_slider if str(s.key).startswith("knob_")]


def test_hardware_and_workload_count(searches: Any, page: Any) -> None:
    at = unfolded(page("explore"), "macros", "workload")
    energy = cards(at)["energy_uj"]
    at.select_slider(key="knob_rram_adc_bits").set_value(5.0).run()
    assert cards(at)["energy_uj"] != energy
    assert at.select_slider(key="knob_sram_rows").disabled  # no block is on it
    at.selectbox(key="workload_image").set_value((480, 640)).run()
    assert "no estimate" in cards(at)["miou"]
    at.selectbox(key="workload_image").set_value((120, 160)).run()
    dense = cards(at)["miou"]
    at.selectbox(key="workload_top_k").set_value(1).run()
    assert not at.exception
    assert shown(at).workload.top_k == 1
    assert cards(at)["miou"] != dense
    at.selectbox(key="workload_space").set_value("b1").run()
    assert not at.exception
    assert (shown(at).space, shown(at).workload.image) == ("b1", (120, 160))


def test_every_knob_says_what_one_step_of_it_does(searches: Any, page: Any) -> None:
    at = open_macros(page("explore", design=link(default_design())))
    lines = [c.value for c in at.caption if re.match(r"Energy (at|on|with) ", c.value)]
    assert sum(re.fullmatch(r"Energy at 1: .*; at 3: .*mIoU\.", line) is not None for line in lines)
    # experts, hidden size, memory with copies of four blocks, and every knob of the RRAM macro
    knobs = [s for s in at.select_slider if str(s.key).startswith("knob_rram")]
    assert len(lines) == 12 + len(knobs)
    at.segmented_control(key="quantity").set_value("area_mm2").run()
    assert not [c for c in at.caption if re.match(r"Energy (at|on|with) ", c.value)]
    assert [c for c in at.caption if re.match(r"Area on SRAM: .*\. Area with 2 copies: ", c.value)]
