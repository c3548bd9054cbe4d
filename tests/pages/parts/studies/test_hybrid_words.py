"""What is said of a hybrid beside its rivals."""

from __future__ import annotations

from typing import Any

from pages.parts.studies.hybrid_words import verdict


def _design(memory: str, energy: float) -> dict[str, Any]:
    return {"hardware": {"memory": memory}, "metrics": {"energy_uj": energy, "miou": 14.0}}


def test_the_hybrid_verdict_says_who_wins_and_by_how_much() -> None:
    beside = {
        ("energy", "rram"): _design("rram", 1000.0),
        ("energy", "sram"): _design("sram", 600.0),
    }
    same = verdict("energy", {**beside, ("energy", "hybrid"): _design("sram", 600.1)})
    assert "all four blocks on SRAM, so mixing does not pay here" in same
    assert "1,000 all-RRAM (−40.0%) and 600.0 all-SRAM (the same)" in same
    mixed: Any = {"hardware": {"memory": ["rram", "sram", "sram", "rram"]}}
    mixed["metrics"] = {"energy_uj": 540.0, "miou": 14.0}
    assert "blocks 1 and 4 on RRAM and blocks 2 and 3 on SRAM" in verdict(
        "energy", {**beside, ("energy", "hybrid"): mixed}
    )
    worse = verdict("energy", {**beside, ("energy", "hybrid"): _design("rram", 900.0)})
    assert "this search was too short" in worse
    alone = verdict("energy", {("energy", "hybrid"): mixed})
    assert "no search on one memory is here" in alone
