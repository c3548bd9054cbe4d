from __future__ import annotations

import pytest

from cmn_core.architecture import SPACES
from cmn_core.paper.assumptions import PRESET, case_of, shrunk
from cmn_core.paper.tables import COSTS, printed_network, printed_rows, spread


def test_every_line_of_both_tables_is_there() -> None:
    rows = printed_rows()
    assert [sum(r.table == t for r in rows) for t in ("G1", "G2")] == [8, 8]
    assert len({(r.table, r.name, r.memory) for r in rows}) == 16
    assert {r.name for r in rows if r.table == "G1"} == {
        "nas int8",
        "ptq int8",
        "ptq int4",
        "ptq int2",
    }
    assert all(r.printed[q] > 0 for r in rows for q in (*COSTS, "miou_percent"))


def test_networks_of_table_b1_lie_in_the_search_space() -> None:
    for memory in ("rram", "sram"):
        for scenario in (1, 2, 3):
            SPACES["b0"].check(printed_network(scenario, memory))
    assert printed_network(2, "sram").row() == [2, 3, 3, 2, 32, 64, 252, 237]


def test_spread_is_that_of_the_model_printed_twice() -> None:
    rows = {(r.table, r.name, r.memory): r for r in printed_rows()}
    assert spread(rows["G1", "ptq int8", "sram"], "energy_uj") == (480.57, 587.05)
    assert spread(rows["G2", "none", "rram"], "latency_us") == (15872, 17981.7)
    assert spread(rows["G1", "ptq int4", "sram"], "energy_uj") == (240.36, 240.36)


def test_cases_follow_the_tables() -> None:
    rows = {(r.table, r.name, r.memory): r for r in printed_rows()}
    nas = rows["G1", "nas int8", "sram"]
    assert case_of(nas, "energy_uj", PRESET).architecture == printed_network(2, "sram")
    assert case_of(nas, "latency_us", PRESET).architecture == printed_network(1, "sram")
    assert case_of(nas, "latency_us", PRESET).hardware == "latency"
    best = case_of(rows["G2", "nas", "rram"], "latency_us", PRESET)
    assert best.architecture == printed_network(3, "rram")
    assert case_of(rows["G1", "ptq int2", "rram"], "energy_uj", PRESET).workload.weight_bits == 2
    student = case_of(rows["G2", "kd", "sram"], "energy_uj", PRESET)
    assert student.space.depths == (1, 1, 1, 1)
    assert "assumed" in student.open
    assert shrunk(best.architecture, 0.8).hidden == (44, 142, 182, 337)


@pytest.mark.parametrize(("memory", "macs"), [("sram", 477.6e6), ("rram", 1021.7e6)])
def test_multiplications_of_scenario_2_by_hand(memory: str, macs: float) -> None:
    """Sum of E N 2 C H per layer at 512 x 512, as reference/paper/README.md counts them."""
    network = printed_network(2, memory)
    found = sum(
        e * n * 2 * c * h
        for e, n, c, h in zip(
            network.experts,
            (16384, 4096, 1024, 256),
            (32, 64, 160, 256),
            network.hidden,
            strict=True,
        )
    )
    assert found == pytest.approx(macs, rel=1e-3)
