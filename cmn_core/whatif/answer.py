"""What a design costs and how well it sees: the answer to one edit, with everything beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cmn_core.cim.chip import SIMULATOR
from cmn_core.cim.evaluation import evaluate
from cmn_core.cim.uncertainty import Composition
from cmn_core.design import Design
from cmn_core.predictor import load_predictor
from cmn_core.predictor.routing import load_routing
from cmn_core.search.accuracy import Predicted
from cmn_core.search.scoring.evaluation import evaluate_design
from cmn_core.whatif.batch_pricing import Technologies, price_points
from cmn_core.whatif.edits import completed, used_only
from cmn_core.whatif.formats.link import design_name

PARAMETERS = "silicon"
DATASET = "nyuv2"


@dataclass(frozen=True, eq=False)
class Answer:
    """values: the JSON of `evaluate` (interface.md); design: complete, with metrics and provenance;
    compositions: what energy_uj, latency_us and area_mm2 are made of, for telling designs apart."""

    design: Design
    values: Mapping[str, Any]
    compositions: Mapping[str, Composition]

    @property
    def sigma(self) -> float:
        """Output error of the worst block, relative; 0 where no block is analog."""
        return max(self.values["output_sigma_rel"])

    def interval(self, metric: str) -> tuple[float, float] | None:
        """90 % interval of energy_uj, latency_us, area_mm2, miou or miou_on_chip, where known."""
        if metric in self.values["intervals"]:
            low, high = self.values["intervals"][metric]
            return low, high
        low, high = (self.values.get(f"{metric}_{end}") for end in ("low", "high"))
        return None if low is None or high is None else (low, high)


def answer(
    design: Design, *, dataset: str = DATASET, technologies: Technologies | None = None
) -> Answer:
    """Price a design and predict its mIoU; hardware that is missing gets default macros.

    FieldError for a macro that cannot be built and for an image that is too small.
    """
    whole = completed(design, technologies)
    predictor = load_predictor(whole.space, dataset)
    bits = whole.workload.weight_bits
    accuracy = None if predictor is None else Predicted(predictor, bits)
    values = evaluate_design(used_only(whole), accuracy=accuracy, technologies=technologies)
    values = {**values, **_as_routed(whole, dataset, technologies)}
    priced = price_points([whole], technologies)
    facts = {"simulator": SIMULATOR, "parameters": PARAMETERS, "dataset": dataset}
    if values["miou_source"]:
        facts["miou_source"] = values["miou_source"]
    if name := design_name(design):
        facts["name"] = name
    return Answer(
        replace(used_only(whole), provenance=facts).with_metrics(values),
        values,
        {quantity: priced.composition(quantity, 0) for quantity in priced.compositions},
    )


def _as_routed(
    design: Design, dataset: str, technologies: Technologies | None
) -> dict[str, dict[str, float]]:
    """Energy and latency under top-k with the routing that was measured, which is no upper bound;
    nothing where every expert works on every token or nothing was measured."""
    top_k, experts = design.workload.top_k, design.architecture.experts
    routing = None if top_k is None else load_routing(design.space, dataset)
    found = None if top_k is None or routing is None else routing.busiest(experts, top_k)
    if found is None or min(found.share) == 1.0:
        return {}
    routed = evaluate(used_only(design), technologies, busiest=found.share)
    return {"as_routed": {"energy_uj": routed.energy_uj, "latency_us": routed.latency_us}}
