"""Differences, ties, limits and drift."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from cmn_core.architecture import SPACES
from cmn_core.design import Design, Workload
from cmn_core.errors import FieldError
from cmn_core.quantities import FIGURES
from cmn_core.search.constraints import Limits
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.answer import answer
from cmn_core.whatif.compare import broken, compare, drift, excess, judged, verdicts
from cmn_core.whatif.edits import with_block, with_knob, with_workload


def priced(design: Design, **values: float | None) -> Evaluation:
    """An answer with some of its values replaced by hand."""
    found = answer(design)
    return replace(found, metrics={**found.metrics, **values})


def test_an_answer_is_complete_and_names_its_sources(mixed: Design) -> None:
    found = answer(replace(mixed, provenance={"name": "mine", "seed": 3}))
    assert found.design.metrics is not None
    assert found.design.metrics["energy_uj"] == found.metrics["energy_uj"]
    assert found.design.provenance is not None
    assert found.design.provenance["name"] == "mine"
    assert "seed" not in found.design.provenance
    for metric in ("energy_uj", "latency_us", "area_mm2", "miou"):
        low, high = found.interval(metric) or (math.nan, math.nan)
        assert low < found.metrics[metric] < high
        made = found.cost.compositions.get(metric)
        assert made is None or float(made.total) == pytest.approx(found.metrics[metric])
    assert found.interval("array_mb") is None
    assert found.sigma == max(found.cost.output_sigma_rel) > 0.0


def test_what_cannot_be_built_is_refused(mixed: Design) -> None:
    with pytest.raises(FieldError, match="active_rows"):
        answer(with_knob(mixed, "rram", "active_rows", 999.0))


def test_a_design_is_the_same_as_itself(mixed: Design) -> None:
    found = compare(answer(mixed), answer(mixed))
    assert set(found) == set(FIGURES)
    assert all(d.same and d.likely is None and d.change == 0.0 for d in found.values())


def test_differences_are_antisymmetric(mixed: Design) -> None:
    one, other = answer(mixed), answer(with_block(mixed, 1, experts=5))
    there, back = compare(one, other), compare(other, one)
    for name in ("energy_uj", "latency_us", "area_mm2", "miou"):
        assert there[name].likely == pytest.approx(back[name].likely)
        assert there[name].chance == pytest.approx(1.0 - (back[name].chance or 0.0), abs=1e-6)
    assert (1.0 + there["energy_uj"].change) * (1.0 + back["energy_uj"].change) == pytest.approx(
        1.0
    )
    assert there["array_mb"].chance is None
    assert there["array_mb"].likely is None


def test_accuracies_differ_by_their_intervals(mixed: Design) -> None:
    base = priced(mixed, miou=14.0, miou_low=13.8, miou_high=14.2)
    near = priced(mixed, miou=14.2, miou_low=14.0, miou_high=14.4)
    far = priced(mixed, miou=14.3, miou_low=14.1, miou_high=14.5)
    found = compare(near, base)["miou"]
    # 0.2 apart, each with a 90 % interval of 0.2 either way: z = 1.645 / sqrt(2)
    assert found.likely == pytest.approx(0.8776, abs=1e-4)
    assert found.low == pytest.approx(0.2 - 0.2 * math.sqrt(2.0))
    assert (compare(far, base)["miou"].likely or 0.0) > 0.95  # 0.3 is beyond sqrt(2) x 0.2
    assert "miou" not in compare(near, priced(mixed, miou=None))
    exact = priced(mixed, miou=14.0, miou_low=14.0, miou_high=14.0)
    better = priced(mixed, miou=14.1, miou_low=14.1, miou_high=14.1)
    assert compare(better, exact)["miou"].chance == 0.0
    assert compare(exact, exact)["miou"].same


def test_limits_are_judged_by_the_figure_that_they_bound(mixed: Design) -> None:
    found = priced(mixed, energy_uj=200.0, miou=10.0, array_mb=10.0)
    limits = Limits(min_miou=12.5, max_energy_uj=100.0, max_latency_us=1e9, max_sigma_rel=None)
    judged = verdicts(found, limits)
    assert set(judged) == {"energy_uj", "latency_us", "array_mb", "miou"}
    assert judged["energy_uj"].over == pytest.approx(1.0)
    assert judged["miou"].over == pytest.approx(0.2)
    assert [name for name, v in judged.items() if v.kept] == ["latency_us", "array_mb"]
    assert "miou" not in verdicts(priced(mixed, miou=None), limits)
    assert verdicts(found, Limits(min_miou=0.0))["miou"].kept
    assert verdicts(found, Limits(max_sigma_rel=1e-6))["sigma_rel"].over > 1.0


def test_drift_of_a_files_metrics(mixed: Design) -> None:
    now = answer(mixed)
    assert all(d.change == 0.0 for d in drift(now.design.metrics, now))
    claimed = {"energy_uj": 2.0 * now.metrics["energy_uj"], "miou": 50.0, "miou_low": 1.0}
    energy, miou = drift(claimed, now)
    assert energy.change == pytest.approx(-0.5)
    assert miou.change == pytest.approx(now.metrics["miou"] - 50.0)
    assert miou.within is False
    assert drift(None, now) == []
    [zero] = drift({"area_mm2": 0.0}, now)
    assert zero.change == math.inf


def test_no_accuracy_where_nothing_was_measured(mixed: Design) -> None:
    assert answer(with_workload(mixed, image=(480, 640))).metrics["miou"] is None
    larger = Design(SPACES["b2"].smallest, "b2")
    assert answer(larger, dataset="camvid").metrics["miou"] is None


def test_the_rate_of_the_workload_is_judged_with_the_latency(mixed: Design) -> None:
    found = priced(mixed)
    period_us = found.cost.latency_us / 2.0
    waiting = replace(mixed, workload=replace(mixed.workload, images_per_second=1e6 / period_us))
    judged = verdicts(priced(waiting), Limits(max_latency_us=period_us * 1.5))["latency_us"]
    assert judged.limit == "images_per_second"
    assert judged.over == pytest.approx(0.5, rel=0.01)
    assert (
        verdicts(priced(waiting), Limits(max_latency_us=1.0))["latency_us"].limit
        == "max_latency_us"
    )


def test_every_broken_limit_is_named_with_what_was_found() -> None:
    limits = Limits(max_energy_uj=100.0, min_miou=18.0, max_sigma_rel=0.08)
    found = {"energy_uj": 150.0, "miou": 18.0, "sigma_rel": 0.155, "latency_us": 1e9}
    assert broken(found, limits) == [
        "energy 150 µJ, at most 100 µJ",
        "output error 15.5 %, at most 8 %",
    ]
    assert broken({"energy_uj": None}, limits) == []
    # Of a design that broke the energy as far already, a step breaks what held before alone.
    before = excess({"energy_uj": 160.0, "sigma_rel": 0.07}, limits)
    assert broken(found, limits, before=before) == ["output error 15.5 %, at most 8 %"]
    nearer = excess({"energy_uj": 140.0, "sigma_rel": 0.2}, limits)
    assert broken(found, limits, before=nearer) == ["energy 150 µJ, at most 100 µJ"]


def test_changes_are_judged_by_the_usual_error_and_the_rate() -> None:
    asked = judged(Limits(max_sigma_rel=None), Workload(images_per_second=100.0))
    assert asked.max_sigma_rel == 0.08
    assert judged(Limits(max_sigma_rel=0.05), Workload()).max_sigma_rel == 0.05
    found = excess({"latency_us": 20_000.0, "sigma_rel": 0.04, "miou": None}, asked)
    assert found == {"max_latency_us": pytest.approx(1.0), "max_sigma_rel": pytest.approx(-0.5)}
    assert broken({"latency_us": 20_000.0}, asked) == ["latency 20,000 µs, at most 10,000 µs"]
