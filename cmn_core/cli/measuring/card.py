"""card: what weights of `train` score on val and test, beside their recipe and cost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cmn_core.cli.options import AnyDataset, Json, Space, text
from cmn_core.cli.output import document, put, put_json, table

SHOWN = ("subnet", "part", "images", "miou", "pixel_accuracy")


def command(
    data: Annotated[str, text("with val.npz and test.npz", "FOLDER")],
    dataset: AnyDataset = None,
    space: Space = "b0",
    weights: Annotated[str | None, text("of train or teacher [shipped]", "FILE")] = None,
    out: Annotated[str | None, text("[beside the weights]", "CARD.json")] = None,
    json: Json = False,
) -> None:
    """Score the largest, a middling and the smallest subnet of some weights and write it down.

    Test is for this and for `miou`; whatever is chosen is chosen on val.
    """
    from cmn_core.datasets.info import DEFAULT, dataset_info, described_beside

    dataset = dataset or described_beside(data) or DEFAULT
    info = dataset_info(dataset)
    parts = {part: Path(data) / f"{part}.npz" for part in ("val", "test")}

    from cmn_core.supernet.measure.weights_card import card, teacher_card
    from cmn_core.supernet.network import checkpoint

    source = checkpoint.weights_path(space, info.name) if weights is None else Path(weights)
    taught = weights is not None and "teacher" in checkpoint.load(source)[1]
    answer = teacher_card(dataset, source, parts) if taught else card(space, dataset, source, parts)
    target = source.with_suffix(".json") if out is None else Path(out)
    target.write_text(document(answer) + "\n", encoding="utf-8")
    put_json(answer) if json else put(table(answer["scores"], SHOWN))
    sys.stderr.write(f"card: {target}\n")
