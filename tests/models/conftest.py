from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cmn_core.models.chip import Chip, uniform, with_macros
from cmn_core.models.file import parse_model
from cmn_core.models.layers import SCHEMA, Model

Build = Callable[..., Model]


@pytest.fixture
def build() -> Build:
    """A model of these layers; keyword arguments are keys of the file."""

    def model(*layers: dict[str, Any], **head: Any) -> Model:
        return parse_model({"schema": SCHEMA, "name": "test", "layers": list(layers), **head})

    return model


@pytest.fixture(params=["rram", "sram"])
def chip(request: pytest.FixtureRequest) -> Chip:
    return with_macros(Chip(uniform(request.param)))
