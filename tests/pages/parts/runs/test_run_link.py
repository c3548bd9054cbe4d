"""What a list of runs sends back."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


def page(value: str | None) -> None:
    import streamlit as st

    from pages.parts.runs.run_link import picked

    st.session_state["list"] = value
    st.text(repr(picked("list")))


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("jJ6jg2VWPoJ4W72USfhBZA", "('jJ6jg2VWPoJ4W72USfhBZA',)"),
        ("example:4676mwRCTG4aOHX851lV1A", "('example:4676mwRCTG4aOHX851lV1A',)"),
        (None, "(None,)"),
        # the line of a run that has begun or ended since the list was drawn
        ("2026-11-21 17:24 · Energy · SRAM · seed 0 · paused at 3 of 9", "None"),
    ],
)
def test_a_line_that_has_changed_names_no_run(value: str | None, found: str) -> None:
    at = AppTest.from_function(page, args=(value,)).run()
    assert not at.exception
    assert at.text[0].value == found
