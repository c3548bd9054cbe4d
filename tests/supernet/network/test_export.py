import json

import numpy as np
import pytest
import torch

from cmn_core.architecture import Architecture
from cmn_core.datasets.info import dataset_info
from cmn_core.design import Design, Workload
from cmn_core.errors import FieldError
from cmn_core.supernet.measure.miou import as_tensor
from cmn_core.supernet.network import checkpoint
from cmn_core.supernet.network.export import (
    Deployed,
    export,
    load_network,
    open_network,
    open_teacher,
)

INFO = dataset_info("nyuv2")
MIDDLING = Design(Architecture((1, 2, 3, 2), (32, 100, 200, 300)))


def photos(count, rng):
    """Soft coloured blobs at the data set's size: logits without the ties of pure noise."""
    coarse = rng.random((count, 3, 8, 10), dtype=np.float32)
    big = torch.nn.functional.interpolate(torch.from_numpy(coarse), INFO.image, mode="bicubic")
    return (big.clamp(0, 1) * 255).to(torch.uint8).permute(0, 2, 3, 1).numpy()


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    return folder, export(MIDDLING, "nyuv2", folder)


def test_onnx_gives_the_same_classes(exported):
    runtime = pytest.importorskip("onnxruntime")
    folder, _ = exported
    network, _ = load_network(folder / "network.safetensors")
    images = as_tensor(photos(5, np.random.default_rng(0)))
    with torch.no_grad():
        ours = Deployed(network, INFO)(images).numpy()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(str(folder / "network.onnx"), options)
    theirs = np.concatenate(
        [session.run(None, {"images": images[part].numpy()})[0] for part in (slice(2), slice(2, 5))]
    )
    assert theirs.shape == (5, 40, *INFO.image)
    assert np.abs(ours - theirs).max() < 1e-3
    same = ours.argmax(1) == theirs.argmax(1)
    top = np.sort(ours, axis=1)[:, -2:]
    assert same[top[:, 1] - top[:, 0] > 1e-3].all()
    assert same.mean() > 0.9999
    described = session.get_modelmeta().custom_metadata_map
    assert json.loads(described["classes"]) == list(INFO.classes)
    assert json.loads(described["design"])["architecture"]["hidden"] == [32, 100, 200, 300]


def test_the_sliced_weights_are_the_subnet(exported):
    folder, answer = exported
    network, facts = load_network(folder / "network.safetensors")
    subnet = checkpoint.load_supernet("b0", "nyuv2").subnet(MIDDLING.architecture)
    for name, weight in subnet.state_dict().items():
        assert torch.equal(network.state_dict()[name], weight), name
    assert facts["weights"] == checkpoint.digest(checkpoint.weights_path("b0", "nyuv2"))
    assert facts["mean"] == list(INFO.mean) and facts["std"] == list(INFO.std)
    assert facts["design"]["space"] == "b0" and facts["trained_on"]
    size = 2 * sum(p.numel() for p in subnet.parameters())
    assert size < answer["weights_bytes"] < size + 100_000
    assert not list(folder.glob("*.partial"))


def test_a_network_opens_for_its_own_design_only(exported):
    path = exported[0] / "network.safetensors"
    assert open_network(MIDDLING, "nyuv2", path).architecture == MIDDLING.architecture
    other = Design(Architecture((1, 1, 1, 1), (16, 16, 16, 16)))
    for design, dataset in ((other, "nyuv2"), (MIDDLING, "scenes")):
        with pytest.raises(FieldError, match="weights"):
            open_network(design, dataset, path)
    assert open_teacher(other, INFO, path)[0].architecture == MIDDLING.architecture
    assert open_teacher(other, INFO)[0].architecture == other.search_space.largest


def test_top_k_goes_along(tmp_path):
    pytest.importorskip("onnxruntime")
    import onnxruntime as runtime

    design = Design(MIDDLING.architecture, workload=Workload(top_k=1))
    export(design, "nyuv2", tmp_path)
    network = open_network(design, "nyuv2")
    images = as_tensor(photos(1, np.random.default_rng(1)))
    with torch.no_grad():
        ours = Deployed(network, INFO, 1)(images).numpy()
    theirs = runtime.InferenceSession(str(tmp_path / "network.onnx")).run(
        None, {"images": images.numpy()}
    )[0]
    assert (ours.argmax(1) == theirs.argmax(1)).mean() > 0.99
