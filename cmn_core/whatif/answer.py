"""What a design costs and how well it sees, whatever it leaves open: the answer to one edit.

And the best hardware for its architecture, found by the search's own inner loop.
"""

from __future__ import annotations

from dataclasses import replace

from cmn_core.cim.chip import SIMULATOR
from cmn_core.design import Design
from cmn_core.predictor import load_predictor
from cmn_core.predictor.routing import routing_of
from cmn_core.search.accuracy import Predicted
from cmn_core.search.scoring.evaluation import Evaluation, evaluate_complete
from cmn_core.search.scoring.missing_hardware import complete_hardware
from cmn_core.whatif.batch_pricing import Technologies
from cmn_core.whatif.edits import completed, used_only, with_hardware
from cmn_core.whatif.formats.link import design_name

PARAMETERS = "silicon"
DATASET = "nyuv2"


def answer(
    design: Design, *, dataset: str = DATASET, technologies: Technologies | None = None
) -> Evaluation:
    """Price a design and predict its mIoU; hardware that is missing gets default macros.

    Under top-k the busiest expert gets the tokens that were measured, else all of them, an upper
    bound. FieldError for a macro that cannot be built and for an image
    that is too small.
    """
    whole = used_only(completed(design, technologies))
    predictor = load_predictor(whole.space, dataset)
    found = evaluate_complete(
        whole,
        accuracy=None if predictor is None else Predicted(predictor, whole.workload),
        technologies=technologies,
        routing=routing_of(whole.space, dataset, whole.architecture.experts, whole.workload),
    )
    facts = {"simulator": SIMULATOR, "parameters": PARAMETERS, "dataset": dataset}
    own = {m: t.title for m, t in (technologies or {}).items() if t.base}
    if own:
        facts["technology"] = ", ".join(f"{title} for {m}" for m, title in own.items())
    if found.miou_source:
        facts["miou_source"] = found.miou_source
    if found.miou_why_not:
        facts["miou_why_not"] = found.miou_why_not
    if name := design_name(design):
        facts["name"] = name
    return replace(found, design=replace(found.design, provenance=facts))


def found_hardware(
    design: Design,
    *,
    objective: str,
    free_memory: bool = False,
    technologies: Technologies | None = None,
) -> Design:
    """The same architecture on the best macros and copies, within the limits of a search.

    objective: a key of quantities.OBJECTIVES; free_memory: the memory of each block is chosen too,
    without which a block whose experts lie on both memories is refused (FieldError).
    """
    given = design.hardware
    free = free_memory or given is None
    kept = None if free or given is None else replace(given, macros={}, replicas=None)
    asked = replace(design, hardware=kept)
    best = complete_hardware(asked, objective=objective, technologies=technologies)
    return with_hardware(design, best)
