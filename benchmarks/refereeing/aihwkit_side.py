"""AIHWKit's side, run by the Python that has it: products as JSON in, their errors as JSON out.

AIHWKit holds a weight in one pair of cells and takes inputs at once. So each bit of a weight is a
tile of its own here and each bit of an input a pass; shifting and adding stay outside. Its tile
gives the converter (range, steps) and what is written into cells (its fit to NeuRRAM, 1 s after
writing, 1 % at reading). The offset that makes inputs positive is removed outside too; of written
cells what is then left on average at an output is calibrated away, as in our simulator.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from typing import Any

import torch
from aihwkit.inference import (  # type: ignore[import-not-found]
    ReRamWan2022NoiseModel,
    SinglePairConductanceConverter,
)
from aihwkit.simulator.configs import TorchInferenceRPUConfig  # type: ignore[import-not-found]
from aihwkit.simulator.parameters import (  # type: ignore[import-not-found]
    BoundManagementType,
    IOParameters,
    MappingParameter,
    NoiseManagementType,
)
from aihwkit.simulator.tiles.inference_torch import TorchInferenceTile  # type: ignore[import-not-found]

CREST, OUTPUTS, VECTORS, SEED = 4.0, 96, 96, 7


def config(rows: int, adc_bits: int, step: float, cells: dict[str, float] | None) -> Any:
    """A tile that converts with that step, of perfect cells or of theirs."""
    top = 2 ** (adc_bits - 1) - 1
    # Reading noise of both cells of a pair, on the half of the rows that are driven.
    read = 0.0 if cells is None else cells["read_sigma"] * rows**0.5
    return TorchInferenceRPUConfig(
        forward=IOParameters(
            inp_res=-1.0,
            out_bound=step * top,
            out_res=1.0 / (2 * top),
            out_noise=read,
            bound_management=BoundManagementType.NONE,
            noise_management=NoiseManagementType.NONE,
        ),
        mapping=MappingParameter(weight_scaling_omega=0.0, digital_bias=False),
        noise_model=None
        if cells is None
        else ReRamWan2022NoiseModel(
            g_converter=SinglePairConductanceConverter(
                g_max=cells["largest_us"], g_min=cells["least_us"]
            )
        ),
        drift_compensation=None,
    )


def error_percent(product: dict[str, Any], bits: int, cells: dict[str, float]) -> float:
    """Root mean square of the error over that of the product, in percent."""
    torch.manual_seed(SEED)
    top = 2 ** (bits - 1)
    k, active = product["k"], product["active_rows"]
    w = torch.clamp(torch.round(torch.randn(k, OUTPUTS) * top / CREST), 1 - top, top - 1)
    x = torch.clamp(torch.round(torch.randn(VECTORS, k) * top / CREST), -top, top - 1)
    applied = (x + top).long()
    result = torch.zeros(VECTORS, OUTPUTS, dtype=torch.float64)
    for start in range(0, k, active):
        rows = slice(start, start + active)
        for place in range(bits - 1):
            digit = torch.sign(w[rows]) * ((w[rows].abs().long() >> place) & 1)
            written = cells if product["cells"] else None
            own = config(len(digit), product["adc_bits"], product["steps"][place], written)
            tile = TorchInferenceTile(OUTPUTS, len(digit), own)
            tile.set_weights(digit.T.contiguous())
            tile.eval()
            if product["cells"]:
                tile.program_weights()  # as 1 s after writing
            for bit in range(bits):
                driven = ((applied[:, rows] >> bit) & 1).float()
                read = tile.forward(driven).detach().double()
                result += read * 2.0 ** (bit + place)
    exact = x.double() @ w.double()
    off = result - top * w.double().sum(dim=0) - exact
    if product["cells"]:
        off -= off.mean(dim=0)
    return 100.0 * float((off**2).mean().sqrt() / (exact**2).mean().sqrt())


def main() -> None:
    asked = json.load(sys.stdin)
    errors = {
        product["name"]: error_percent(product, asked["bits"], asked["cells"])
        for product in asked["products"]
    }
    json.dump({"tool": f"AIHWKit {version('aihwkit')}", "error_percent": errors}, sys.stdout)


if __name__ == "__main__":
    main()
