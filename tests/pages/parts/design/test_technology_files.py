"""Technology files of one's own on Explore, Search and Hybrid; Models has tests of its own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cmn_core.cim.technologies.parameters import own_technology
from cmn_core.cim.technologies.technology import BUILT_IN, load_technology
from cmn_core.whatif.answer import answer
from pages.parts.design.draft import default_design
from pages.parts.design.technology_files import KEPT, read_own_technology
from tests.pages.looks import bodies, words

MINE = b"""schema = "cmn.technology/1"
base = "rram"
title = "Mine of tests"
[constants]
cell_area_factor = { value = 9.0, unit = "1", source = "lot 7" }
"""


def test_explore_prices_on_the_file_until_it_is_removed(searches: Any, page: Any) -> None:
    at = page("explore")
    plain = bodies(at)
    at.file_uploader(key="explore_technologies").upload("m.toml", MINE, "application/toml").run()
    at.run()
    assert not at.exception
    assert bodies(at) != plain
    assert "Mine of tests stands for RRAM." in words(at)
    assert "technology Mine of tests for rram" in words(at) + bodies(at)
    at.button(key="explore_technologies_remove_rram").click().run()
    assert not at.exception
    assert bodies(at) == plain
    assert "Mine of tests" not in words(at)


def test_the_answer_is_that_of_the_command(searches: Any, page: Any) -> None:
    own = own_technology(json.loads(read_own_technology(MINE, "m.toml")[2]))
    found = answer(default_design(), technologies={"rram": own, "sram": load_technology("sram")})
    before = answer(default_design())
    assert found.metrics["area_mm2"] > 1.5 * before.metrics["area_mm2"]
    assert (found.design.provenance or {})["technology"] == "Mine of tests for rram"
    assert "technology" not in (before.design.provenance or {})


def test_a_file_that_holds_at_another_node_says_so(searches: Any, page: Any) -> None:
    at = page("explore", node_nm="65")
    line = b'feature_nm = { value = 40, unit = "nm", source = "lot 7" }'
    raw = MINE.replace(b"[constants]", b"[constants]\n" + line)
    at.file_uploader(key="explore_technologies").upload("m.toml", raw, "application/toml").run()
    at.run()
    assert not at.exception


def test_a_search_is_started_with_the_files_of_its_memory(searches: Any, page: Any) -> None:
    at = page("search")
    files = at.file_uploader(key="search_technologies")
    files.upload("m.toml", MINE, "application/toml").run()
    for memory in ("rram", "sram", "hybrid"):
        at.segmented_control(key="form_memory").set_value(memory).run()
        at.button(key="start").click().run()
        assert not at.exception
        newest = searches.store.list_runs()[0]
        technology = newest.scenario.get("technology") or {}
        assert newest.scenario["memory"] == memory
        assert list(technology) == ([] if memory == "sram" else ["rram"])


def test_hybrid_takes_files_too(searches: Any, page: Any) -> None:
    at = page("hybrid")
    files = at.file_uploader(key="hybrid_technologies")
    files.upload("m.toml", MINE, "application/toml").run()
    at.button(key="queue_hybrid").click().run()
    assert not at.exception
    rows = searches.store.list_runs()
    assert len(rows) == 3
    assert all(row.scenario["technology"]["rram"]["title"] == "Mine of tests" for row in rows)


def test_what_is_kept_on_one_page_counts_on_another(searches: Any, page: Any) -> None:
    at = page("models", model="vit-moe-b0")
    at.file_uploader(key="technologies").upload("m.toml", MINE, "application/toml").run()
    assert list(at.session_state[KEPT]) == ["rram"]
    at.switch_page("explore.py").run()
    assert not at.exception
    assert "Mine of tests stands for RRAM." in words(at)


@pytest.mark.parametrize("base", BUILT_IN)
def test_a_template_is_one_click(searches: Any, page: Any, base: str) -> None:
    at = page("models", model="vit-moe-b0")
    keys = [button.proto.id for button in at.get("download_button")]
    assert any(key.endswith(f"technologies_template_{base}") for key in keys)
