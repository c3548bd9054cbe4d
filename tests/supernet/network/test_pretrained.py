"""Encoders of other people: generated files with both kinds of keys, against plain arithmetic."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from cmn_core.architecture import SPACES, Architecture
from cmn_core.datasets.info import dataset_info
from cmn_core.errors import FieldError
from cmn_core.supernet.network.checkpoint import digest
from cmn_core.supernet.network.growth import inherit
from cmn_core.supernet.network.model import Segmenter, to_tokens
from cmn_core.supernet.network.pretrained import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    inherit_encoder,
    release_keys,
    write_start,
)
from tests.supernet.network.mit import B0, attention, mix_ffn, norm, release, transformers

CLASSES = 3


def model(space=B0) -> Segmenter:
    return Segmenter(space, CLASSES).reset(torch.Generator().manual_seed(1)).eval()


@pytest.fixture(params=["release", "release in torch", "transformers"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    tensors = release()
    if request.param == "release in torch":
        path = tmp_path / "mit_b0.pth"
        nested = {f"backbone.{k}": v for k, v in tensors.items()}
        torch.save({"state_dict": nested, "meta": {"epoch": 3}}, path)
        return path
    path = tmp_path / "model.safetensors"
    save_file(tensors if request.param == "release" else transformers(tensors), path)
    return path


def test_every_part_computes_what_the_checkpoint_does(file: Path) -> None:
    ours, theirs = model(), release()
    facts = inherit_encoder(ours, file, noise=0.0)
    assert facts["tensors"] == len(theirs) - 1 and len(facts["digest"]) == 16
    rng = torch.Generator().manual_seed(2)
    x = torch.randn(2, 3, 32, 64, generator=rng)
    with torch.no_grad():
        for b in range(4):
            name = f"patch_embed{b + 1}"
            weight, bias = theirs[f"{name}.proj.weight"], theirs[f"{name}.proj.bias"]
            stride, kernel = B0.patch_stride[b], B0.patch_kernel[b]
            picture = F.conv2d(x, weight, bias, stride, kernel // 2)
            grid = (picture.shape[2], picture.shape[3])
            tokens = norm(theirs, f"{name}.norm", picture.flatten(2).transpose(1, 2))
            mine = ours.patch_norm[b](to_tokens(ours.patch[b](x)))
            assert torch.allclose(mine, tokens, atol=1e-5)
            for j in range(B0.depths[b]):
                layer, stem = ours.blocks[b][j], f"block{b + 1}.{j}"
                read = norm(theirs, f"{stem}.norm1", tokens)
                told = attention(
                    theirs, f"{stem}.attn", read, grid, B0.heads[b], B0.kv_reduction[b]
                )
                assert torch.allclose(layer.attention(layer.norm1(tokens), grid), told, atol=1e-5)
                even = tokens[:, :1].expand(-1, tokens.shape[1], -1)  # all tokens alike
                told = mix_ffn(theirs, f"{stem}.mlp", norm(theirs, f"{stem}.norm2", even), grid)
                for experts in (1, 3, 5):
                    mine = layer.ffn(layer.norm2(even), experts)
                    assert torch.allclose(mine, told, atol=1e-4)
                assert not layer.position.weight.any() and not layer.position.bias.any()
                architecture = B0.largest
                tokens = layer(tokens, grid, architecture.experts[b], architecture.hidden[b], None)
            tokens = norm(theirs, f"norm{b + 1}", tokens)
            assert torch.allclose(
                ours.norm[b].weight, theirs[f"norm{b + 1}.weight"]
            ) and torch.equal(ours.norm[b].bias, theirs[f"norm{b + 1}.bias"])
            x = tokens.transpose(1, 2).reshape(2, -1, *grid)


def test_decoder_and_router_stay_as_they_were(file: Path) -> None:
    ours, fresh = model(), model()
    inherit_encoder(ours, file)
    before = fresh.state_dict()
    for name, tensor in ours.state_dict().items():
        kept = name.startswith("decoder.") or ".ffn.router" in name
        kept |= name.endswith("position.bias")  # zero, fresh or not
        assert torch.equal(tensor, before[name]) == kept, name


def test_important_hidden_units_come_first(file: Path) -> None:
    ours = model()
    inherit_encoder(ours, file, noise=0.0)
    ffn = ours.blocks[0][0].ffn
    weight = ffn.w1[0].norm(dim=1) * ffn.w2[0].norm(dim=1)
    assert (weight[:-1] >= weight[1:]).all()


def test_noise_parts_the_experts_but_not_the_first(file: Path) -> None:
    plain, noisy, again = model(), model(), model()
    inherit_encoder(plain, file, noise=0.0)
    inherit_encoder(noisy, file)
    inherit_encoder(again, file)
    a, b = plain.blocks[3][1].ffn, noisy.blocks[3][1].ffn
    assert torch.equal(b.w1[0], a.w1[0]) and torch.equal(b.w2[0], a.w2[0])
    change = (b.w1[1:] - a.w1[1:]).square().mean().sqrt() / a.w1[0].square().mean().sqrt()
    assert change.item() == pytest.approx(0.05, rel=0.01)
    assert torch.equal(again.blocks[3][1].ffn.w1, b.w1)


def test_the_first_convolution_takes_the_data_sets_statistics(file: Path) -> None:
    info = dataset_info("nyuv2")
    plain, moved = model(), model()
    inherit_encoder(plain, file)
    inherit_encoder(moved, file, info=info)
    image = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))

    def seen(mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
        return (image - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)

    with torch.no_grad():
        expected = plain.patch[0](seen(IMAGENET_MEAN, IMAGENET_STD))
        found = moved.patch[0](seen(info.mean, info.std))
    inside = (..., slice(1, -1), slice(1, -1))  # the border sees padding, which is no colour
    assert torch.allclose(found[inside], expected[inside], atol=1e-4)


def test_a_start_for_training(file: Path, tmp_path: Path) -> None:
    """What `train --pretrained` hands to `--start`; the seed is that of the training."""
    start, again, other = (tmp_path / f"{n}.safetensors" for n in ("start", "again", "other"))
    info = dataset_info("camvid")
    facts = write_start(file, "b0", info, start, 3)
    write_start(file, "b0", info, again, 3)
    write_start(file, "b0", info, other, 4)
    assert start.read_bytes() == again.read_bytes() != other.read_bytes()
    assert facts["digest"] == digest(file) != digest(start)
    ours = model()
    inherit(ours, start)  # of 3 classes, so its classifier stays
    inside = ours.state_dict()["blocks.2.0.attention.query.weight"]
    assert torch.equal(inside, release()["block3.0.attn.q.weight"])


def test_subnets_run(file: Path) -> None:
    ours = model()
    inherit_encoder(ours, file)
    small = ours.subnet(Architecture((2, 1, 5, 3), (16, 100, 640, 31)))
    with torch.no_grad():
        assert small(torch.zeros(1, 3, 64, 64)).isfinite().all()


def test_both_kinds_of_keys_are_told_apart() -> None:
    tensors = release()
    assert release_keys(tensors)[1] == "release"
    found, style = release_keys(transformers(tensors))
    assert style == "transformers"
    assert set(tensors) - set(found) == {"head.weight"}


def refusal(path: Path, space: str = "b0") -> str:
    ours = model(SPACES[space])
    before = {k: v.clone() for k, v in ours.state_dict().items()}
    with pytest.raises(FieldError) as error:
        inherit_encoder(ours, path)
    assert all(torch.equal(v, before[k]) for k, v in ours.state_dict().items())
    text = str(error.value)
    assert "\n" not in text and text.startswith("pretrained: ")
    return text


def test_a_file_that_does_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    tensors = release()
    save_file({k: v for k, v in tensors.items() if k != "block3.1.mlp.fc2.bias"}, path)
    assert "x.safetensors has no block3.1.mlp.fc2.bias" in refusal(path)
    save_file({**tensors, "norm4.bias": torch.full((256,), torch.nan)}, path)
    assert "norm4.bias of x.safetensors is not finite" in refusal(path)
    save_file(tensors, path)
    text = refusal(path, "b1")
    assert "b1 has" in text and "the file looks like b0" in text
    save_file({"weight": torch.zeros(3)}, path)
    assert "has no " in refusal(path)


def test_a_deeper_encoder_of_the_same_widths_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "b2.safetensors"
    save_file(release(SPACES["b2"]), path)
    text = refusal(path, "b1")
    assert "block1.2.norm1.weight, more than b1 has" in text and "it looks like b2" in text


class Trap:
    """What a pickle would run when it is opened."""

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (Path("trapped"),))


def test_a_pickle_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "x.pth"
    torch.save({"state_dict": Trap()}, path)
    assert "no file of plain tensors" in refusal(path)
    assert not Path("trapped").exists()
    for content in (b"", b"PK\x03\x04rubbish", b"\x80\x04pickle", b"12345678{rubbish"):
        path.write_bytes(content)
        refusal(path)
    path.unlink()
    assert "no such file" in refusal(path)
