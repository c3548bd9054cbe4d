"""What a map of memories says in words."""

from __future__ import annotations

from dataclasses import replace

from cmn_core.whatif.phase import PhasePoint
from pages.parts.hybrid.phase_words import (
    changes,
    eased_words,
    phase_answer,
    point_words,
    proof_words,
)

R, S = ("rram",) * 4, ("sram",) * 4
MIXED = ("sram", "rram", "rram", "rram")


def point(rate: float, die: float, memory: tuple[str, ...] | None, **known: float) -> PhasePoint:
    energy = known.get("energy", 100.0)
    return PhasePoint(
        images_per_second=rate,
        max_area_mm2=die,
        memory=memory,
        energy_uj=None if memory is None else energy,
        latency_us=None if memory is None else 1000.0,
        area_mm2=None if memory is None else 40.0,
        all_rram_uj=known.get("rram"),
        all_sram_uj=known.get("sram"),
        probability_best=None if memory is None else 0.5,
        hardware=None,
        proven=known.get("proven", 1.0) > 0.0,
    )


def test_the_rate_decides_where_memories_change_along_it() -> None:
    line = [(0.01, R), (0.1, MIXED), (2.0, S)]
    points = [point(r, d, m, rram=125.0, sram=130.0) for r, m in line for d in (50.0, 80.0)]
    assert changes(points) == (1.0, 0.0)
    said = phase_answer(points)
    assert said.startswith("**How often images come decides between the memories here.**")
    assert "RRAM in every block is best up to one image in 100 s" in said
    assert "SRAM in every block is best from 2 images per second on" in said
    assert "save up to 20%" in said and "(SRRR, one image in 10 s on 50 mm²)" in said


def test_the_die_decides_where_memories_change_with_it() -> None:
    points = [point(r, d, S if d < 60.0 else R) for r in (0.1, 1.0) for d in (50.0, 80.0)]
    assert changes(points) == (0.0, 1.0)
    said = phase_answer(points)
    assert said.startswith("**The size of the die decides")
    assert "RRAM in every block is best at both ends of the map." in said
    assert "No mixed chip saves" in said


def test_where_nothing_changes_neither_decides() -> None:
    points = [point(r, 50.0, S) for r in (0.1, 1.0)]
    assert "neither decides" in phase_answer(points)
    assert "No chip of this network fits" in phase_answer([point(1.0, 9.0, None)])


def test_a_point_says_what_it_beats_and_whether_that_is_proven() -> None:
    said = point_words(point(2.0, 80.0, MIXED, energy=90.0, rram=120.0))
    assert said.startswith("**SRRR** for 2 images per second on at most 80 mm²: 90.00 µJ per image")
    assert "against 120.0 all-RRAM. The best of all assignments in 50% of the draws." in said
    assert "no uniform chip fits" in point_words(point(2.0, 80.0, MIXED))
    assert "Not proven" in point_words(point(2.0, 80.0, MIXED, proven=0.0))
    assert "no chip of this network fits" in point_words(point(2.0, 8.0, None))


def test_what_is_not_proven_is_not_said_to_be() -> None:
    sure, unsure = point(1.0, 50.0, None), point(1.0, 60.0, None, proven=0.0)
    assert point_words(sure).endswith("no chip of this network fits.")
    assert point_words(unsure).endswith(
        "no chip was found that fits. Not proven: one may have been missed."
    )
    assert proof_words([sure]) == "every cell proven"
    assert proof_words([sure, unsure]) == "1 of 2 proven"


def test_a_limit_that_nothing_keeps_is_named() -> None:
    kept = point(1.0, 50.0, R)
    assert eased_words([kept]) == ""
    said = eased_words([kept, replace(kept, eased=("max_array_mb",))])
    assert "keeps the usual limit on arrays" in said
