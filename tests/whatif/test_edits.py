"""Edits keep a design inside its space and leave the rest alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmn_core.architecture import SPACES, Architecture
from cmn_core.cim.evaluation import evaluate
from cmn_core.design import MEMORIES, Design, Hardware
from cmn_core.errors import FieldError
from cmn_core.whatif.edits import (
    CHANGES,
    all_blocks,
    completed,
    used_only,
    with_block,
    with_hardware,
    with_knob,
    with_space,
    with_workload,
)


def test_completed_adds_what_is_missing_and_keeps_what_is_given(mixed: Design) -> None:
    assert mixed.hardware is not None
    assert mixed.hardware.complete
    assert set(mixed.hardware.macros) == set(MEMORIES)
    assert mixed.hardware.replicas == (1, 2, 1, 1)
    bare = completed(Design(mixed.architecture))
    assert bare.hardware is not None
    assert bare.hardware.memory == ("rram",) * 4
    assert completed(mixed) == mixed


def test_a_file_states_only_macros_in_use(mixed: Design) -> None:
    assert mixed.hardware is not None
    uniform = replace(mixed, hardware=replace(mixed.hardware, memory=("sram",) * 4))
    kept = used_only(uniform).hardware
    assert kept is not None
    assert set(kept.macros) == {"sram"}
    assert used_only(Design(mixed.architecture)).hardware is None


def test_a_block_is_changed_alone(mixed: Design) -> None:
    priced = replace(mixed, metrics={"energy_uj": 1.0}, provenance={"name": "old"})
    changed = with_block(priced, 2, experts=5, hidden=17, memory="rram", replicas=4)
    assert changed.architecture == Architecture((2, 3, 5, 1), (64, 128, 17, 512))
    assert changed.hardware is not None
    assert changed.hardware.memory == ("sram", "rram", "rram", "rram")
    assert changed.hardware.replicas == (1, 2, 4, 1)
    assert (changed.metrics, changed.provenance) == (None, None)
    assert with_block(mixed, 2) == mixed
    with pytest.raises(ValueError, match="no hardware"):
        with_block(Design(mixed.architecture), 0, experts=1)


def test_experts_on_both_memories_follow_their_block(mixed: Design) -> None:
    assert mixed.hardware is not None
    given = Hardware.placed(
        ("rram", ("sram", "rram", "rram"), "sram", "rram"), macros=mixed.hardware.macros
    )
    apart = completed(replace(mixed, hardware=given))
    assert apart.hardware is not None and apart.hardware.experts == given.experts

    def entry(changed: Design) -> str | tuple[str, ...]:
        assert changed.hardware is not None
        return changed.hardware.entries[1]

    assert entry(with_block(apart, 1, hidden=20)) == ("sram", "rram", "rram")
    assert entry(with_block(apart, 1, experts=5)) == ("sram", *("rram",) * 4)
    assert entry(with_block(apart, 1, experts=2)) == ("sram", "rram")
    assert entry(with_block(apart, 1, experts=1)) == "sram"
    assert entry(with_block(apart, 1, memory="rram")) == "rram"
    assert entry(with_knob(apart, "sram", "rows", 64.0)) == ("sram", "rram", "rram")


def test_knobs_and_workload(mixed: Design) -> None:
    changed = with_workload(with_knob(mixed, "rram", "adc_bits", 5.0), image=(120, 160), top_k=2)
    assert changed.hardware is not None
    assert changed.hardware.macros["rram"]["adc_bits"] == 5.0
    assert changed.hardware.macros["sram"] == mixed.hardware.macros["sram"]  # type: ignore[union-attr]
    assert (changed.workload.image, changed.workload.top_k) == ((120, 160), 2)


def test_the_supplies_move_with_the_node(mixed: Design) -> None:
    moved = with_workload(with_knob(mixed, "sram", "vdd_v", 0.8), node_nm=65.0)
    assert moved.hardware is not None
    assert moved.hardware.macros["rram"]["vdd_v"] == 1.0  # nominal there
    assert moved.hardware.macros["sram"]["vdd_v"] == 0.889
    assert evaluate(moved).energy_uj > evaluate(mixed).energy_uj
    back = with_workload(moved, node_nm=28.0)
    assert back == with_knob(mixed, "sram", "vdd_v", 0.8)
    # RRAM is not known at 7 nm; its macro waits there as a default one and is never priced.
    sram = replace(mixed, hardware=replace(mixed.hardware, memory=("sram",) * 4))  # type: ignore[type-var]
    small = with_workload(sram, node_nm=7.0)
    assert evaluate(small).energy_uj < evaluate(sram).energy_uj
    assert completed(small) == small
    with pytest.raises(FieldError, match="RRAM is known from 12"):
        evaluate(with_block(small, 0, memory="rram"))


def test_other_hardware_keeps_the_macro_that_it_leaves_out(mixed: Design) -> None:
    macro = {"vdd_v": 0.7}
    changed = with_hardware(mixed, Hardware(("rram",) * 4, {"rram": macro}, (1, 1, 1, 1)))
    assert changed.hardware is not None
    assert changed.hardware.macros["rram"] == macro
    assert changed.hardware.macros["sram"] == mixed.hardware.macros["sram"]  # type: ignore[union-attr]


@pytest.mark.parametrize("space", list(SPACES))
def test_another_family_keeps_the_share_of_the_hidden_sizes(mixed: Design, space: str) -> None:
    changed = with_space(mixed, space)
    tops = SPACES[space].max_hidden
    shares = [h / t for h, t in zip(changed.architecture.hidden, tops, strict=True)]
    assert shares == pytest.approx([0.5] * 4)
    SPACES[space].check(changed.architecture)


@pytest.mark.parametrize("change", list(CHANGES))
def test_changes_of_all_blocks_stay_in_the_space_and_spare_locked_ones(
    mixed: Design, change: str
) -> None:
    design = mixed
    for _ in range(8):
        design = all_blocks(design, change, locked=(1,))
        design.search_space.check(design.architecture)
    assert design.architecture.experts[1] == mixed.architecture.experts[1]
    assert design.architecture.hidden[1] == mixed.architecture.hidden[1]
    assert design.hardware is not None
    assert (design.hardware.memory[1], design.hardware.replicas[1]) == ("rram", 2)  # type: ignore[index]
    reached = {
        "fewer_experts": design.architecture.experts[0] == 1,
        "more_experts": design.architecture.experts[0] == 5,
        "half_hidden": design.architecture.hidden[0] == 16,
        "double_hidden": design.architecture.hidden[0] == 128,
        "rram": design.hardware.memory[0] == "rram",
        "sram": design.hardware.memory[3] == "sram",
        "one_copy": design.hardware.replicas[0] == 1,  # type: ignore[index]
    }
    assert reached[change]
