"""A search for the chip of given networks, to take to another machine: the question and its answer.

The object is run.json of the zip that exchange.py packs, schema cmn.wholechip/1:
{"schema", "settings": the task's JSON, "networks": model files, "label",
 "answer": the cmn.chip/1 so far or null, for whoever reads the file}
Of what comes back only the question is taken, checked as if a person had typed it. The search takes
seconds and draws nothing at random, so the same version finds the same chip again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cmn_core.errors import FieldError
from cmn_core.runs.store.keys import Visitor
from cmn_core.runs.store.record import RunRow
from cmn_core.runs.store.steering import MAX_LABEL

if TYPE_CHECKING:
    from cmn_core.runs.store.store import Store

SCHEMA = "cmn.wholechip/1"
KEYS = ("schema", "settings", "networks", "label", "answer")


def chip_to_json(store: Store, row: RunRow) -> dict[str, Any]:
    """What is packed of a run of a chip."""
    return {
        "schema": SCHEMA,
        "settings": row.scenario,
        "networks": store.networks(row.run_id),
        "label": row.label,
        "answer": store.outcome(row),
    }


def queue_chip(store: Store, data: Mapping[str, Any], visitor: Visitor | None) -> str:
    """Queue the search of the file under an id of its own, as the visitor's; that id.

    FieldError, one sentence, for whatever is no such search; then nothing is stored.
    """
    from cmn_core.models.assigning.steps import settings  # late: most readers only list runs
    from cmn_core.models.assigning.task import HardwareTask
    from cmn_core.models.file import parse_model

    for name, kind in (("settings", Mapping), ("networks", list)):
        if not isinstance(data[name], kind):
            raise FieldError(name, "something else", "a file of `runs export --whole` is expected")
    label = short_label(data["label"])
    task = HardwareTask.from_json(data["settings"])
    stated = settings(task, [parse_model(network) for network in data["networks"]])
    return store.create(stated, label=label, visitor=visitor, networks=data["networks"])


def short_label(label: object) -> str | None:
    """The name that a person gave a run; FieldError for anything else."""
    if label is None or (isinstance(label, str) and len(label) <= MAX_LABEL):
        return label
    raise FieldError("label", "no short text", f"at most {MAX_LABEL} characters are allowed")
