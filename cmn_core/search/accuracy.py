"""Where the search takes mIoU from: anything that answers for a batch of architectures."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from cmn_core.architecture import BLOCKS, MAX_EXPERTS
from cmn_core.arrays import Floats, Ints
from cmn_core.cim.chip import SIMULATOR
from cmn_core.cim.technologies.parameters import own_technologies
from cmn_core.design import Workload
from cmn_core.errors import FieldError
from cmn_core.predictor import MiouEstimate, Predictor, load_predictor
from cmn_core.predictor.basis import why_not
from cmn_core.predictor.estimate import OutputLoss
from cmn_core.search.scenario import Scenario


class Estimate(Protocol):
    """mIoU of A architectures in percent with its 90 % interval: arrays [A]."""

    @property
    def miou(self) -> Any: ...
    @property
    def low(self) -> Any: ...
    @property
    def high(self) -> Any: ...


class Accuracy(Protocol):
    """Called with experts and hidden sizes [A, 4].

    It must answer the same for the same architecture whenever and with whatever it is asked.
    `source` names it in the provenance of every design.
    """

    @property
    def source(self) -> str: ...

    def __call__(self, experts: Ints, hidden: Ints, /) -> Estimate: ...


class Predicted:
    """The predictor as accuracy source, at the precision of a workload's weights."""

    def __init__(self, predictor: Predictor, weight_bits: int | None = None) -> None:
        self._predictor, self._bits = predictor, weight_bits

    @property
    def source(self) -> str:
        return self._predictor.source

    def __call__(self, experts: Ints, hidden: Ints, /) -> MiouEstimate:
        return self._predictor.predict(experts, hidden, weight_bits=self._bits)

    @property
    def output_loss(self) -> OutputLoss | None:
        """None where no output error was measured."""
        return self._predictor.output_loss

    def on_chip(self, experts: Ints, hidden: Ints, sigma_rel: Floats) -> MiouEstimate:
        """With output errors [A, 4] of the blocks; NaN where none so large was measured."""
        return self._predictor.predict(
            experts, hidden, weight_bits=self._bits, output_sigma=sigma_rel
        )


def predicted(scenario: Scenario) -> Predicted:
    """The predictor for a scenario; FieldError where nothing was measured for it."""
    refuse_unmeasured(scenario.workload)
    predictor = load_predictor(scenario.space, scenario.dataset)
    if predictor is None:
        raise FieldError(
            "accuracy",
            f"no measured subnets of {scenario.space} on {scenario.dataset}",
            "accuracy supernet with a file of images is allowed",
        )
    return Predicted(predictor, scenario.workload.weight_bits)


def default_accuracy(scenario: Scenario) -> Accuracy:
    """The shipped predictor; FieldError where the scenario asks for another source."""
    if scenario.accuracy != "predictor" or scenario.accuracy_table is not None:
        own = "a table of one's own" if scenario.accuracy_table else scenario.accuracy
        raise FieldError(
            "accuracy",
            f"the scenario asks for {own}",
            "hand in accuracy=cmn_core.runs.workers.accuracy.accuracy_of(scenario)",
        )
    return predicted(scenario)


def refuse_unmeasured(workload: Workload) -> None:
    """FieldError for a workload that no mIoU is known of: a search would take it for free."""
    missing = why_not((MAX_EXPERTS,) * BLOCKS, workload)
    if missing is not None:
        field, reason = missing
        found = {"image": list(workload.image), "routing": f"top_k {workload.top_k}"}
        value = found.get(field, workload.activation_bits)
        raise FieldError(f"workload.{field}", f"found {value}", f"{reason}, so no search takes it")


def measure(accuracy: Accuracy, experts: Ints, hidden: Ints) -> Floats:
    """[A, 3] mIoU, low and high of A architectures; FieldError where there is no basis for them."""
    answer = accuracy(experts, hidden)
    columns = [np.asarray(v, dtype=np.float64) for v in (answer.miou, answer.low, answer.high)]
    table = np.stack([np.broadcast_to(c, (len(experts),)) for c in columns], axis=1)
    if not np.isfinite(table).all():
        raise FieldError(
            "accuracy", f"{accuracy.source} gives no mIoU", "a search needs one for every subnet"
        )
    return table


def provenance(scenario: Scenario, accuracy: Accuracy) -> dict[str, Any]:
    """Where the numbers of a searched design come from."""
    own = own_technologies(scenario.technology)
    files = {"technology": {m: t.title for m, t in own.items()}} if own else {}
    return {
        "seed": scenario.seed,
        "scenario": scenario.goal,
        "memory": scenario.memory,
        "dataset": scenario.dataset,
        "parameters": scenario.parameters,
        **files,
        "simulator": SIMULATOR,
        "miou_source": accuracy.source,
    }
