"""picture: what a design's network sees in a photograph, as a PNG."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cmn_core.cli.options import DesignFile, Json, Network, Shipped, text, whole_number
from cmn_core.cli.output import facts, put, put_json
from cmn_core.cli.parsing import within
from cmn_core.errors import FieldError


def command(
    design: DesignFile,
    out: Annotated[str, text("the picture to write", "FILE.png")],
    image: Annotated[str | None, text("a photograph of any size", "FILE")] = None,
    data: Annotated[str | None, text("or a set, with its ground truth", "FILE.npz")] = None,
    index: Annotated[int, whole_number(0, None, "which image of the set")] = 0,
    dataset: Shipped = "nyuv2",
    weights: Network = None,
    json: Json = False,
) -> None:
    """Photograph, ground truth where there is one, and prediction in label colours."""
    from cmn_core.datasets.info import dataset_info
    from cmn_core.datasets.npz import load_npz
    from cmn_core.design import read_design

    parsed, info = read_design(design), dataset_info(dataset)
    if (image is None) == (data is None):
        found = "missing" if image is None else "an image and a set"
        raise FieldError("image", found, "either --image or --data is expected")
    target = Path(out)
    if not target.parent.is_dir():
        raise FieldError("out", f"no folder {target.parent}", "an existing folder is expected")

    import numpy as np

    from cmn_core.supernet.measure.overlay import picture, read_photo, segment, write_png
    from cmn_core.supernet.network.export import open_network

    truth = None
    if image is not None:
        photo = read_photo(image)
    else:
        assert data is not None
        found_set = load_npz(data, info)
        within("index", index, 0, len(found_set) - 1)
        photo, truth = found_set.images[index], found_set.labels[index]
    network = open_network(parsed, dataset, None if weights is None else Path(weights))
    predicted = segment(network, photo, info, top_k=parsed.workload.experts_of_token)
    write_png(target, picture(photo, predicted, info, truth))
    shares = np.bincount(predicted.ravel(), minlength=len(info.classes)) / predicted.size
    named = sorted(zip(shares.tolist(), info.classes, strict=True), reverse=True)
    answer: dict[str, Any] = {"picture": str(target), "size": list(photo.shape[:2])}
    seen = {name: share for share, name in named if share > 0.0}
    if json:
        put_json({**answer, "shares": seen})
    else:
        put(facts({**answer, "classes": ", ".join(f"{n} {s:.1%}" for n, s in seen.items())}))
