"""The 16 assignments of memories to blocks."""

from __future__ import annotations

from itertools import product

from cmn_core.charts.base.palette import LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.search.assignments import assignment_rows, assignments
from tests.charts.drawn import values


def test_assignments_stand_best_first_with_the_chosen_one_ringed() -> None:
    found = [
        {"memory": list(m), "figures": {"energy_uj": 100.0 - n}, "feasible": n != 3}
        for n, m in enumerate(product(("rram", "sram"), repeat=4))
    ]
    table = assignment_rows(found, "energy_uj", "SSRR")
    assert [row["value"] for row in table] == sorted(100.0 - n for n in range(16))
    assert (table[0]["letters"], table[-1]["letters"]) == ("SSSS", "RRRR")
    assert {row["kind"] for row in table} == {"rram", "sram", "hybrid"}
    picture = spec(assignments(table, quantity="energy_uj", colours=LIGHT), LIGHT)
    ring = values(picture)[0]
    assert [row["letters"] for row in ring] == ["SSRR"]
    assert "chosen" in ring[0]["label"]
    assert [r["label"] for r in table if not r["feasible"]] == ["97.0  breaks a limit"]
