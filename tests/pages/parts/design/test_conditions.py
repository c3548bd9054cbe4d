"""Images per second, temperature and node on Explore."""

from __future__ import annotations

from typing import Any

from tests.pages.explored import cards, shown


def test_conditions_count_and_a_node_without_rram_is_explained(searches: Any, page: Any) -> None:
    at = page("explore")
    assert "workload_image" not in [b.key for b in at.selectbox]  # folded away
    usual = cards(at)
    assert any(e.label == "Conditions: back to back, 25 °C, 28 nm" for e in at.expander)
    at.selectbox(key="workload_images_per_second").set_value(0.1).run()
    at.selectbox(key="workload_temperature_c").set_value(85.0).run()
    at.selectbox(key="workload_node_nm").set_value(65.0).run()
    assert not at.exception
    assert shown(at).workload.images_per_second == 0.1
    assert shown(at).workload.temperature_c == 85.0
    assert any(e.label == "Conditions: one in 10 s, 85 °C, 65 nm" for e in at.expander)
    moved = shown(at).hardware
    assert moved is not None and moved.macros["rram"]["vdd_v"] == 1.0
    [words] = [c.value for c in at.caption if "Supplies moved with the node" in c.value]
    assert "RRAM 0.9 V becomes 1 V" in words
    assert cards(at)["energy_uj"] != usual["energy_uj"]
    at.selectbox(key="workload_images_per_second").set_value(10_000.0).run()
    assert not [c for c in at.caption if "Supplies moved" in c.value]  # told once
    assert "below: at least 10,000 images per second" in cards(at)["latency_us"]
    at.selectbox(key="workload_images_per_second").set_value(0.0).run()
    assert shown(at).workload.images_per_second is None
    at.selectbox(key="workload_node_nm").set_value(7.0).run()
    assert "RRAM is known from 12 to 130 nm" in at.error[0].value
    assert not at.exception
    at.button(key="all_sram").click().run()
    assert not at.error and not at.exception
