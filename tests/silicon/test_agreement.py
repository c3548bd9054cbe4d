"""Published figures beside held-out ones."""

from __future__ import annotations

import pytest

from cmn_core.silicon.agreement import FIGURES, predicted, scored
from cmn_core.silicon.report import held_out, published


def test_a_prediction_is_the_published_figure_times_what_the_model_is_off() -> None:
    for score in held_out():
        found = predicted(score, published())
        if score.quantity not in FIGURES:
            assert found == {}
            continue
        rows = scored(published(), score.device, score.quantity)
        assert set(found) == set(rows) == set(score.rows)
        for name, figures in found.items():
            for case, ours, off in zip(rows[name], figures, score.rows[name], strict=True):
                measured = case.chip.measured(FIGURES[score.quantity])
                assert measured is not None
                ratio = measured / ours if score.quantity == "energy" else ours / measured
                assert ratio == pytest.approx(off, rel=1e-12)


def test_too_much_energy_is_too_little_efficiency() -> None:
    score = next(s for s in held_out() if (s.device, s.quantity) == ("RRAM", "energy"))
    [ours] = predicted(score, published())["asscc22_ye"]
    [case] = scored(published(), "RRAM", "energy")["asscc22_ye"]
    assert score.rows["asscc22_ye"][0] > 1.0
    assert ours < (case.chip.measured("tops_per_W") or 0.0)
