"""A design to try things on."""

from __future__ import annotations

import pytest

from cmn_core.architecture import Architecture
from cmn_core.design import Design, Hardware
from cmn_core.whatif.edits import completed


@pytest.fixture
def mixed() -> Design:
    """A hybrid of medium size on default macros."""
    architecture = Architecture((2, 3, 2, 1), (64, 128, 320, 512))
    memory = ("sram", "rram", "sram", "rram")
    return completed(Design(architecture, hardware=Hardware(memory, {}, (1, 2, 1, 1))))
