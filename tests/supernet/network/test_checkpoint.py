import pytest
import torch

from cmn_core.errors import FieldError
from cmn_core.supernet.network import checkpoint


def test_round_trip_keeps_tensors_and_facts(tmp_path):
    path = tmp_path / "x.safetensors"
    checkpoint.save(path, {"a": torch.arange(3)}, {"seed": 4})
    tensors, facts = checkpoint.load(path)
    assert torch.equal(tensors["a"], torch.arange(3)) and facts == {"seed": 4}
    assert [p.name for p in tmp_path.iterdir()] == ["x.safetensors"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04rubbish", b"\x80\x04pickle"])
def test_rubbish_is_refused_in_one_sentence(tmp_path, content):
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(FieldError) as error:
        checkpoint.load(path)
    assert "\n" not in str(error.value) and "safetensors" in str(error.value)


def test_missing_weights_are_named():
    with pytest.raises(FieldError, match="no trained b2 weights for camvid"):
        checkpoint.load_supernet("b2", "camvid")


def test_weights_of_another_shape_are_refused(tmp_path, supernet):
    path = tmp_path / "tiny.safetensors"
    checkpoint.save_weights(path, supernet, {})
    with pytest.raises(FieldError, match="other layers"):
        checkpoint.load_supernet("b0", "nyuv2", path)
