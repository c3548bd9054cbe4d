"""Noise: kinds told apart by dashes, the chosen level in full, a ring for the searched design."""

from __future__ import annotations

from cmn_core.charts.base.palette import LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.studies.noise import DASHES, KIND_TITLES, noise_lines, population


def test_every_kind_has_a_dash_of_its_own() -> None:
    points = [
        {"kind": k, "title": t, "level": v, "miou": 15.0 - v, "low": 14.0 - v, "high": 16.0 - v}
        for k, t in KIND_TITLES.items()
        for v in (0.0, 5.0)
    ]
    drawn = spec(noise_lines(points, exact=15.0, level=5.0, colours=LIGHT), LIGHT)
    scale = drawn["layer"][3]["encoding"]["strokeDash"]["scale"]
    assert scale["domain"] == list(KIND_TITLES.values())
    assert scale["range"] == list(DASHES.values())
    assert len({tuple(dash) for dash in scale["range"]}) == len(DASHES)
    assert drawn["layer"][0]["data"]["values"][0]["miou"] == 14.0


def test_the_chosen_level_is_in_full() -> None:
    points = [
        {"who": who, "level": v, "miou": 10.0, "size": "1 × 16"}
        for who in ("searched", "0", "1")
        for v in (0.0, 5.0)
    ]
    drawn = spec(population(points, level=5.0, colours=LIGHT), LIGHT)
    ticks, _, ring = drawn["layer"]
    assert {(r["level"], r["chosen"]) for r in ticks["data"]["values"]} == {
        (0.0, "no"),
        (5.0, "yes"),
    }
    assert {r["who"] for r in ring["data"]["values"]} == {"searched"}
