"""Shares of blocks and the worth of noise, from tables whose answer is known."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cmn_core.predictor.estimate import BLOCK_SHARES, NOISE_TO_OUTPUT, OutputLoss
from cmn_core.predictor.sensitivity import disturbed_table, sensitivity
from cmn_core.supernet.measure.disturbance import COLUMNS

SLOPES = (80.0, 10.0, 6.0, 4.0)  # points over the squared error of one block: 100 in all


def rows(best: float, write: float, read: float, gain: float = 1.0) -> list[list[object]]:
    """One subnet whose losses follow the law that the predictor assumes."""
    genes = [2, 2, 2, 2, int(best), 20, 20, 20]
    found: list[list[object]] = [[*genes, "none", 0, 0, 0, best]]
    for block, slope in enumerate(SLOPES):
        for seed, luck in ((0, 0.01), (1, -0.01)):
            lost = gain * slope * 0.2**2
            found.append([*genes, "output", block + 1, 0.2, seed, best - lost + luck])
    for kind, factor in (("write", write), ("read", read)):
        lost = gain * 100.0 * (factor * 0.02) ** 2
        found.append([*genes, kind, 0, 0.02, 0, best - lost])
    return found


def table(path: Path, *subnets: list[list[object]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *(row for subnet in subnets for row in subnet)])
    return path


def test_one_subnet_by_hand(tmp_path: Path) -> None:
    found = sensitivity(table(tmp_path / "t.csv", rows(20.0, 3.0, 2.0)))
    assert found["shares"] == pytest.approx([0.8, 0.1, 0.06, 0.04])
    assert found["write_noise"] == pytest.approx(3.0)
    assert found["read_noise"] == pytest.approx(2.0)


def test_medians_over_subnets(tmp_path: Path) -> None:
    """One odd subnet of three moves nothing; how much a subnet loses in all does not count."""
    odd = rows(18.0, 9.0, 9.0, gain=0.5)
    path = table(tmp_path / "t.csv", rows(20.0, 3.0, 2.0), odd, rows(16.0, 3.0, 2.0, gain=2.0))
    found = sensitivity(path)
    assert found["write_noise"] == pytest.approx(3.0)
    assert sum(found["shares"]) == pytest.approx(1.0)


def test_a_block_that_gains_has_no_share(tmp_path: Path) -> None:
    found = sensitivity(
        table(
            tmp_path / "t.csv",
            [r if r[9] != 4 else [*r[:-1], 20.1] for r in rows(20.0, 3.0, 2.0)],
        )
    )
    assert found["shares"][3] == 0.0


def test_an_unfinished_table_counts_whole_subnets_alone(tmp_path: Path) -> None:
    whole, begun = rows(20.0, 3.0, 2.0), rows(18.0, 9.0, 9.0, gain=0.5)[:4]
    found = sensitivity(table(tmp_path / "t.csv", whole, begun))
    assert found["shares"] == pytest.approx([0.8, 0.1, 0.06, 0.04])
    assert found["write_noise"] == pytest.approx(3.0)
    assert sensitivity(table(tmp_path / "b.csv", begun)) == {}


def test_where_the_table_lies() -> None:
    assert disturbed_table(Path("a/b0_nyuv2.csv")) == Path("a/b0_nyuv2_disturbed.csv")


def test_a_predictor_without_one_takes_the_first_networks() -> None:
    slope = {"slope": 80.0, "half_width": 20.0, "largest": 0.15}
    found = OutputLoss.from_json(slope)
    assert found is not None
    assert (found.shares, found.write_noise) == (BLOCK_SHARES, NOISE_TO_OUTPUT)
    assert OutputLoss.from_json(None) is None
    assert OutputLoss.from_json({"shares": [1, 0, 0, 0]}) is None
