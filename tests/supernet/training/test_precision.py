import torch

from cmn_core.supernet.network import checkpoint
from cmn_core.supernet.training import precision


def test_the_faster_one_is_taken(monkeypatch):
    for single, half in ((2.0, 1.0), (1.0, 11.6)):
        monkeypatch.setattr(
            precision, "_seconds", lambda _, bf16, s=single, h=half: h if bf16 else s
        )
        assert precision.bf16_is_faster() is (half < single)


def test_both_are_timed():
    assert 0.0 < precision._seconds("cpu", True) < 10.0
    assert 0.0 < precision._seconds("cpu", False) < 10.0


def test_a_run_that_goes_on_keeps_its_precision(tmp_path):
    assert precision.bf16_of(tmp_path) is None
    for known in (True, False):
        facts = {"recipe": {"bf16": known}, "epoch": 3}
        checkpoint.save(tmp_path / "state.safetensors", {"x": torch.zeros(1)}, facts)
        assert precision.bf16_of(tmp_path) is known
