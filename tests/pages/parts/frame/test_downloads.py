"""What a page offers to take away is made when it is asked for, and is what it says."""

from __future__ import annotations

from typing import Any

from pages.parts.frame import downloads


def test_files_are_made_at_the_click_and_not_before(monkeypatch: Any) -> None:
    made: list[str] = []
    held: dict[str, Any] = {}

    def keep(label: str, data: Any, name: str, mime: str, **_: Any) -> None:
        held[name] = data

    monkeypatch.setattr(downloads.st, "download_button", keep)
    downloads.report_button(lambda: made.append("report") or "text", "mine", key="k")
    assert made == [] and held["mine.html"]() == "text" and made == ["report"]


def test_a_run_can_be_taken_away_whole(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="rram")
    at = page("search", run=run_id)
    labels = {b.label for b in at.get("download_button")}
    assert {"Fronts as PDF", "Convergence as SVG", "Report (HTML)", "Table as LaTeX"} <= labels
    assert not at.exception
