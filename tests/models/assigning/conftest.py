from __future__ import annotations

from collections.abc import Callable

import pytest

from cmn_core.models.layers import Model

Build = Callable[..., Model]


@pytest.fixture
def networks(build: Build) -> list[Model]:
    """One with many weights, one with many positions."""
    wide = {"kind": "product", "k": 512, "n": 512, "vectors": 60, "block": "body"}
    long = {"kind": "product", "k": 27, "n": 32, "vectors": 4000, "block": "body"}
    return [build(wide), build(long, repeat={"body": 2})]
