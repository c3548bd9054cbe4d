"""One claim of the paper, judged by what our studies found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ClaimVerdict:
    """One claim judged; printed, ours, gap: in words and figures; explained: what is known."""

    claim: str
    printed: str
    ours: str
    gap: str
    holds: str  # yes, no or partly
    explained: str
