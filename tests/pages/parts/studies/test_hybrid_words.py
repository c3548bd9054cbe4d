"""What is said of a hybrid beside its rivals."""

from __future__ import annotations

from dataclasses import replace

from cmn_core.architecture import SPACES
from cmn_core.design import Design, Hardware
from pages.parts.studies.hybrid_words import verdict


def _design(memory: str, energy: float) -> Design:
    metrics = {"energy_uj": energy, "miou": 14.0}
    return Design(SPACES["b0"].smallest, hardware=Hardware((memory,) * 4), metrics=metrics)


def test_the_hybrid_verdict_says_who_wins_and_by_how_much() -> None:
    beside = {
        ("energy", "rram"): _design("rram", 1000.0),
        ("energy", "sram"): _design("sram", 600.0),
    }
    same = verdict("energy", {**beside, ("energy", "hybrid"): _design("sram", 600.1)})
    assert "all four blocks on SRAM, so mixing does not pay here" in same
    assert "1,000 all-RRAM (−40.0%) and 600.0 all-SRAM (the same)" in same
    both = Hardware(("rram", "sram", "sram", "rram"))
    mixed = replace(_design("rram", 540.0), hardware=both)
    assert "blocks 1 and 4 on RRAM and blocks 2 and 3 on SRAM" in verdict(
        "energy", {**beside, ("energy", "hybrid"): mixed}
    )
    apart = replace(mixed, architecture=replace(mixed.architecture, experts=(1, 2, 1, 1)))
    apart = replace(apart, hardware=Hardware.placed(("rram", ("sram", "rram"), "sram", "sram")))
    assert (
        "block 1 on RRAM and blocks 3 and 4 on SRAM and block 2 on both, the busy experts on SRAM"
    ) in verdict("energy", {**beside, ("energy", "hybrid"): apart})
    surely = verdict("energy", {**beside, ("energy", "hybrid"): mixed}, {"rram": 0.831})
    assert "1,000 all-RRAM (−46.0%, with probability 0.83) and 600.0 all-SRAM (−10.0%)" in surely
    worse = verdict("energy", {**beside, ("energy", "hybrid"): _design("rram", 900.0)})
    assert "this search was too short" in worse
    alone = verdict("energy", {("energy", "hybrid"): mixed})
    assert "no search on one memory is here" in alone
