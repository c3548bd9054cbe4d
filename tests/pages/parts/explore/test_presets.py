"""The paper's designs at a press."""

from __future__ import annotations

from typing import Any

from tests.pages.explored import shown


def test_presets_hold_the_papers_designs(searches: Any, page: Any) -> None:
    at = page("explore")
    at.selectbox(key="preset").set_value("Table B1: latency, RRAM").run()
    assert not at.exception
    assert shown(at).architecture.hidden == (97, 99, 258, 671)
    assert at.selectbox(key="preset").value is None
    at.selectbox(key="preset").set_value("Smallest, SRAM").run()
    assert shown(at).architecture.experts == (1, 1, 1, 1)
    at.button(key="undo").click().run()
    assert shown(at).architecture.hidden == (97, 99, 258, 671)
