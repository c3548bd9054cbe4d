"""How often a page that follows a search is drawn again."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from pages.parts.runs.progress import SPREAD, STEADY_S


def _page() -> None:
    import streamlit as st

    from pages.parts.runs.progress import steady

    st.text(repr(steady()))


def test_a_session_keeps_its_beat_and_sessions_differ() -> None:
    beats = set()
    for _ in range(5):
        at = AppTest.from_function(_page).run()
        first = at.text[0].value
        assert at.run().text[0].value == first
        beats.add(float(first))
    assert len(beats) == 5
    assert all(abs(beat / STEADY_S - 1.0) <= SPREAD for beat in beats)
    assert STEADY_S * (1.0 + SPREAD) < 2.5  # what docs/load.md asks for
