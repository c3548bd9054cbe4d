"""miou: a subnet with its real weights on real images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cmn_core.cli.output import JSON_HELP, facts, put, put_json
from cmn_core.cli.parsing import real, whole, within
from cmn_core.errors import FieldError
from cmn_core.nonideal import MAX_BITS, MAX_NOISE, NonIdeal, PerBlock


def command(
    design: Annotated[str, typer.Argument(metavar="DESIGN.json")],
    dataset: Annotated[str | None, typer.Option(help="nyuv2 or camvid")] = None,
    data: Annotated[str | None, typer.Option(metavar="FILE.npz", help="images and labels")] = None,
    weights: Annotated[
        str | None, typer.Option(metavar="FILE", help="of train, distil or export [shipped]")
    ] = None,
    weight_bits: Annotated[
        str | None, typer.Option(metavar="1..16", help="quantise the weights [floating point]")
    ] = None,
    activation_bits: Annotated[
        str | None,
        typer.Option(metavar="1..16", help="quantise what enters the arrays [floating point]"),
    ] = None,
    output_sigma: Annotated[
        str,
        typer.Option(
            metavar="S[,S,S,S]", help="relative error of the arrays' products, of all or per block"
        ),
    ] = "0",
    read_noise: Annotated[
        str, typer.Option(metavar="S", help="sigma of each read, relative to the largest weight")
    ] = "0",
    write_noise: Annotated[
        str, typer.Option(metavar="S", help="sigma of programming, relative to the largest weight")
    ] = "0",
    seed: Annotated[str, typer.Option(metavar="N", help="of the noise")] = "0",
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Mean IoU and pixel accuracy in percent, measured on the images of a file."""
    from cmn_core.datasets.info import dataset_info
    from cmn_core.design import read_design

    parsed = read_design(design)
    if dataset is None:
        raise FieldError("dataset", "missing", "allowed are nyuv2, camvid")
    if data is None:
        raise FieldError("data", "missing", "an npz file with images and labels is expected")
    dataset_info(dataset)
    nonideal = NonIdeal(
        weight_bits=_bits("weight_bits", weight_bits),
        activation_bits=_bits("activation_bits", activation_bits),
        read_noise=within("read_noise", real("read_noise", read_noise), 0.0, MAX_NOISE),
        write_noise=within("write_noise", real("write_noise", write_noise), 0.0, MAX_NOISE),
        output_sigma=_sigmas(output_sigma),
    )
    number = whole("seed", seed)
    within("seed", number, 0, 2**53 - 1)

    from cmn_core.supernet.measure.miou import measure_miou  # brings torch: two seconds

    source = None if weights is None else Path(weights)
    answer = measure_miou(parsed, dataset, data, nonideal=nonideal, seed=number, weights=source)
    put_json(answer) if json else put(facts(answer))


def _bits(field: str, text: str | None) -> int | None:
    return None if text is None else int(within(field, whole(field, text), 1, MAX_BITS))


def _sigmas(text: str) -> float | PerBlock:
    """One number, or four with commas between them."""
    found = [
        within("output_sigma", real("output_sigma", s), 0.0, MAX_NOISE) for s in text.split(",")
    ]
    if len(found) not in (1, 4):
        raise FieldError("output_sigma", f"found {len(found)} numbers", "one or four are expected")
    return found[0] if len(found) == 1 else (found[0], found[1], found[2], found[3])
