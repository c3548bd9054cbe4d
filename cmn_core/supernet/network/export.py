"""A chosen network as files of its own: sliced weights, and an ONNX graph for other programs."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cmn_core.architecture import SPACES, Architecture
from cmn_core.datasets.info import DatasetInfo, dataset_info
from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.supernet.network import checkpoint
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.network.moe import Routing

OPSET = 17  # the first with layer normalisation as one node
WEIGHTS, GRAPH = "network.safetensors", "network.onnx"


class Deployed(nn.Module):
    """The network with what stands around it: colours in, classes at the images' resolution out."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: Segmenter, info: DatasetInfo, top_k: Routing = None) -> None:
        super().__init__()
        self.network, self.top_k = network, top_k
        self.register_buffer("mean", torch.tensor(info.mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(info.std).view(1, 3, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        """images: [B, 3, height, width] in 0..1 -> logits [B, classes, height, width]."""
        logits = self.network((images - self.mean) / self.std, None, self.top_k)
        size = (int(images.shape[2]), int(images.shape[3]))
        return F.interpolate(logits, size, mode="bilinear", align_corners=False)


def save_network(path: Path, network: Segmenter, info: DatasetInfo, facts: dict[str, Any]) -> None:
    """Half-precision weights of one network with its shape, its data set and more facts."""
    known = {
        "space": network.space.name,
        "architecture": {
            "experts": list(network.architecture.experts),
            "hidden": list(network.architecture.hidden),
        },
        "dataset": info.name,
        "classes": list(info.classes),
        "mean": list(info.mean),
        "std": list(info.std),
        "image": list(info.image),
    }
    tensors = {k: v.half() for k, v in network.state_dict().items()}
    checkpoint.save(path, tensors, {**facts, **known})


def load_network(path: Path) -> tuple[Segmenter, dict[str, Any]]:
    """What `save_network` wrote, in single precision and evaluation mode, and its facts."""
    tensors, facts = checkpoint.load(path)
    try:
        space = SPACES[facts["space"]]
        shape = facts["architecture"]
        architecture = Architecture.from_row([*shape["experts"], *shape["hidden"]])
        network = Segmenter(space, len(facts["classes"]), architecture)
        network.load_state_dict({k: v.float() for k, v in tensors.items()})
    except (KeyError, TypeError, ValueError, RuntimeError):
        raise FieldError(
            "weights", f"{path.name} holds no network", "a file of export or distil is expected"
        ) from None
    return network.eval(), facts


def open_network(design: Design, dataset: str, path: Path | None = None) -> Segmenter:
    """The design's network: a slice of the shipped supernet or of another one's file, or the
    network of such a file, which must be the design's."""
    if path is None or "architecture" not in checkpoint.load(path)[1]:
        return checkpoint.load_supernet(design.space, dataset, path).subnet(design.architecture)
    network, facts = load_network(path)
    mine = (design.space, design.architecture, dataset)
    if (network.space.name, network.architecture, facts["dataset"]) != mine:
        raise FieldError(
            "weights",
            f"{path.name} holds another network",
            f"one of the design's {design.space} architecture for {dataset} is expected",
        )
    return network


def origin(design: Design, dataset: str, path: Path | None = None) -> dict[str, Any]:
    """Where the weights come from: digest of their file and what they were trained on."""
    source = checkpoint.weights_path(design.space, dataset) if path is None else path
    known = checkpoint.load(source)[1]
    return {"weights": checkpoint.digest(source), "trained_on": known.get("trained_on")}


def open_teacher(
    design: Design, info: DatasetInfo, path: Path | None = None
) -> tuple[Segmenter, dict[str, Any]]:
    """The largest network of a supernet's file or the network of such a file, of any space, and
    its origin; None: the shipped supernet of the design's space."""
    source = checkpoint.weights_path(design.space, info.name) if path is None else path
    known = {} if path is None else checkpoint.load(path, "teacher")[1]
    if "architecture" in known:
        network, _ = load_network(source)
    else:
        network = checkpoint.load_supernet(known.get("space", design.space), info.name, path)
    return network, origin(design, info.name, path)


def write_graph(
    path: Path,
    network: Segmenter,
    info: DatasetInfo,
    *,
    image: tuple[int, int] | None = None,
    top_k: Routing = None,
    facts: dict[str, Any] | None = None,
) -> None:
    """ONNX file: `images` float [batch, 3, height, width] in 0..1 -> `logits` [batch, classes,
    height, width]; batch is free, height and width are those of `image` (default: the data
    set's). facts: texts that the file carries as metadata.
    """
    import onnx

    height, width = info.image if image is None else image
    deployed = Deployed(network, info, top_k).eval()
    partial = path.with_suffix(".partial")
    with warnings.catch_warnings(), torch.no_grad():
        # The tracing exporter needs onnx alone; that shapes become constants is meant.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            deployed,
            (torch.zeros(1, 3, height, width),),
            str(partial),
            input_names=["images"],
            output_names=["logits"],
            dynamic_axes={"images": {0: "batch"}, "logits": {0: "batch"}},
            opset_version=OPSET,
            dynamo=False,
        )
    model = onnx.load(str(partial))
    texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in (facts or {}).items()}
    onnx.helper.set_model_props(model, texts)
    onnx.checker.check_model(model)
    onnx.save(model, str(partial))
    os.replace(partial, path)


def export(
    design: Design, dataset: str, folder: Path, *, weights: Path | None = None
) -> dict[str, Any]:
    """Write both files into the folder; returns their paths and sizes in bytes."""
    info = dataset_info(dataset)
    network = open_network(design, dataset, weights)
    known = {"design": design.to_json(), **origin(design, dataset, weights)}
    folder.mkdir(parents=True, exist_ok=True)
    tensors, graph = folder / WEIGHTS, folder / GRAPH
    save_network(tensors, network, info, known)
    described = {**known, "dataset": info.name, "classes": list(info.classes)}
    write_graph(graph, network, info, top_k=design.workload.experts_of_token, facts=described)
    return {
        "weights": str(tensors),
        "weights_bytes": tensors.stat().st_size,
        "onnx": str(graph),
        "onnx_bytes": graph.stat().st_size,
        "parameters": sum(p.numel() for p in network.parameters()),
        "image": list(info.image),
    }
