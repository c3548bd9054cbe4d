"""Measured shares of the busiest expert: read from a table, and in the price of a design."""

import csv
import json

import numpy as np
import pytest

from cmn_core.design import Workload, parse_design
from cmn_core.errors import FieldError
from cmn_core.predictor.routing import LEAST_ROWS, drawn, load_routing, read_routing
from cmn_core.search.scoring.evaluation import evaluate_design

SRAM = {"rows": 128, "cols": 128, "rows_per_tree": 4, "input_bits_per_step": 1, "vdd_v": 0.9}
HARDWARE = {"memory": "sram", "macros": {"sram": SRAM}, "replicas": [1, 1, 1, 1]}


def written(path, rows):
    names = ["weight_bits", "output_sigma", "busiest"]
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(names)
        out.writerows(rows)
    return path


@pytest.fixture
def routing(tmp_path):
    """Two experts in every block; the busier one gets 0.6 .. 0.8, and block by block more."""
    rows = []
    for share in np.linspace(0.6, 0.8, 21):
        blocks = "/".join(f"{share + 0.05 * b:.4f} 1.0000" for b in range(4))
        rows.append(["", "", blocks])
        rows.append([4, "", "0.9 1/0.9 1/0.9 1/0.9 1"])  # few bits: another question
    rows += [["", "", "1.0000/1.0000/1.0000/1.0000"]] * (LEAST_ROWS - 1)  # one expert, too few
    return read_routing(written(tmp_path / "t.csv", rows), "made")


def design(top_k, experts=(2, 2, 2, 2)):
    return parse_design(
        {
            "schema": "cmn.design/1",
            "space": "b0",
            "workload": {"routing": "dense" if top_k is None else {"top_k": top_k}},
            "architecture": {"experts": list(experts), "hidden": [64, 128, 256, 512]},
            "hardware": HARDWARE,
        }
    )


def test_the_median_of_what_was_measured_with_its_range(routing):
    assert routing.networks == 21 + LEAST_ROWS - 1
    found = routing.busiest((2, 2, 2, 2), (1, 1, 1, 1))
    assert found.share == pytest.approx((0.7, 0.75, 0.8, 0.85))
    assert found.low[0] == pytest.approx(0.61)
    assert found.high[0] == pytest.approx(0.79)


def test_a_block_that_uses_all_its_experts_sends_each_every_token(routing):
    assert routing.busiest((1, 2, 1, 2), (1, 1, 1, 1)).share == pytest.approx(
        (1.0, 0.75, 1.0, 0.85)
    )
    assert routing.busiest((2, 2, 2, 2), (2, 5, 2, 3)).share == (1.0,) * 4


def test_what_was_hardly_measured_has_no_answer(routing, tmp_path):
    assert routing.busiest((3, 2, 2, 2), (1, 1, 1, 1)) is None
    assert read_routing(written(tmp_path / "none.csv", [["", "", ""]]), "made") is None
    with pytest.raises(FieldError, match=r"busiest: no routing of \[3, 2, 2, 2\] experts"):
        evaluate_design(design(1, (3, 2, 2, 2)), routing=routing)


def test_it_shortens_the_experts_time_of_a_design_with_top_k_and_nothing_else(routing):
    worst = evaluate_design(design(1)).to_json()
    measured = evaluate_design(design(1), routing=routing).to_json()
    assert worst["busiest"] == [1.0] * 4
    assert "upper bound" in worst["busiest_source"]
    assert measured["busiest"] == pytest.approx([0.7, 0.75, 0.8, 0.85])
    assert "30 subnets, made" in measured["busiest_source"]
    assert measured["latency_us"] < worst["latency_us"]
    assert measured["energy_uj"] <= worst["energy_uj"]  # less time to leak
    for name in ("area_mm2", "array_mb", "weights_mb", "output_sigma_rel", "hardware"):
        assert measured[name] == worst[name]


def test_experts_work_as_often_as_if_drawn_by_first_choices_without_putting_back(tmp_path):
    assert drawn((0.5, 0.3, 0.2), 1) == (0.5, 0.3, 0.2)
    both = 0.5 + 0.3 * 0.5 / 0.7 + 0.2 * 0.5 / 0.8, 0.3 + 0.5 * 0.3 / 0.5 + 0.2 * 0.3 / 0.8
    assert drawn((0.5, 0.3, 0.2), 2) == pytest.approx((*both, 2.0 - sum(both)))
    assert drawn((0.5, 0.3, 0.2), 3) == pytest.approx((1.0, 1.0, 1.0))
    rows = [[share, 1.0 - share] for share in np.linspace(0.5, 0.7, LEAST_ROWS)]
    path = tmp_path / "choices.csv"
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["weight_bits", "output_sigma", "busiest", "routing"])
        for first in rows:
            blocks = "/".join(["1.0"] * 3 + [" ".join(map(str, first))])
            out.writerow(["", "", "/".join(["1.0"] * 3 + ["0.7 1.0"]), blocks])
    found = read_routing(path, "made")
    assert found.loads_of((1, 1, 1, 2), (1, 1, 1, 1))[3] == pytest.approx((0.6, 0.4))
    assert found.loads_of((1, 1, 1, 2), (1, 1, 1, 2)) == ((1.0,), (1.0,), (1.0,), (1.0, 1.0))
    assert found.loads_of((1, 2, 1, 1), (1, 1, 1, 1)) is None
    assert found.expert_loads[3][2][1] == pytest.approx((0.6, 0.4, 0.0, 0.0, 0.0))
    assert found.expert_loads[1][2][1] == (0.0,) * 5


def test_dense_designs_are_not_touched(routing):
    for dense in (design(None), design(2)):
        plain = evaluate_design(dense).to_json()
        routed = evaluate_design(dense, routing=routing).to_json()
        assert json.dumps(plain) == json.dumps(routed)
        assert "busiest" not in plain
    assert Workload().top_k is None


def test_the_shipped_tables_hold_routing():
    for dataset in ("nyuv2", "camvid"):
        found = load_routing("b0", dataset)
        shares = found.busiest((5, 5, 5, 5), (1, 1, 2, 1)).share
        assert all(0.2 <= share < 1.0 for share in shares)  # a fifth each would be even
        loads = found.loads_of((5, 4, 3, 2), (2, 2, 1, 1))
        assert [sum(block) for block in loads] == pytest.approx([2.0, 2.0, 1.0, 1.0])
    assert load_routing("b0", "nowhere") is None
