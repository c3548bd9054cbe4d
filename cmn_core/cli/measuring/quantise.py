"""quantise: post-training quantisation of a design, before and after."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cmn_core.cli.options import (
    MAX_SEED,
    DesignFile,
    Folder,
    Json,
    Network,
    Shipped,
    text,
    whole_number,
    word,
)
from cmn_core.cli.output import put, put_json, table
from cmn_core.cli.parsing import bits_pair

METHODS = ("error", "percentile", "full")
COLUMNS = ("weight_bits", "activation_bits", "miou_before", "miou_after", "change")


def command(
    design: DesignFile,
    data: Folder,
    dataset: Shipped = "nyuv2",
    bits: Annotated[str, text("weights and activations; 4/8: weights 4", "N,N,...")] = "8,4,2",
    images: Annotated[int, whole_number(1, 4096, "training images that ranges are found on")] = 32,
    method: Annotated[str, word(METHODS, "of the ranges: error, percentile or full")] = METHODS[1],
    seed: Annotated[int, whole_number(0, MAX_SEED, "which training images")] = 0,
    weights: Network = None,
    json: Json = False,
) -> None:
    """Mean IoU on val.npz before and after rounding weights and activations, without training."""
    from cmn_core.datasets.info import dataset_info
    from cmn_core.datasets.npz import load_npz
    from cmn_core.design import read_design

    parsed = read_design(design)
    info = dataset_info(dataset)
    precisions = [bits_pair(given) for given in bits.split(",")]
    train, val = (load_npz(Path(data) / f"{part}.npz", info) for part in ("train", "val"))

    from cmn_core.supernet.measure.activation_ranges import calibration_images, post_training
    from cmn_core.supernet.network.export import open_network

    network = open_network(parsed, dataset, None if weights is None else Path(weights))
    found = post_training(
        network,
        val,
        calibration_images(train.images, seed, images),
        precisions,
        method=method,
        top_k=parsed.workload.experts_of_token,
    )
    rows: list[dict[str, Any]] = [
        {
            "weight_bits": q.weight_bits,
            "activation_bits": q.activation_bits,
            "miou_before": q.before.miou,
            "miou_after": q.after.miou,
            "change": q.after.miou - q.before.miou,
            "pixel_accuracy_after": q.after.pixel_accuracy,
        }
        for q in found
    ]
    put_json(rows) if json else put(table(rows, COLUMNS))
