"""Studies as their owners see them: queued, capped, cancelled, forgotten."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cmn_core.errors import FieldError
from cmn_core.studies.background import own_studies
from cmn_core.studies.background.own_studies import OwnStudies, folder_of
from tests.studies.background.asked import ME, OTHER, chosen


@pytest.fixture
def studies(tmp_path: Path) -> OwnStudies:
    return OwnStudies(tmp_path / "runs.sqlite")


def test_a_study_belongs_to_who_asked_for_it(studies: OwnStudies) -> None:
    mine = studies.add("hybrid", chosen("hybrid"), seed=3, visitor=ME)
    studies.add("noise", chosen("noise"), visitor=OTHER)
    [row] = studies.of(ME.owner)
    assert (row.study_id, row.name, row.seed, row.state) == (mine, "hybrid", 3, "waiting")
    assert row.chosen == chosen("hybrid")
    assert studies.of(ME.owner, "noise") == []
    studies.cancel(mine, OTHER.owner)
    studies.forget(mine, OTHER.owner)
    assert studies.of(ME.owner) == [row]
    assert studies.result(mine, OTHER.owner) is None


def test_one_that_waits_is_cancelled_at_once_and_forgotten_on_request(studies: OwnStudies) -> None:
    mine = studies.add("hybrid", chosen("hybrid"), visitor=ME)
    assert studies.waiting()
    studies.cancel(mine, ME.owner)
    assert [row.state for row in studies.of(ME.owner)] == ["cancelled"]
    assert not studies.waiting()
    studies.forget(mine, ME.owner)
    assert studies.of(ME.owner) == []


def test_every_choice_must_be_there_and_fit(studies: OwnStudies) -> None:
    with pytest.raises(FieldError, match="seeds"):
        studies.add("hybrid", chosen("hybrid", seeds=-1), visitor=ME)
    settings = chosen("hybrid")
    del settings["goals"]
    with pytest.raises(FieldError, match="goals"):
        studies.add("hybrid", settings, visitor=ME)
    with pytest.raises(FieldError, match="seed"):
        studies.add("hybrid", chosen("hybrid"), seed=-1, visitor=ME)
    assert studies.of(ME.owner) == []


def test_a_shared_server_caps_how_many_and_how_much(studies: OwnStudies) -> None:
    guest = replace(ME, most=12, address="192.0.2.1")
    large = chosen("discrepancy", seeds=15, population=30, generations=20)
    with pytest.raises(FieldError, match="architectures"):
        studies.add("discrepancy", large, visitor=guest)
    assert studies.add("discrepancy", large, visitor=ME)  # at one's own machine
    for _ in range(own_studies.MOST_ACTIVE - 1):
        studies.add("hybrid", chosen("hybrid"), visitor=guest)
    with pytest.raises(FieldError, match="at a time"):
        studies.add("hybrid", chosen("hybrid"), visitor=guest)


def test_one_address_cannot_fill_the_queue_with_new_cookies(studies: OwnStudies) -> None:
    for n in range(own_studies.OF_ADDRESS):
        guest = replace(ME, secret=f"cookie {n}", most=12, address="192.0.2.1")
        studies.add("hybrid", chosen("hybrid"), visitor=guest)
    guest = replace(ME, secret="one more", most=12, address="192.0.2.1")
    with pytest.raises(FieldError, match="address"):
        studies.add("hybrid", chosen("hybrid"), visitor=guest)
    elsewhere = replace(guest, address="198.51.100.7")
    assert studies.add("hybrid", chosen("hybrid"), visitor=elsewhere)


def test_what_is_kept_is_bounded(studies: OwnStudies) -> None:
    for _ in range(own_studies.MOST_KEPT):
        studies.cancel(studies.add("hybrid", chosen("hybrid"), visitor=ME), ME.owner)
    with pytest.raises(FieldError, match="forget one first"):
        studies.add("hybrid", chosen("hybrid"), visitor=ME)


def test_images_are_kept_for_the_study_alone_and_bounded(
    studies: OwnStudies, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = studies.add("noise", chosen("noise"), visitor=ME, files={"val.npz": b"npz"})
    assert (folder_of(studies.home, mine) / "images" / "val.npz").read_bytes() == b"npz"
    files = {"val.npz": b"npz"}
    with pytest.raises(FieldError, match=r"train.npz and test.npz"):
        studies.add("compression", chosen("compression"), visitor=ME, files=files)
    monkeypatch.setattr(own_studies, "MAX_IMAGES_BYTES", 2)
    with pytest.raises(FieldError, match="at most 2"):
        studies.add("noise", chosen("noise"), visitor=ME, files={"val.npz": b"npz"})
    assert len(list((studies.home / "studies").iterdir())) == 1


def test_old_ones_go_and_those_that_wait_stay(studies: OwnStudies) -> None:
    studies.add("hybrid", chosen("hybrid"), visitor=ME)
    studies.cancel(studies.add("hybrid", chosen("hybrid"), visitor=ME), ME.owner)
    assert studies.drop_older(0.0) == 0
    assert studies.drop_older(4e9) == 1
    assert [row.state for row in studies.of(ME.owner)] == ["waiting"]
