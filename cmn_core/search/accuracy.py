"""Where the search takes mIoU from: anything that answers for a batch of architectures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from cmn_core.architecture import BLOCKS, MAX_EXPERTS
from cmn_core.arrays import Floats, Ints
from cmn_core.cim.chip import SIMULATOR
from cmn_core.cim.technologies.parameters import own_technologies
from cmn_core.design import Workload
from cmn_core.errors import FieldError
from cmn_core.predictor import MiouEstimate, Predictor, load_predictor
from cmn_core.predictor.basis import Basis
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
    """Called with experts and hidden sizes [A, 4]; experts [A, 8] where a search chooses how many
    of them work on a token, these numbers behind.

    It must answer the same for the same architecture whenever and with whatever it is asked.
    `source` names it in the provenance of every design.
    """

    @property
    def source(self) -> str: ...

    def __call__(self, experts: Ints, hidden: Ints, /) -> Estimate: ...


class Predicted:
    """The predictor as accuracy source for networks that run as a workload says."""

    def __init__(self, predictor: Predictor, workload: Workload) -> None:
        self._predictor, self._workload = predictor, workload

    @property
    def source(self) -> str:
        return self._predictor.source

    def __call__(self, experts: Ints, hidden: Ints, /) -> MiouEstimate:
        return self._answer(experts, hidden)

    def why_not(self, experts: Sequence[int]) -> tuple[str, str] | None:
        """As `Basis.why_not` of a network with so many experts."""
        return self._predictor.basis.why_not(experts, self._workload)

    @property
    def output_loss(self) -> OutputLoss | None:
        """None where no output error was measured."""
        return self._predictor.output_loss

    def on_chip(self, experts: Ints, hidden: Ints, sigma_rel: Floats) -> MiouEstimate:
        """With output errors [A, 4] of the blocks; NaN where none so large was measured."""
        return self._answer(experts, hidden, sigma_rel)

    def _answer(self, experts: Ints, hidden: Ints, sigma_rel: Floats | None = None) -> MiouEstimate:
        asked = self._workload
        own, routing = np.asarray(experts)[..., :BLOCKS], np.asarray(experts)[..., BLOCKS:]
        return self._predictor.predict(
            own,
            hidden,
            weight_bits=asked.weight_bits,
            output_sigma=sigma_rel,
            top_k=routing if routing.shape[-1] else asked.experts_of_token,
            image=asked.image,
            activation_bits=asked.activation_bits,
        )


def predicted(scenario: Scenario) -> Predicted:
    """The predictor for a scenario; FieldError where nothing was measured for it."""
    predictor = load_predictor(scenario.space, scenario.dataset)
    if predictor is None:
        raise FieldError(
            "accuracy",
            f"no measured subnets of {scenario.space} on {scenario.dataset}",
            "accuracy supernet with a file of images is allowed",
        )
    refuse_unmeasured(scenario, predictor.basis)
    return Predicted(predictor, scenario.workload)


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


def refuse_unmeasured(scenario: Scenario, basis: Basis) -> None:
    """FieldError for a workload that no mIoU is known of: a search would take it for free."""
    workload = scenario.workload
    if scenario.routing is not None and not basis.sparse:
        known = "mIoU is known of dense routing alone, so a search takes dense"
        raise FieldError("routing", f"found '{scenario.routing}'", known)
    missing = basis.why_not((MAX_EXPERTS,) * BLOCKS, workload)
    if missing is not None:
        field, reason = missing
        found: dict[str, Any] = {
            "image": list(workload.image),
            "routing": f"top_k {workload.top_k}",
        }
        value = found.get(field) or getattr(workload, field)
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
