"""Every step, against pricing the changed design alone."""

from __future__ import annotations

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.cim.technologies.technology import load_technology
from cmn_core.cim.uncertainty import chance_smaller
from cmn_core.design import Design
from cmn_core.whatif.answer import answer
from cmn_core.whatif.edits import completed, with_block, with_knob, with_workload
from cmn_core.whatif.sensitivity import COSTS, applied, steps


def test_each_step_is_what_the_changed_design_costs(mixed: Design) -> None:
    found = {(s.name, s.towards): s for s in steps(answer(mixed))}
    base = answer(mixed)
    changed = {
        ("experts.2", 1): with_block(mixed, 2, experts=3),
        ("hidden.0", -1): with_block(mixed, 0, hidden=56),
        ("replicas.1", 1): with_block(mixed, 1, replicas=3),
        ("memory.3", -1): with_block(mixed, 3, memory="sram"),
        ("rram.adc_bits", -1): with_knob(mixed, "rram", "adc_bits", 6.0),
        ("sram.vdd_v", 1): with_knob(mixed, "sram", "vdd_v", 1.0),
    }
    for key, design in changed.items():
        step, alone = found[key], answer(design)
        assert completed(applied(mixed, step)) == completed(design), key
        assert step.metrics is not None
        for metric in (*COSTS, "array_mb", "miou"):
            assert step.metrics[metric] == pytest.approx(alone.metrics[metric], rel=1e-12), key
        ratio = alone.metrics["energy_uj"] / base.metrics["energy_uj"] - 1.0
        assert step.change["energy_uj"] == pytest.approx(ratio, abs=1e-12)
        assert step.change["miou"] == pytest.approx(alone.metrics["miou"] - base.metrics["miou"])
        for metric in COSTS:
            ours, theirs = base.cost.compositions[metric], alone.cost.compositions[metric]
            rises = float(chance_smaller(ours, theirs))
            change = step.change[metric] or 0.0
            if change == 0.0:
                assert metric not in step.likely
            else:
                likely = rises if change > 0.0 else 1.0 - rises
                assert step.likely[metric] == pytest.approx(likely), (key, metric)


def test_every_variable_has_its_steps(mixed: Design) -> None:
    found = steps(answer(mixed))
    names = {s.name for s in found}
    wanted = {f"{v}.{b}" for v in ("experts", "hidden", "replicas", "memory") for b in range(4)}
    wanted |= {f"{m}.{k}" for m in ("rram", "sram") for k in load_technology(m).knobs}
    assert names == wanted
    assert len({(s.name, s.towards) for s in found}) == len(found)
    assert [s.towards for s in found if s.name == "experts.3"] == [1]  # one expert is the least
    assert all(s.block is None or s.label.endswith(f"block {s.block + 1}") for s in found)


def test_ends_of_the_space_have_no_step_beyond(mixed: Design) -> None:
    largest = Design(SPACES["b0"].largest, hardware=mixed.hardware)
    assert all(
        s.towards < 0 for s in steps(answer(largest)) if s.name.startswith(("experts", "hidden"))
    )
    smallest = Design(SPACES["b0"].smallest, hardware=mixed.hardware)
    assert all(
        s.towards > 0 for s in steps(answer(smallest)) if s.name.startswith(("experts", "hidden"))
    )


def test_a_step_that_cannot_be_built_says_so(mixed: Design) -> None:
    rows = with_knob(with_knob(mixed, "rram", "rows", 128.0), "rram", "active_rows", 128.0)
    found = {(s.name, s.towards): s for s in steps(answer(rows))}
    fewer = found["rram.rows", -1]
    assert fewer.metrics is None
    assert set(fewer.change.values()) == {None}
    assert fewer.likely == {}
    assert found["rram.rows", 1].metrics is not None


def test_where_accuracy_is_unknown_costs_still_are(mixed: Design) -> None:
    for design in (
        with_workload(mixed, image=(480, 640)),
        completed(Design(SPACES["b1"].largest, "b1")),
    ):
        for step in steps(answer(design)):
            if step.metrics is not None and step.name != "experts.0":
                assert step.change["miou"] is None or step.metrics["miou"] is not None
                assert np.isfinite(step.change["energy_uj"] or 0.0)
    assert all(
        s.change["miou"] is None for s in steps(answer(with_workload(mixed, image=(480, 640))))
    )


def test_a_memory_that_was_not_in_use_comes_with_the_macro_it_was_priced_with(
    mixed: Design,
) -> None:
    uniform = with_knob(mixed, "sram", "vdd_v", 1.0)
    for block in (0, 2):
        uniform = with_block(uniform, block, memory="rram")
    base = answer(uniform)
    [step] = [s for s in steps(base) if s.name == "memory.1"]
    assert step.metrics is not None
    moved = answer(applied(uniform, step))
    assert moved.metrics["energy_uj"] == pytest.approx(step.metrics["energy_uj"], rel=1e-12)
