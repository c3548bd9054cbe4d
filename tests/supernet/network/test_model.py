import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cmn_core.architecture import SPACES, Architecture
from cmn_core.supernet.network.model import Decoder, Segmenter, to_map


def image(height: int = 48, width: int = 64) -> torch.Tensor:
    return torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(5))


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_subnet_is_an_exact_slice(tiny_supernet, data):
    """The standalone module gives the supernet's numbers bit for bit."""
    supernet = tiny_supernet
    experts = tuple(data.draw(st.integers(1, 5)) for _ in range(4))
    hidden = tuple(data.draw(st.integers(16, top)) for top in supernet.space.max_hidden)
    chosen = Architecture(experts, hidden)
    alone = supernet.subnet(chosen)
    with torch.inference_mode():
        assert torch.equal(alone(image()), supernet(image(), chosen))
        assert torch.equal(alone(image(), top_k=1), supernet(image(), chosen, 1))


def test_subnet_carries_no_more_weights_than_it_uses(supernet, tiny):
    small = supernet.subnet(Architecture((1, 2, 1, 3), (16, 20, 17, 30)))
    shapes = [tuple(layer.ffn.w1.shape) for block in small.blocks for layer in block]
    assert shapes == [(1, 16, 8), (2, 20, 16), (1, 17, 16), (3, 30, 24), (3, 30, 24)]


def test_output_grid_is_a_quarter_of_the_image(supernet):
    assert supernet(image()).shape == (2, 3, 12, 16)
    assert supernet(image(40, 56)).shape == (2, 3, 10, 14)


def test_decoder_equals_the_plain_order():
    """Lift, upsample, concatenate, fuse: the same function as the merged order in use."""
    decoder = Decoder((4, 6), 5, 3)
    rng = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in decoder.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=rng))
    grids = [(6, 8), (3, 4)]
    features = [
        torch.randn(2, r * c, w, generator=rng) for (r, c), w in zip(grids, (4, 6), strict=True)
    ]
    lifted = [to_map(lift(x), g) for x, g, lift in zip(features, grids, decoder.lift, strict=True)]
    up = torch.nn.functional.interpolate(lifted[1], grids[0], mode="bilinear", align_corners=False)
    joined = torch.cat([lifted[0], up], 1).flatten(2).transpose(1, 2)
    tokens = torch.nn.functional.gelu(decoder.norm(decoder.fuse(joined)))
    expected = to_map(decoder.classify(tokens), grids[0])
    assert torch.allclose(decoder(features, grids), expected, atol=1e-4)


def test_b0_has_the_published_size():
    """MiT-B0 with a plain FFN has 3.32 M encoder weights by our count with its depthwise
    convolutions on 4 C channels; ours run on C channels, 8 biases and norms differ slightly."""
    space = SPACES["b0"]
    dense = Segmenter(space, 40, Architecture((1, 1, 1, 1), space.max_hidden))
    encoder = sum(p.numel() for n, p in dense.named_parameters() if "decoder" not in n)
    depthwise = sum(
        2 * (4 * c - c) * 10 for c in space.widths
    )  # what a 3x3 on 4 C channels has more than one on C, weights and biases, two layers
    routers = sum(2 * (c + 1) for c in space.widths)
    assert abs(encoder + depthwise - routers - 3.32e6) < 0.02e6


def test_stochastic_depth_only_in_training(supernet):
    with torch.inference_mode():
        assert torch.equal(supernet(image()), supernet(image()))
