"""Sliced weights from a process of their own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.numpy import load

from cmn_core.architecture import SPACES, Architecture
from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.runs.commands.export_network import sliced

SMALL = Design(Architecture((2, 1, 1, 1), (16, 32, 16, 24)))


@pytest.mark.slow
def test_the_files_hold_the_designs_own_slice(home: Path) -> None:
    found = sliced(SMALL.to_json(), "nyuv2", home=home)
    tensors = load(found.weights)
    assert sum(v.size for v in tensors.values()) == found.parameters
    assert found.graph[:64].find(b"pytorch") >= 0
    assert len(found.weights) < len(found.graph)  # half precision


@pytest.mark.slow
def test_what_the_program_refuses_is_refused_here(home: Path) -> None:
    unknown = replace(SMALL, space="b2", architecture=SPACES["b2"].smallest)
    with pytest.raises(FieldError):
        sliced(unknown.to_json(), "nyuv2", home=home)
    with pytest.raises(FieldError) as refused:
        sliced(SMALL.to_json(), "moon", home=home)
    assert refused.value.field == "dataset"
