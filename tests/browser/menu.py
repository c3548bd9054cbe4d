"""The menu at the top, as a visitor uses it."""

from __future__ import annotations

from typing import Any


def turn_to(page: Any, group: str, name: str) -> None:
    """Open a group of the menu and press one of its pages."""
    page.get_by_test_id("stTopNavSection").filter(has_text=group).click()
    page.get_by_role("menuitem", name=name, exact=True).click()
