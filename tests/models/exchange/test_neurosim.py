from __future__ import annotations

from collections.abc import Callable
from math import prod

import pytest

from cmn_core.errors import FieldError
from cmn_core.models.exchange.neurosim import read_neurosim, write_neurosim
from cmn_core.models.layers import Convolution, Model
from tests.models.exchange.test_zigzag import LAYERS, macs

Build = Callable[..., Model]


def test_a_network_by_hand(build: Build) -> None:
    """NeuroSim counts (length - kernel + 1) / stride positions: (230 - 7 + 1) / 2 = 112."""
    text, left_out = write_neurosim(build(*LAYERS))
    assert text.splitlines() == [
        "10,1,64,1,1,32,0,1",
        "10,1,64,1,1,32,0,1",
        "230,198,3,7,7,64,0,2",
    ]
    assert left_out == [
        "1 layer of kind convolution: NeuroSim has no groups",
        "3 layers of kind dynamic_product: NeuroSim has no product of two activations",
        "1 layer of kind elementwise: it multiplies no matrices",
        "pooling is written as none, so its buffers are missing there",
    ]


def test_what_was_written_is_read_back(build: Build) -> None:
    plain = build(*LAYERS[:2])
    again = read_neurosim(write_neurosim(plain)[0].encode(), "net.csv")
    assert macs(again) == macs(plain)


def test_one_axis_with_a_stride_keeps_its_positions(build: Build) -> None:
    layer = {"kind": "convolution", "channels": 6, "outputs": 5, "kernel": [4], "map": [20]}
    plain = build({**layer, "stride": [3]})
    again = read_neurosim(write_neurosim(plain)[0].encode(), "net.csv")
    (found,) = again.layers
    assert isinstance(found, Convolution)
    assert prod(found.map) == 20 and macs(again) == macs(plain)


def test_a_file_of_others_with_and_without_stride() -> None:
    """VGG-8's first and last layers: NeuroSim's own count of positions is without borders."""
    model = read_neurosim(b"32,32,3,3,3,128,0,1\n1,1,8192,1,1,1024,0\n\n", "vgg8.csv")
    assert macs(model) == 30 * 30 * 27 * 128 + 8192 * 1024


def test_pooling_that_is_not_priced_is_told() -> None:
    plain, pooled = "8,8,3,3,3,16,0,1\n", "6,6,16,3,3,16,1,1\n"
    assert read_neurosim(plain.encode(), "net.csv").note is None
    model = read_neurosim((plain + pooled).encode(), "net.csv")
    assert model.note == "pooling after 1 of its layers is not priced"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "net.csv: no layer"),
        ("1,2,3", "line 1: found '1,2,3'; seven or eight"),
        ("1,1,8,1,1,8,0,x", "line 1: found"),
        ("1,1,8,1,1,-8,0,1", "line 1: found"),
        ("3,3,8,5,5,8,0,1", "line 1: a kernel of 5 x 5 on 3 x 3"),
        ("3,3,0,1,1,8,0,1", "layers[0].channels: found 0"),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    with pytest.raises(FieldError) as caught:
        read_neurosim(text.encode(), "net.csv")
    assert str(caught.value).startswith(said)
