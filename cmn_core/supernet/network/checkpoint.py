"""Weights and training states as safetensors: plain arrays and text, never a pickle."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from cmn_core.architecture import SPACES
from cmn_core.assets import ASSETS
from cmn_core.datasets.info import dataset_info
from cmn_core.errors import FieldError
from cmn_core.supernet.network.allocator import keep_memory
from cmn_core.supernet.network.model import Segmenter

FOLDER = ASSETS / "weights"


def weights_path(space: str, dataset: str) -> Path:
    """Where the weights that ship with the project lie."""
    return FOLDER / f"{space}_{dataset}.safetensors"


def save(path: Path, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
    """Write in one step: a reader sees the old file or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    ready = {k: v.detach().contiguous() for k, v in tensors.items()}
    save_file(ready, partial, metadata={"facts": json.dumps(facts, sort_keys=True)})
    partial.chmod(0o644)  # the library makes it private to its user
    os.replace(partial, path)


def load(path: Path, field: str = "weights") -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and facts; FieldError when the file is missing or no safetensors file."""
    try:
        with safe_open(str(path), framework="pt") as file:
            facts = json.loads((file.metadata() or {}).get("facts", "{}"))
            return {k: file.get_tensor(k) for k in file.keys()}, facts  # noqa: SIM118
    except (OSError, SafetensorError, ValueError) as error:
        raise FieldError(
            field, f"{path.name} cannot be read ({error})", "a safetensors file is expected"
        ) from None


def save_weights(path: Path, model: Segmenter, facts: dict[str, Any]) -> None:
    """Half-precision weights of a supernet with what is known about them."""
    tensors = {k: v.half() for k, v in model.state_dict().items()}
    save(path, tensors, {**facts, "space": model.space.name, "classes": model.classes})


def load_supernet(space: str, dataset: str, path: Path | None = None) -> Segmenter:
    """The trained supernet in evaluation mode, in single precision; `facts` says its origin."""
    source = weights_path(space, dataset) if path is None else path
    if not source.exists():
        raise FieldError(
            "dataset",
            f"no trained {space} weights for {dataset}",
            "weights ship for b0 on nyuv2 and camvid; train others with the train command",
        )
    tensors, _ = load(source)
    keep_memory()
    model = Segmenter(SPACES[space], len(dataset_info(dataset).classes))
    expected = model.state_dict()
    if set(tensors) != set(expected) or any(
        tensors[k].shape != v.shape for k, v in expected.items()
    ):
        raise FieldError(
            "weights",
            f"{source.name} holds other layers",
            f"a {space} supernet for {dataset} is expected",
        )
    model.load_state_dict({k: v.float() for k, v in tensors.items()})
    return model.eval()


def facts(space: str, dataset: str) -> dict[str, Any]:
    """What is known of the shipped weights: recipe, cost, what they were trained on."""
    return load(weights_path(space, dataset))[1]


def digest(path: Path) -> str:
    """Sixteen hex digits of the file's SHA-256: names the weights in tables and designs."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def flat_optimiser(optimiser: torch.optim.Optimizer, names: list[str]) -> dict[str, Tensor]:
    """Moments of an Adam optimiser as named arrays; names follow the parameter order."""
    state = optimiser.state_dict()["state"]
    return {
        f"{key}.{name}": torch.as_tensor(state[i][key])
        for i, name in enumerate(names)
        if i in state
        for key in ("step", "exp_avg", "exp_avg_sq")
    }


def restore_optimiser(
    optimiser: torch.optim.Optimizer, names: list[str], tensors: dict[str, Tensor]
) -> None:
    """Inverse of `flat_optimiser`."""
    state = {
        i: {key: tensors[f"{key}.{name}"] for key in ("step", "exp_avg", "exp_avg_sq")}
        for i, name in enumerate(names)
        if f"step.{name}" in tensors
    }
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
