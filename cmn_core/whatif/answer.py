"""What a design costs and how well it sees, whatever it leaves open: the answer to one edit."""

from __future__ import annotations

from dataclasses import replace

from cmn_core.cim.chip import SIMULATOR
from cmn_core.design import Design
from cmn_core.predictor import load_predictor
from cmn_core.predictor.routing import load_routing
from cmn_core.search.accuracy import Predicted
from cmn_core.search.scoring.evaluation import Evaluation, evaluate_complete
from cmn_core.whatif.batch_pricing import Technologies
from cmn_core.whatif.edits import completed, used_only
from cmn_core.whatif.formats.link import design_name

PARAMETERS = "silicon"
DATASET = "nyuv2"


def answer(
    design: Design, *, dataset: str = DATASET, technologies: Technologies | None = None
) -> Evaluation:
    """Price a design and predict its mIoU; hardware that is missing gets default macros.

    Under top-k every token goes to the busiest expert, an upper bound; `cost.as_routed` is beside
    it where routing was measured. FieldError for a macro that cannot be built and for an image
    that is too small.
    """
    whole = used_only(completed(design, technologies))
    predictor = load_predictor(whole.space, dataset)
    bits = whole.workload.weight_bits
    found = evaluate_complete(
        whole,
        accuracy=None if predictor is None else Predicted(predictor, bits),
        technologies=technologies,
        routed=_measured_share(whole, dataset),
    )
    facts = {"simulator": SIMULATOR, "parameters": PARAMETERS, "dataset": dataset}
    if found.miou_source:
        facts["miou_source"] = found.miou_source
    if found.miou_why_not:
        facts["miou_why_not"] = found.miou_why_not
    if name := design_name(design):
        facts["name"] = name
    return replace(found, design=replace(found.design, provenance=facts))


def _measured_share(design: Design, dataset: str) -> tuple[float, ...] | None:
    """Of the tokens, to the busiest expert of each block as measured under top-k; None where every
    expert works on every token or nothing was measured."""
    top_k, experts = design.workload.top_k, design.architecture.experts
    routing = None if top_k is None else load_routing(design.space, dataset)
    found = None if top_k is None or routing is None else routing.busiest(experts, top_k)
    return None if found is None or min(found.share) == 1.0 else found.share
