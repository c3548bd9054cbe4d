"""Known networks that ship as model files, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cmn_core.assets import ASSETS
from cmn_core.errors import FieldError, unknown_key
from cmn_core.models.file import read_model
from cmn_core.models.layers import Model

ONNX = ".onnx"
FOREIGN = (".csv", ".yaml", ".yml")
FOLDER = ASSETS / "models"


def preset_names() -> list[str]:
    """Names of the presets, in alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def load_preset(name: str) -> Model:
    """The preset of that name; FieldError that names the nearest one."""
    names = preset_names()
    if name not in names:
        allowed = unknown_key("", name, names).allowed.replace("known keys are", "presets are")
        raise FieldError("model", f"found no file and no preset '{name}'", allowed)
    return read_model(FOLDER / f"{name}.json")


def load_model(text: str, dims: Mapping[str, int] | None = None) -> Model:
    """A preset by name, or else a file by path: ONNX, ZigZag's YAML and NeuroSim's CSV by
    their endings, JSON otherwise.

    dims: sizes of an ONNX file's dynamic dimensions, by name
    """
    if Path(text).suffix.lower() == ONNX:
        from cmn_core.models.graph.read import read_onnx  # loads the onnx package

        return read_onnx(text, dims)
    if Path(text).suffix.lower() in FOREIGN:
        from cmn_core.models.exchange.dialects import read_foreign

        return read_foreign(text)
    if dims:
        raise FieldError("dim", f"found '{next(iter(dims))}'", "an ONNX file has dimensions")
    if text in preset_names():
        return load_preset(text)
    return read_model(text) if Path(text).exists() or Path(text).suffix else load_preset(text)
