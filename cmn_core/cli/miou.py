"""miou: a subnet with its real weights on real images."""

from __future__ import annotations

from typing import Annotated

import typer

from cmn_core.cli.output import JSON_HELP, facts, put, put_json
from cmn_core.cli.values import real, whole, within

MAX_NOISE = 10.0


def command(
    design: Annotated[str, typer.Argument(metavar="DESIGN.json")],
    dataset: Annotated[str | None, typer.Option(help="nyuv2 or camvid")] = None,
    data: Annotated[str | None, typer.Option(metavar="FILE.npz", help="images and labels")] = None,
    weight_bits: Annotated[
        str | None, typer.Option(metavar="1..16", help="quantise the weights [floating point]")
    ] = None,
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
    from cmn_core.errors import FieldError

    parsed = read_design(design)
    if dataset is None:
        raise FieldError("dataset", "missing", "allowed are nyuv2, camvid")
    if data is None:
        raise FieldError("data", "missing", "an npz file with images and labels is expected")
    dataset_info(dataset)
    bits = None if weight_bits is None else whole("weight_bits", weight_bits)
    if bits is not None:
        within("weight_bits", bits, 1, 16)
    settings = {
        "read_noise": within("read_noise", real("read_noise", read_noise), 0.0, MAX_NOISE),
        "write_noise": within("write_noise", real("write_noise", write_noise), 0.0, MAX_NOISE),
    }
    number = whole("seed", seed)
    within("seed", number, 0, 2**53 - 1)

    from cmn_core.supernet.evaluation import measure_miou  # brings torch: two seconds

    answer = measure_miou(parsed, dataset, data, weight_bits=bits, seed=number, **settings)
    put_json(answer) if json else put(facts(answer))
