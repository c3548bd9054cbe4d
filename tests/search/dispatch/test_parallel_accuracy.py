from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from cmn_core.errors import FieldError
from cmn_core.search.dispatch.parallel_accuracy import Spread, spread
from cmn_core.search.dispatch.shared_files import SharedFile, hold

ROWS = np.array([[1, 2, 3, 4, 16, 32, 64, 128], [5, 5, 5, 5, 128, 128, 128, 128]])


@dataclass
class Slow:
    """Sums the genes, and remembers what it was asked."""

    asked: list = field(default_factory=list)
    source: str = "sum of the genes"
    stop: bool = False

    @property
    def portable(self):
        return self

    @property
    def files(self):
        return ()

    def between(self):
        if self.stop:
            raise KeyboardInterrupt

    def __call__(self, *genes):
        (row,) = genes
        self.asked.append(row)
        return sum(row) / 10, sum(row) / 11, sum(row) / 9


def test_each_architecture_is_asked_for_once_and_the_largest_first():
    slow = Slow()
    with ThreadPoolExecutor(1) as threads:
        source = spread(slow, threads)
        assert isinstance(source, Spread)
        assert source.source == slow.source
        both = source(np.repeat(ROWS, 2, axis=0)[:, :4], np.repeat(ROWS, 2, axis=0)[:, 4:])
        again = source(ROWS[:, :4], ROWS[:, 4:])
    sums = ROWS.sum(axis=1)
    assert both.miou.tolist() == np.repeat(sums / 10, 2).tolist()
    assert again.low.tolist() == (sums / 11).tolist()
    assert again.high.tolist() == (sums / 9).tolist()
    assert slow.asked == [tuple(ROWS[1]), tuple(ROWS[0])]


def test_nothing_to_ask_is_no_trouble():
    with ThreadPoolExecutor(1) as threads:
        answer = spread(Slow(), threads)(ROWS[:0, :4], ROWS[:0, 4:])
    assert answer.miou.shape == (0,)


def test_source_that_stays_here_is_left_alone(formula):
    with ThreadPoolExecutor(1) as threads:
        assert spread(formula, threads) is formula
    slow = Slow()
    assert spread(slow, None) is slow


def test_somebody_who_wants_to_stop_need_not_wait():
    slow = Slow(stop=True)
    with ThreadPoolExecutor(1) as threads, pytest.raises(KeyboardInterrupt):
        spread(slow, threads)(ROWS[:, :4], ROWS[:, 4:])


def test_file_is_found_by_its_content(tmp_path: Path):
    path = tmp_path / "weights.bin"
    path.write_bytes(b"first")
    file = SharedFile.of(path)
    assert file.here() == path
    path.write_bytes(b"second")
    with pytest.raises(FieldError, match=r"accuracy: weights.bin has changed since the start; "):
        file.here()
    path.unlink()
    with pytest.raises(FieldError, match=r"accuracy: weights.bin is not on this machine; "):
        file.here()
    hold(b"first", "weights.bin", tmp_path / "held")
    assert file.here().parent == tmp_path / "held"
    assert file.here().read_bytes() == b"first"
