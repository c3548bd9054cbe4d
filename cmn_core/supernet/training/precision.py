"""Single precision or bfloat16: which of the two this machine multiplies faster.

bfloat16 halves the time of a step where the processor has instructions for it, and makes it ten
times as long where it has none (11.6 s against 1.05 s), which no flag tells reliably. So both are
timed.
"""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import torch
from torch.nn import functional as F

from cmn_core.supernet.network import checkpoint

_ROWS, _WIDTH, _HIDDEN = 2048, 64, 512  # tokens, width and hidden units as in block 2 of B0
_TRIALS = 3


def bf16_is_faster(device: str = "cpu") -> bool:
    """Whether a linear layer's products, forwards and backwards, take less time in bfloat16."""
    return _seconds(device, True) < _seconds(device, False)


def bf16_of(folder: Path) -> bool | None:
    """What the run in that folder was started with; None where there is none."""
    state = folder / "state.safetensors"
    if not state.exists():
        return None
    facts = checkpoint.load(state, "out")[1]
    plans = [value for value in facts.values() if isinstance(value, dict) and "bf16" in value]
    return bool(plans[0]["bf16"]) if plans else None


def bf16_for(folder: Path, device: str = "cpu") -> bool:
    """Whether a training in that folder multiplies in bfloat16: as it was started, or as is
    faster here."""
    before = bf16_of(folder)
    return bf16_is_faster(device) if before is None else before


def _seconds(device: str, bf16: bool) -> float:
    x = torch.full((_ROWS, _WIDTH), 0.5, device=device)
    weight = torch.full((_HIDDEN, _WIDTH), 0.5, device=device, requires_grad=True)
    best = float("inf")
    for _ in range(_TRIALS + 1):  # the first one warms up
        started = perf_counter()
        with torch.autocast(device, torch.bfloat16, enabled=bf16):
            total = F.linear(x, weight).sum()
        total.backward()
        if device == "cuda":
            torch.cuda.synchronize()
        best = min(best, perf_counter() - started)
    return best
