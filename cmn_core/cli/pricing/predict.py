"""predict: what the predictor says about the mIoU of designs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cmn_core.cli.output import JSON_HELP, put, put_json, table

if TYPE_CHECKING:
    from cmn_core.design import Design


def command(
    designs: Annotated[list[str], typer.Argument(metavar="DESIGN.json", help="one or more")],
    dataset: Annotated[str | None, typer.Option(help="nyuv2 or camvid")] = None,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Predicted mIoU in percent with its 90 % interval, for each design."""
    from cmn_core.design import parse_design, read_json
    from cmn_core.errors import FieldError

    if dataset is None:
        raise FieldError("dataset", "missing", "allowed are nyuv2, camvid")
    checked(dataset)
    answers = []
    for path in designs:
        data = read_json(path, finite=False)
        design = parse_design(data)
        # The workload's default of 8 bits is for pricing; accuracy is that of floating point
        # unless the file itself asks for bits.
        named = "weight_bits" in (data.get("workload") or {})
        bits = design.workload.weight_bits if named else None
        answers.append(predicted(design, dataset, bits))
    if json:
        put_json(answers)
    else:
        rows = [{"design": p, **a} for p, a in zip(designs, answers, strict=True)]
        put(table(rows))


def checked(dataset: str) -> str:
    """The name, or FieldError when there is no such data set."""
    from cmn_core.datasets.info import dataset_info

    return dataset_info(dataset).name


def predicted(design: Design, dataset: str, weight_bits: int | None) -> dict[str, Any]:
    """miou, low and high in percent; None where the predictor has no basis."""
    import numpy as np

    from cmn_core.predictor import load_predictor

    predictor = load_predictor(design.space, dataset)
    top_k = design.workload.top_k
    sparse = top_k is not None and top_k < max(design.architecture.experts)
    if predictor is None or sparse:
        return {"miou": None, "low": None, "high": None}
    experts, hidden = (np.array([v]) for v in vars(design.architecture).values())
    estimate = predictor.predict(experts, hidden, weight_bits=weight_bits)
    values = (estimate.miou, estimate.low, estimate.high)
    names = ("miou", "low", "high")
    return {
        name: float(v[0]) if np.isfinite(v[0]) else None
        for name, v in zip(names, values, strict=True)
    }
