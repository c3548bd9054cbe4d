"""Own tables of accuracy in the run store: whose they are, how they are fitted, when they go."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.errors import FieldError
from cmn_core.runs.home import locks_dir, prepare
from cmn_core.runs.lock import FileLock
from cmn_core.runs.store.accuracy_tables import (
    LOCK,
    MOST_EACH,
    MOST_TRIES,
    AccuracyTables,
    digest_of,
)
from cmn_core.runs.store.store import Store
from cmn_core.runs.workers import fitting
from cmn_core.runs.workers.accuracy import accuracy_of
from cmn_core.runs.workers.job import work
from cmn_core.search.scenario import Scenario

B0 = SPACES["b0"]


def csv(seed: int = 0, count: int = 60, spread: float = 0.3) -> bytes:
    rng = np.random.default_rng(seed)
    rows = rng.integers(B0.lower, B0.upper + 1, (count, 8))
    miou = 40.0 + np.log2(rows[:, :4] * rows[:, 4:]).sum(axis=1) * spread
    lines = ["e1,e2,e3,e4,h1,h2,h3,h4,miou"]
    lines += [",".join(map(str, [*r, y])) for r, y in zip(rows.tolist(), miou, strict=True)]
    return "\n".join(lines).encode()


@pytest.fixture
def tables(home: Path) -> AccuracyTables:
    prepare(home)
    return AccuracyTables()


def test_a_table_is_seen_by_its_owner_alone(tables: AccuracyTables) -> None:
    digest = tables.add(csv(), "  my  table.csv ", space="b0", owner="me")
    assert digest == digest_of(csv())
    [mine] = tables.of("me")
    assert (mine.name, mine.space, mine.state) == ("my table.csv", "b0", "waiting")
    assert tables.of("you") == []
    assert tables.owned(digest, "b0", "me")
    assert not tables.owned(digest, "b0", "you")
    assert not tables.owned(digest, "b1", "me")


def test_two_owners_of_one_content_keep_their_own_names(tables: AccuracyTables) -> None:
    tables.add(csv(), "mine", space="b0", owner="me")
    digest = tables.add(csv(), "yours", space="b0", owner="you")
    assert [t.name for t in tables.of("me")] == ["mine"]
    tables.forget(digest, "b0", "me")
    assert tables.of("me") == []
    assert [t.name for t in tables.of("you")] == ["yours"]


def test_waiting_tables_are_fitted_and_poor_ones_refused_in_a_sentence(
    tables: AccuracyTables,
) -> None:
    tables.add(csv(1), "good", space="b0", owner="me")
    noise = b"e1,e2,e3,e4,h1,h2,h3,h4,miou\n" + b"\n".join(
        b"%d,1,1,1,16,16,%d,16,%.3f" % (1 + i % 5, 16 + i, 30 + 5 * (i * 7919 % 97) / 97)
        for i in range(60)
    )
    tables.add(noise, "noise", space="b0", owner="me")
    assert tables.waiting()
    assert fitting.fit_waiting(tables) == 2
    assert not tables.waiting()
    found = {t.name: t for t in tables.of("me")}
    assert found["good"].state == "ready"
    assert found["good"].networks == 60
    assert found["good"].quality["kendall_tau"] > 0.8
    assert found["noise"].state == "refused"
    assert "Kendall tau" in str(found["noise"].error)
    assert tables.fit(found["noise"].digest, "b0") is None


def test_a_process_of_its_own_fits_in_the_background(tables: AccuracyTables, until: Any) -> None:
    tables.add(csv(), "mine", space="b0", owner="me")
    began = time.monotonic()
    assert fitting.start()
    assert time.monotonic() - began < 1.0
    until(lambda: tables.of("me")[0].state == "ready", "the fit", 60.0)
    assert not fitting.start()


def test_one_fit_at_a_time_on_a_machine(tables: AccuracyTables) -> None:
    tables.add(csv(), "mine", space="b0", owner="me")
    lock = FileLock.take(locks_dir(tables.home) / LOCK)
    assert lock is not None
    with lock:
        assert not fitting.start()
        assert fitting.main() == 0
        assert tables.of("me")[0].state == "waiting"
        assert tables.take() is not None
        assert tables.of("me")[0].state == "fitting"


def test_a_fit_that_is_stopped_again_and_again_is_given_up(tables: AccuracyTables) -> None:
    tables.add(csv(), "mine", space="b0", owner="me")
    for _ in range(MOST_TRIES):
        assert tables.take() is not None
    assert tables.take() is None
    [mine] = tables.of("me")
    assert (mine.state, mine.error) == ("refused", f"its fit was stopped {MOST_TRIES} times")


def test_what_cannot_be_fitted_is_refused_before_it_is_kept(tables: AccuracyTables) -> None:
    with pytest.raises(FieldError, match="found 10 different networks"):
        tables.add(csv(count=10), "few", space="b0", owner="me")
    with pytest.raises(FieldError, match="column e1: missing"):
        tables.add(b"a,b\n1,2", "no table", space="b0", owner="me")
    assert tables.of("me") == []


def test_one_table_too_many_is_refused(tables: AccuracyTables) -> None:
    for seed in range(MOST_EACH):
        tables.add(csv(seed), f"{seed}", space="b0", owner="me")
    tables.add(csv(0), "again", space="b0", owner="me")  # the same one is none more
    with pytest.raises(FieldError, match=f"{MOST_EACH} are allowed; forget one first"):
        tables.add(csv(99), "one more", space="b0", owner="me")
    tables.add(csv(99), "somebody else's first", space="b0", owner="you")


def test_what_no_name_and_no_run_refers_to_is_dropped(
    tables: AccuracyTables, store: Store, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = tables.add(csv(), "mine", space="b0", owner="me")
    fitting.fit_waiting(tables)
    run_id = store.create({**settings, "accuracy_table": digest})
    later = time.time() + 3600.0
    monkeypatch.setattr("cmn_core.runs.store.accuracy_tables.time.time", lambda: later)
    tables.forget(digest, "b0", "me")
    assert tables.fit(digest, "b0") is not None, "the run still needs it"
    store.request(run_id, "cancel")
    store.delete(run_id)
    tables.drop_unused()
    assert tables.fit(digest, "b0") is None


def test_a_run_on_an_own_table_is_worked_on_and_resumed(
    tables: AccuracyTables, store: Store, settings: dict[str, Any]
) -> None:
    tables.keep(csv(), space="b0", fit=_fit(csv()))
    asked = {**settings, "accuracy_table": digest_of(csv())}
    run_id = store.create(asked)
    claim = store.claim(run_id)
    assert claim is not None
    with claim:
        next(iter(work(store, claim)))
    claim = store.claim(run_id)
    assert claim is not None
    with claim:
        list(work(store, claim))
    result = store.result(run_id)
    assert result is not None
    assert result["settings"]["accuracy_table"] == digest_of(csv())
    source = result["best"]["provenance"]["miou_source"]
    assert f"60 networks of an own table, SHA-256 {digest_of(csv())[:12]}" in source
    again = store.create(asked)
    claim = store.claim(again)
    assert claim is not None
    with claim:
        list(work(store, claim))
    assert store.result(again)["front"] == result["front"]  # type: ignore[index]


def test_a_table_that_is_not_here_is_one_sentence(tables: AccuracyTables) -> None:
    with pytest.raises(FieldError, match="no fit to table 000000000000 of b0 is on this machine"):
        accuracy_of(Scenario(accuracy_table="0" * 64))


def _fit(raw: bytes) -> dict[str, Any]:
    from cmn_core.predictor.custom import fit_own
    from cmn_core.predictor.table import read_measured

    return fit_own(read_measured(raw, "mine", space="b0"), digest_of(raw))
