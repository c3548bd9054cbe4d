"""The network as matrix products, against published counts and hand-worked ones."""

from __future__ import annotations

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.cim.workload import lay_out, macs, spread, weights
from cmn_core.design import Workload
from cmn_core.errors import FieldError

B0 = SPACES["b0"]
VGA = Workload((480, 640))


@pytest.mark.parametrize(("name", "gmac"), [("b0", 9.50), ("b1", 18.49), ("b2", 72.21)])
def test_dense_network_has_the_counted_macs(name: str, gmac: float) -> None:
    """reference/nas/architectures.md section 1, less its depthwise convolution of 4C channels."""
    space = SPACES[name]
    ours = float(macs(space, [1] * 4, space.max_hidden, VGA)) / 1e9
    layout = lay_out(space, VGA)
    depthwise = 9.0 * float((3.0 * layout.elements).sum()) / 1e9  # theirs 4C channels, ours C
    assert ours + depthwise == pytest.approx(gmac, rel=0.005)


@pytest.mark.parametrize(
    ("name", "encoder", "head"),
    [("b0", 3.32, 0.43), ("b1", 13.15, 0.56), ("b2", 24.20, 3.27)],
)
def test_dense_network_has_the_counted_weights(name: str, encoder: float, head: float) -> None:
    """The same table, 150 classes, biases and norms included there (a percent or two)."""
    space = SPACES[name]
    ours = float(weights(space, [1] * 4, space.max_hidden, classes=150)) / 1e6
    assert ours == pytest.approx(encoder + head, rel=0.02)


def test_five_full_experts_fill_the_papers_ten_megabytes() -> None:
    assert float(weights(B0, [5] * 4, B0.max_hidden)) == pytest.approx(9.84e6, rel=0.01)


@pytest.mark.parametrize(
    ("experts", "hidden", "expected"),
    [
        ((2, 3, 3, 2), (32, 64, 252, 237), 478e6),  # scenario 2, SRAM
        ((5, 5, 4, 5), (55, 177, 227, 421), 1326e6),  # scenario 3, SRAM
        ((5, 5, 5, 5), (128, 256, 640, 1024), 3062e6),  # largest subnet
    ],
)
def test_expert_macs_of_the_papers_designs(
    experts: tuple[int, ...], hidden: tuple[int, ...], expected: float
) -> None:
    """M = sum(E N 2 C H) at 512 x 512, depth counted once (reference/paper/README.md)."""
    layout = lay_out(B0, Workload((512, 512)))
    assert layout.tokens.tolist() == [16384, 4096, 1024, 256]
    e, h = np.array(experts, dtype=float), np.array(hidden, dtype=float)
    once = layout.expert_macs(e, h, None) - layout.elements * 2.0 * e  # less router and gates
    assert float((once / layout.depth).sum()) == pytest.approx(expected, rel=0.002)


def test_first_block_by_hand() -> None:
    """480 x 640, block 1 of B0: 120 x 160 tokens of width 32, reduction 8, two layers."""
    layout = lay_out(B0, VGA)
    assert layout.tokens[0] == 19200 and layout.kv_tokens[0] == 15 * 20
    # query and projection on 19200 tokens, key and value on 300, each 32 x 32, two layers
    assert layout.attention.macs[0] == 2 * (2 * 19200 + 2 * 300) * 32 * 32
    assert layout.reduction.macs[0] == 2 * 300 * (32 * 64) * 32
    assert layout.attention_macs[0] == 2 * 2 * 19200 * 300 * 32
    assert layout.patch.macs[0] == 19200 * 7 * 7 * 3 * 32
    assert layout.linear.macs[0] == 19200 * 32 * 256
    assert layout.fuse.macs[0] == 19200 * 1024 * 256
    assert layout.classify.macs[0] == 19200 * 256 * 40
    assert layout.reduction.count.tolist() == [2, 2, 2, 0]


def test_top_k_charges_k_of_the_experts() -> None:
    layout = lay_out(B0, Workload())
    dense = layout.expert_macs([4, 4, 4, 4], [64] * 4, None)
    two = layout.expert_macs([4, 4, 4, 4], [64] * 4, 2)
    assert np.array_equal(two, layout.elements * (2 * 2 * 64 + 4 + 2))
    assert np.array_equal(dense, layout.elements * (4 * 2 * 64 + 4 + 4))
    assert np.array_equal(
        layout.expert_macs([1] * 4, [64] * 4, 3), layout.expert_macs([1] * 4, [64] * 4, None)
    )


def test_dense_ffn_has_no_router() -> None:
    layout = lay_out(B0, Workload())
    assert np.array_equal(layout.expert_macs([1] * 4, [64] * 4, None), layout.elements * 128)
    two, one = weights(B0, [2, 1, 1, 1], [16] * 4), weights(B0, [1] * 4, [16] * 4)
    assert two - one == 2 * (2 * 32 * 16) + 2 * (2 * 32)  # one more expert, two router rows


def test_odd_image_uses_floor_grids() -> None:
    layout = lay_out(B0, Workload((427, 561)))
    (h, w) = B0.grids(427, 561)[0]
    assert (h, w) == (107, 141)
    assert layout.kv_tokens[0] == (107 // 8) * (141 // 8)


def test_image_too_small_for_the_reduction_is_refused() -> None:
    # 28 rows leave 7 on the first grid, fewer than one 8 x 8 window of the reduction.
    with pytest.raises(FieldError, match=r"workload\.image: found 28 x 640"):
        lay_out(B0, Workload((28, 640)))


def test_spread_keeps_values_and_puts_blocks_first() -> None:
    layout = lay_out(B0, Workload())
    wide = spread(layout, 2)
    assert wide.width.shape == (4, 1, 1) and wide.fuse.k.shape == (1, 1, 1)
    assert np.array_equal(wide.block_macs.ravel(), layout.block_macs)
    assert np.array_equal(wide.other_macs.ravel(), layout.other_macs)
    assert spread(layout, 2) is wide
