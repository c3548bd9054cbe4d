"""The Explore page in its states: first visit, moved, pinned, unbuildable, rubbish, live."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cmn_core.cim.chip import price
from cmn_core.whatif.edits import completed, with_block, with_knob, with_workload
from cmn_core.whatif.formats.link import pack_design
from pages.parts.design.draft import default_design
from tests.pages import looks
from tests.pages.explored import cards, link, open_macros, shown, specs


def test_an_empty_machine_still_explores(searches: Any, page: Any) -> None:
    at = page("explore")
    assert not at.exception
    assert set(specs(at)) == {"blocks", "steps"}
    assert "No search is here yet" in at.info[0].value
    assert {"energy_uj", "latency_us", "area_mm2", "array_mb", "miou"} <= set(cards(at))
    assert shown(at).architecture == default_design().architecture


def test_a_slider_moves_figures_charts_and_the_address(searches: Any, page: Any) -> None:
    at = page("explore")
    before, address = cards(at), at.query_params["design"]
    first = specs(at)["blocks"]["layer"][0]["data"]["values"]
    at.slider(key="experts_2").set_value(5).run()
    assert not at.exception
    assert cards(at)["energy_uj"] != before["energy_uj"]
    assert cards(at)["miou"] != before["miou"]
    assert at.query_params["design"] != address
    assert shown(at).architecture.experts[2] == 5
    assert specs(at)["blocks"]["layer"][0]["data"]["values"] != first
    at.button(key="undo").click().run()
    assert cards(at)["energy_uj"] == before["energy_uj"]
    assert at.slider(key="experts_2").value == 2
    assert at.button(key="undo").disabled


def test_what_was_before_stands_beside(searches: Any, page: Any) -> None:
    at = page("explore")
    assert "before" not in looks.bodies(at)
    old = re.search(r"[\d,.]+", cards(at)["energy_uj"].partition("sim.")[2])
    at.slider(key="experts_2").set_value(5).run()
    assert old is not None
    assert f"before {old.group()}: +" in looks.bodies(at)


def test_what_cannot_be_built_is_explained_and_the_last_figures_are_grey(
    searches: Any, page: Any
) -> None:
    at = open_macros(page("explore"))
    at.select_slider(key="knob_rram_active_rows").set_value(128.0).run()
    energy = cards(at)["energy_uj"]
    at.select_slider(key="knob_rram_rows").set_value(64.0).run()
    assert not at.exception
    assert "RRAM, rows summed per read" in at.error[0].value
    assert "Greyed below" in at.error[0].value
    assert any("Cannot be built: found 128" in e.value for e in at.error[1:])
    assert cards(at)["energy_uj"] == energy
    assert any("cmn-stale" in e.proto.body for e in at.get("html") if "<article" in e.proto.body)
    assert at.button(key="pin").disabled and at.button(key="apply_0").disabled
    at.select_slider(key="knob_rram_active_rows").set_value(64.0).run()
    assert not at.error
    assert cards(at)["energy_uj"] != energy


def test_a_link_to_what_cannot_be_built_has_controls_and_no_figures(
    searches: Any, page: Any
) -> None:
    wrong = with_knob(completed(default_design()), "rram", "active_rows", 512.0)
    at = page("explore", design=pack_design(wrong))
    assert not at.exception
    assert "cannot be built" in at.error[0].value
    assert specs(at) == {}
    assert "mend the knob" in at.info[0].value
    at.select_slider(key="knob_rram_active_rows").set_value(64.0).run()
    assert not at.error
    assert specs(at)


@pytest.mark.parametrize("wrong", ["rubbish", "<script>alert(1)</script>", "a", "aePk", "x" * 9000])
def test_rubbish_in_the_address_is_one_sentence(searches: Any, page: Any, wrong: str) -> None:
    at = page("explore", design=wrong, pins=f"{wrong}.{wrong}", run="' OR 1=1")
    assert not at.exception
    assert len(at.warning) == 3
    assert "holds no design that can be read" in at.warning[0].value
    assert "pins" not in at.query_params
    assert cards(at)
    at.run()
    assert not at.warning


def test_a_design_outside_the_space_is_refused_by_name(searches: Any, page: Any) -> None:
    wrong = with_block(completed(default_design()), 3, hidden=5000)
    at = page("explore", design=pack_design(wrong))
    assert not at.exception
    assert "architecture.hidden" in at.warning[0].value


def test_a_pinned_design_stands_beside(searches: Any, page: Any) -> None:
    at = page("explore")
    at.button(key="pin").click().run()
    assert "same as A" in cards(at)["energy_uj"]
    assert at.selectbox(key="basket_reference").value == 0
    at.slider(key="experts_0").set_value(5).run()
    assert "against A" in cards(at)["array_mb"]
    assert "pins" in at.query_params


def test_numbers_stand_below_the_charts_on_request(searches: Any, page: Any) -> None:
    searches.search(scenario="energy", memory="rram")
    at = page("explore")
    at.toggle(key="twin_explore").set_value(True).run()
    assert not at.exception
    assert len(at.dataframe) == 3


def test_a_store_that_cannot_be_read_costs_only_the_front(searches: Any, page: Any) -> None:
    Path(searches.store.path).write_bytes(b"no database at all" * 100)
    at = page("explore")
    assert not at.exception
    assert any("cannot be read" in w.value for w in at.warning)
    assert cards(at)


@pytest.fixture
def priced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many designs each call of the simulator priced, in order."""
    counts: list[int] = []

    def counted(*asked: Any, experts: Any, **more: Any) -> Any:
        counts.append(len(np.atleast_2d(experts)))
        return price(*asked, experts=experts, **more)

    for place in ("cim.evaluation", "whatif.batch_pricing", "search.inner.grid"):
        monkeypatch.setattr(f"cmn_core.{place}.price", counted)
    return counts


def test_a_redraw_prices_the_design_once_and_its_steps_as_one_batch(
    searches: Any, page: Any, priced: list[int]
) -> None:
    at = page("explore")
    priced.clear()
    at.slider(key="experts_2").set_value(5).run()
    design, *steps = priced
    assert design == 1  # all on RRAM: one call
    assert len(steps) == 2  # each memory once: a block may change it
    assert steps[0] == steps[1] > 20
    priced.clear()
    at.run()
    assert priced == []


def test_under_top_k_a_design_is_priced_once(searches: Any, page: Any, priced: list[int]) -> None:
    page("explore", design=link(with_workload(completed(default_design()), top_k=1)))
    assert priced[0] == 1
    assert len(priced) == 3
