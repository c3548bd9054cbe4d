"""What a network sees in a visitor's photograph, drawn by `python -m cmn_core picture` in a process
of its own. Photograph and picture are gone with the call.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.runs.commands.command import errand

MAX_BYTES = 8_000_000
PATIENCE_S = 20.0
LIMIT_S = 90.0


@dataclass(frozen=True)
class Sight:
    """png: photograph, prediction and legend; shares: of the prediction by class, largest first."""

    png: bytes
    shares: dict[str, float]
    seconds: float


def see(
    design: Design,
    photo: bytes,
    *,
    home: Path,
    limit_s: float = LIMIT_S,
    patience_s: float = PATIENCE_S,
) -> Sight:
    """Segment a photograph with the network of a design.

    FieldError for a photograph that cannot be used; ErrandError where the machine is busy with
    another for longer than patience_s, needs longer than limit_s or fails.
    """
    if len(photo) > MAX_BYTES:
        found = f"the photograph has {len(photo)} bytes"
        raise FieldError("image", found, f"at most {MAX_BYTES} are read")
    busy = "another photograph is being looked at"
    with errand("picture", home=home, busy=busy, patience_s=patience_s) as picture:
        began = time.monotonic()
        asked = picture.put("design.json", json.dumps(design.to_json()).encode())
        image, out = picture.put("photograph", photo), picture.folder / "seen.png"
        answer = picture.run(asked, "--image", image, "--out", str(out), limit_s=limit_s)
        return Sight(out.read_bytes(), answer["shares"], time.monotonic() - began)
