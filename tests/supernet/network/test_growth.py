"""A grown supernet computes what the small one does, for every subnet of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from cmn_core.architecture import SPACES, Architecture, SearchSpace
from cmn_core.errors import FieldError
from cmn_core.supernet.network.checkpoint import load_supernet, save_weights, weights_path
from cmn_core.supernet.network.growth import grown, inherit
from cmn_core.supernet.network.model import Segmenter


def images(size: int = 64) -> torch.Tensor:
    return torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(1))


def answers(model: Segmenter, architecture: Architecture) -> torch.Tensor:
    with torch.no_grad():
        return model.eval()(images(), architecture)


def large(tiny: SearchSpace) -> SearchSpace:
    """Twice and three times as wide, deeper, with a wider decoder."""
    return replace(tiny, name="b2", widths=(16, 32, 48, 48), depths=(3, 1, 2, 4), decoder_width=48)


@pytest.mark.parametrize(
    ("experts", "hidden"),
    [((5, 5, 5, 5), (32, 64, 64, 96)), ((1, 1, 1, 1), (16,) * 4), ((2, 1, 5, 3), (17, 40, 16, 90))],
)
def test_the_same_answers(
    tiny: SearchSpace, supernet: Segmenter, experts: tuple, hidden: tuple
) -> None:
    target = large(tiny)
    wide = Segmenter(target, 3)
    rng = torch.Generator().manual_seed(0)
    wide.load_state_dict(grown(dict(supernet.state_dict()), tiny, target, rng))
    factors = (2, 2, 3, 2)
    twin = Architecture(experts, tuple(n * h for n, h in zip(factors, hidden, strict=True)))
    small = answers(supernet, Architecture(experts, hidden))
    torch.testing.assert_close(answers(wide, twin), small, rtol=1e-4, atol=1e-5)


def test_copies_get_different_shares(tiny: SearchSpace, supernet: Segmenter) -> None:
    """Equal shares would give copies equal gradients for ever."""
    rng = torch.Generator().manual_seed(0)
    wide = grown(dict(supernet.state_dict()), tiny, large(tiny), rng)
    old = supernet.state_dict()["blocks.0.0.attention.out.weight"]
    new = wide["blocks.0.0.attention.out.weight"]
    for copy in (new[0::2], new[1::2]):
        torch.testing.assert_close(copy[:, 0::2] + copy[:, 1::2], old)
    share = new[::2, 0::2] / old
    assert share.min() > 0.2
    assert share.max() < 0.8
    assert share.std() > 0.05


def test_new_layers_learn(tiny: SearchSpace, supernet: Segmenter) -> None:
    """A silent layer is no dead one: the ends of its branches get gradients."""
    target = large(tiny)
    wide = Segmenter(target, 3)
    wide.load_state_dict(
        grown(dict(supernet.state_dict()), tiny, target, torch.Generator().manual_seed(0))
    )
    wide(images()).square().mean().backward()
    for name in ("attention.out.weight", "ffn.w2", "position.weight"):
        gradient = wide.get_parameter(f"blocks.0.2.{name}").grad
        assert gradient is not None
        assert gradient.abs().max() > 0, name


def test_the_seed_draws_the_shares(tiny: SearchSpace, supernet: Segmenter) -> None:
    def one(seed: int) -> torch.Tensor:
        rng = torch.Generator().manual_seed(seed)
        return grown(dict(supernet.state_dict()), tiny, large(tiny), rng)["blocks.1.0.ffn.w1"]

    assert torch.equal(one(0), one(0))
    assert not torch.equal(one(0), one(1))


def test_b1_from_the_weights_that_ship(tmp_path: Path) -> None:
    small = load_supernet("b0", "camvid")
    wide = Segmenter(SPACES["b1"], small.classes)
    inherit(wide, weights_path("b0", "camvid"))
    chosen = Architecture((5, 2, 1, 3), (128, 16, 300, 1024))
    twin = Architecture((5, 2, 1, 3), (256, 32, 600, 2048))
    torch.testing.assert_close(answers(wide, twin), answers(small, chosen), rtol=1e-3, atol=1e-3)


def test_another_number_of_classes_begins_anew(tmp_path: Path) -> None:
    wide = Segmenter(SPACES["b1"], 4).reset(torch.Generator().manual_seed(5))
    before = wide.decoder.classify.weight.clone()
    inherit(wide, weights_path("b0", "camvid"))
    assert torch.equal(wide.decoder.classify.weight, before)


def test_no_shrinking(tmp_path: Path) -> None:
    file = tmp_path / "b1.safetensors"
    save_weights(file, Segmenter(SPACES["b1"], 3), {})
    with pytest.raises(FieldError, match="b1 supernet, which cannot grow to b0"):
        inherit(Segmenter(SPACES["b0"], 3), file)


def test_a_file_of_something_else(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    file = tmp_path / "other.safetensors"
    save_file({"a": torch.zeros(1)}, file)
    with pytest.raises(FieldError, match="b1 supernet, or of a smaller one"):
        inherit(Segmenter(SPACES["b1"], 3), file)
