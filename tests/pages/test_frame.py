"""Pages of an empty store."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pages.looks import charts


@pytest.mark.parametrize("name", ["start", "results", "hybrid"])
def test_empty_store_says_what_to_do(searches: Any, page: Any, name: str) -> None:
    at = page(name)
    assert not at.exception
    assert len(at.info) == 1
    assert charts(at) == []
