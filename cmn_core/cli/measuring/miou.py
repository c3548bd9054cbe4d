"""miou: a subnet with its real weights on real images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cmn_core.cli.options import (
    MAX_SEED,
    DesignFile,
    Json,
    Network,
    number,
    text,
    whole_number,
)
from cmn_core.cli.output import facts, put, put_json
from cmn_core.cli.parsing import real, within
from cmn_core.errors import FieldError
from cmn_core.nonideal import MAX_BITS, MAX_NOISE, NonIdeal, PerBlock


def command(
    design: DesignFile,
    dataset: Annotated[str | None, text("nyuv2 or camvid [what lies beside the data]")] = None,
    data: Annotated[str | None, text("images and labels", "FILE.npz")] = None,
    weights: Network = None,
    weight_bits: Annotated[
        int | None, whole_number(1, MAX_BITS, "quantise the weights [floating point]", "1..16")
    ] = None,
    activation_bits: Annotated[
        int | None,
        whole_number(1, MAX_BITS, "quantise what enters the arrays [floating point]", "1..16"),
    ] = None,
    output_sigma: Annotated[
        str, text("relative error of the arrays' products, of all or per block", "S[,S,S,S]")
    ] = "0",
    read_noise: Annotated[
        float, number(0.0, MAX_NOISE, "sigma of each read, relative to the largest weight", "S")
    ] = 0,
    write_noise: Annotated[
        float, number(0.0, MAX_NOISE, "sigma of programming, relative to the largest weight", "S")
    ] = 0,
    seed: Annotated[int, whole_number(0, MAX_SEED, "of the noise")] = 0,
    json: Json = False,
) -> None:
    """Mean IoU and pixel accuracy in percent, measured on the images of a file."""
    from cmn_core.datasets.info import dataset_info, described_beside
    from cmn_core.design import read_design

    parsed = read_design(design)
    if data is None:
        raise FieldError("data", "missing", "an npz file with images and labels is expected")
    dataset = dataset or described_beside(data)
    if dataset is None:
        raise FieldError("dataset", "missing", "allowed are nyuv2, camvid")
    dataset_info(dataset)
    nonideal = NonIdeal(
        weight_bits=weight_bits,
        activation_bits=activation_bits,
        read_noise=read_noise,
        write_noise=write_noise,
        output_sigma=_sigmas(output_sigma),
    )

    from cmn_core.supernet.measure.miou import measure_miou  # brings torch: two seconds

    source = None if weights is None else Path(weights)
    answer = measure_miou(parsed, dataset, data, nonideal=nonideal, seed=seed, weights=source)
    put_json(answer) if json else put(facts(answer))


def _sigmas(given: str) -> float | PerBlock:
    """One number, or four with commas between them."""
    found = [
        within("output_sigma", real("output_sigma", s), 0.0, MAX_NOISE) for s in given.split(",")
    ]
    if len(found) not in (1, 4):
        raise FieldError("output_sigma", f"found {len(found)} numbers", "one or four are expected")
    return found[0] if len(found) == 1 else (found[0], found[1], found[2], found[3])
