"""Whatever ships has a command that makes it."""

from __future__ import annotations

import pytest

from cmn_core.assets import ROOT
from cmn_core.errors import FieldError
from cmn_core.studies.artefacts import artefact_of, artefacts


def test_every_artefact_ships_and_says_how_it_is_made() -> None:
    for artefact in artefacts().values():
        assert artefact.command and "{out}" not in artefact.command
        for file in artefact.files:
            assert (ROOT / file).is_file(), file


def test_a_name_that_is_none_is_refused_in_a_sentence() -> None:
    with pytest.raises(FieldError, match="lists what there is"):
        artefact_of("table-b7")
