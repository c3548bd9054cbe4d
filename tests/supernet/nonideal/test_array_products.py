import pytest
import torch

from cmn_core.architecture import Architecture
from cmn_core.nonideal import IDEAL, NonIdeal
from cmn_core.supernet.nonideal.array_products import ArrayFfn, Converters, on_arrays

SMALL = Architecture((1, 2, 3, 2), (16, 24, 32, 40))


def converters(sigma=0.0, bits=None, ranges=None):
    rng = torch.Generator().manual_seed(0)
    return Converters("x", bits, sigma, rng, ranges or {}, None)


@pytest.mark.parametrize("top_k", [None, 1, 2])
@pytest.mark.parametrize("shape", [SMALL, None])
def test_without_error_it_is_the_same_function(tiny_supernet, shapes, shape, top_k):
    exact = tiny_supernet.subnet(shape or tiny_supernet.architecture)
    images = torch.rand(2, 3, 48, 64, generator=torch.Generator().manual_seed(1))
    copy = on_arrays(exact.subnet(exact.architecture), IDEAL, seed=0)
    with torch.no_grad():
        assert torch.allclose(copy(images, None, top_k), exact(images, None, top_k), atol=2e-6)


def test_an_output_has_the_stated_error():
    y = torch.randn(2, 500, 3, 40, generator=torch.Generator().manual_seed(2))
    y = y * torch.tensor([1.0, 10.0, 0.1]).view(1, 1, 3, 1)  # three products of unlike size
    noise = converters(0.2).leave(y, 2) - y
    for part in range(3):
        rms = y[0, :, part].square().mean().sqrt()
        assert (noise[0, :, part].std() / rms).item() == pytest.approx(0.2, rel=0.03)
    assert converters(0.0).leave(y) is y


def test_an_image_is_rounded_by_its_own_range():
    x = torch.rand(2, 50, 8, generator=torch.Generator().manual_seed(3))
    both = torch.stack([x[0], 100.0 * x[1]])
    rounded = converters(bits=4).enter(both)
    assert torch.allclose(rounded[0], converters(bits=4).enter(x)[0])
    assert (rounded[0] - x[0]).abs().max() < 0.1


def test_every_product_in_arrays_gets_its_error(tiny_supernet):
    """Names seen at the converters: the static products of the cost model's list and no others."""
    seen = []
    copy = tiny_supernet.subnet(SMALL)
    on_arrays(copy, IDEAL, seed=0, watch=lambda name, x: seen.append(name))
    with torch.no_grad():
        copy(torch.zeros(1, 3, 48, 64))
    layers = [f"blocks.{b}.{i}" for b, n in enumerate((1, 1, 1, 2)) for i in range(n)]
    expected = {f"patch.{b}" for b in range(4)} | {f"decoder.lift.{b}" for b in range(4)}
    expected |= {"decoder.fuse", "decoder.classify"}
    expected |= {f"{n}.attention.{p}" for n in layers for p in ("query", "key_value", "out")}
    expected |= {f"{n}.attention.reduce" for n in layers if not n.startswith("blocks.3")}
    expected |= {f"{n}.ffn.{p}" for n in layers for p in ("w1", "w2")}
    assert set(seen) == expected and len(seen) == len(expected)


def test_an_error_in_one_block_leaves_those_before_it(tiny_supernet):
    images = torch.rand(1, 3, 48, 64, generator=torch.Generator().manual_seed(1))
    seen = {}

    def run(sigmas):
        copy, seen[sigmas] = tiny_supernet.subnet(SMALL), {}
        nonideal = NonIdeal(output_sigma=sigmas)
        on_arrays(copy, nonideal, seed=5, watch=lambda n, x: seen[sigmas].__setitem__(n, x))
        with torch.no_grad():
            return copy(images)

    exact, last = (0.0,) * 4, (0.0, 0.0, 0.0, 0.3)
    assert not torch.equal(run(exact), run(last))
    for name, x in seen[exact].items():
        if name.startswith(("patch", "blocks.0", "blocks.1", "blocks.2")):
            assert torch.equal(x, seen[last][name]), name


def test_experts_get_errors_of_their_own(tiny_supernet):
    ffn = tiny_supernet.blocks[3][0].ffn
    x = torch.randn(1, 30, 24, generator=torch.Generator().manual_seed(0))
    exact = ArrayFfn(ffn, converters())(x, 3, 16)
    assert torch.allclose(exact, ffn(x, 3, 16), atol=1e-6)
    assert not torch.allclose(ArrayFfn(ffn, converters(0.1))(x, 3, 16), exact, atol=1e-5)
