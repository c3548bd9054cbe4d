"""What a run leaves behind: the cmn.run/1 of its generations so far, from the store alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cmn_core.runs.record import RunRow

if TYPE_CHECKING:
    from cmn_core.search.generation import Generation


def outcome(
    run: RunRow, history: list[dict[str, Any]], last: Generation | None
) -> dict[str, Any] | None:
    """None before the first generation."""
    if last is None:
        return None
    # Late, because the search brings numpy and its optimisers and most readers need neither.
    from cmn_core.search.codesign import result
    from cmn_core.search.scenario import Limits, Scenario

    scenario, limits = Scenario.from_json(run.scenario), Limits.from_json(last.limits)
    return result(run.run_id, scenario, limits, history, last, run.seconds)
