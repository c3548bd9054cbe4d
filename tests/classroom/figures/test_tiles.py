from __future__ import annotations

from cmn_core.classroom.figures.tiles import tiles


def test_experts_take_the_arrays_counted_by_hand() -> None:
    first, *_, last = tiles("rram")
    # Block 1, 32 x 64 and 64 x 32 weights of 7 columns each on 128 x 128 pairs, two layers:
    # 1 x ceil(448 / 128) + 1 x ceil(224 / 128) = 6. Block 4: 2 x 28 + 4 x 14 = 112.
    assert (first.per_expert, last.per_expert) == (2 * 6, 2 * 112)
    assert last.total == 2 * 224 + last.attention


def test_attention_keeps_its_arrays_whatever_the_experts() -> None:
    few, many = tiles("sram", (1, 1, 1, 1)), tiles("sram", (5, 5, 5, 5))
    for a, b in zip(few, many, strict=True):
        assert (a.attention, a.per_expert) == (b.attention, b.per_expert)
        assert b.total - a.total == 4 * a.per_expert
