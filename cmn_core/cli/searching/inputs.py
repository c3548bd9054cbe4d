"""search: what it begins with. A design, a table of one's own, and the new run itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmn_core.cli.parsing import choice
from cmn_core.errors import FieldError
from cmn_core.quantities import GOALS

if TYPE_CHECKING:
    from cmn_core.runs.lock import Claim
    from cmn_core.runs.store.store import Store
    from cmn_core.search.accuracy import Accuracy
    from cmn_core.search.scenario import Scenario


def with_start(asked: dict[str, Any]) -> dict[str, Any]:
    """The design file in place of its name; its space and its workload, where it states one, are
    the search's unless the command line names another."""
    from cmn_core.design import Workload, read_json
    from cmn_core.search.start import start_design, start_json

    data = read_json(asked["start"], finite=False)
    design = start_design(data, Workload())
    out = {"space": design.space, **asked, "start": start_json(design)}
    if data.get("workload") is not None:
        out["workload"] = design.workload.to_json()
    return out


def with_table(file: str, asked: dict[str, Any]) -> bytes:
    """Content of a table that can be fitted; its digest becomes the scenario's."""
    from cmn_core.architecture import SPACES
    from cmn_core.predictor.custom import check_own
    from cmn_core.predictor.table import MOST_BYTES, read_measured
    from cmn_core.runs.store.accuracy_tables import FIELD, digest_of

    try:
        with Path(file).open("rb") as content:
            raw = content.read(MOST_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise FieldError(FIELD, f"{file}: {reason}", "a CSV of networks is expected") from None
    check_own(read_measured(raw, FIELD, space=choice("space", asked.get("space", "b0"), SPACES)))
    asked[FIELD] = digest_of(raw)
    return raw


def begin(store: Store, asked: dict[str, Any], table: bytes | None) -> tuple[Claim, Accuracy]:
    """A new run under this process's lock; what can be refused is, before anything is stored.

    table: one's own, which is fitted here where that was not done before.
    """
    from cmn_core.design import MEMORY_CHOICES
    from cmn_core.runs.workers.accuracy import accuracy_of
    from cmn_core.search.codesign import default_limits
    from cmn_core.search.scenario import Scenario

    for name, choices in (("scenario", GOALS), ("memory", MEMORY_CHOICES)):
        if name not in asked:
            raise FieldError(name, "missing", f"allowed are {', '.join(choices)}")
    stated = Scenario.from_json(asked)
    if table is None:
        source = accuracy_of(stated)
        default_limits(stated, source)
        return store.begin(stated.to_json()), source
    return _begin_on(store, stated, table)


def _begin_on(store: Store, stated: Scenario, table: bytes) -> tuple[Claim, Accuracy]:
    """The same on a table of one's own, which is kept with the run."""
    from cmn_core.predictor.custom import OwnPredictor, fit_own
    from cmn_core.predictor.table import read_measured
    from cmn_core.runs.store.accuracy_tables import FIELD, AccuracyTables, digest_of
    from cmn_core.search.accuracy import Predicted
    from cmn_core.search.codesign import default_limits

    space, digest, tables = stated.space, digest_of(table), AccuracyTables(store.path)
    fit = tables.fit(digest, space)
    if fit is None:
        rows = read_measured(table, FIELD, space=space)
        sys.stderr.write(f"fitting the accuracy of {len(rows.networks)} networks: up to a minute\n")
        fit = fit_own(rows, digest)
    predictor = OwnPredictor(stated.search_space, fit)
    source = Predicted(predictor, stated.workload)
    default_limits(stated, source)
    tables.keep(table, space=space, fit=fit)
    return store.begin(stated.to_json()), source


def stated_routing(text: str) -> Any:
    """Routing of a workload of the word dense, 1 to 5, or four such as 1/2/5/3."""
    from cmn_core.design.text import top_k

    return text if text == "dense" else {"top_k": top_k("routing", text)}
