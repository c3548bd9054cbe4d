"""Dependencies and extras of the wheel, read from requirements*.txt when it is built.

The pins are exact, because the same seed gives the same result only with the packages that a
release was tried with. torch is an extra: the app and the searches by predictor never import it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

EXTRAS = {"cluster": "requirements-cluster.txt", "login": "requirements-login.txt"}
TRAIN = ("torch",)


class Requirements(MetadataHookInterface):
    def update(self, metadata: dict[str, Any]) -> None:
        root = Path(self.root)
        own = pins(root / "requirements.txt")
        metadata["dependencies"] = [pin for pin in own if name(pin) not in TRAIN]
        metadata["optional-dependencies"] = {
            "train": [pin for pin in own if name(pin) in TRAIN],
            **{extra: pins(root / file) for extra, file in EXTRAS.items()},
        }


def pins(file: Path) -> list[str]:
    """Lines of a requirements file that name a package."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def name(pin: str) -> str:
    return pin.split("==")[0]
