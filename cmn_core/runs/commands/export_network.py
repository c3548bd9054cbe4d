"""A design's sliced weights as files; `python -m cmn_core export` makes them in its own process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmn_core.runs.commands.command import errand

PATIENCE_S = 30.0
LIMIT_S = 180.0


@dataclass(frozen=True)
class Network:
    """weights: safetensors in half precision; graph: ONNX; parameters: how many there are."""

    weights: bytes
    graph: bytes
    parameters: int


def sliced(
    design: Mapping[str, Any],
    dataset: str,
    *,
    home: Path,
    limit_s: float = LIMIT_S,
    patience_s: float = PATIENCE_S,
) -> Network:
    """The network of a design, given as its JSON, out of the supernet of that data set.

    FieldError where there is no such network; ErrandError where the machine is busy with another
    one for longer than patience_s, needs longer than limit_s or fails.
    """
    busy = "another network is being sliced"
    with errand("export", home=home, busy=busy, patience_s=patience_s) as export:
        asked = export.put("design.json", json.dumps(design).encode())
        out = str(export.folder / "network")
        answer = export.run(asked, "--out", out, "--dataset", dataset, limit_s=limit_s)
        files = (Path(answer["weights"]).read_bytes(), Path(answer["onnx"]).read_bytes())
        return Network(*files, parameters=int(answer["parameters"]))
