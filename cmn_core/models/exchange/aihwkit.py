"""AIHWKit as a Python file: an inference configuration, and the layers that lie in arrays.

AIHWKit has no file format of its own (field of its configuration is Python). A weight is one pair
of conductances there and a product one pass, so slices and input steps become one resolution.
The error of a written cell is the polynomial of fourth order through our five points, in uS.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from cmn_core.cim.circuits.cell_error import LEVELS
from cmn_core.errors import FieldError
from cmn_core.models.exchange.analog import AnalogMacro
from cmn_core.models.exchange.rows import Changing, LeftOut, Weighted, rows_of
from cmn_core.models.layers import Model

SECONDS_AFTER_WRITING = 1.0
_HEAD = '''\
"""{title}: analog layers for AIHWKit, written by CMN Explorer.

Run `network()` for the layers, or convert a network of your own with
aihwkit.nn.conversion.convert_to_analog(network, rpu_config()).
"""

from aihwkit.inference import ReRamWan2022NoiseModel, SinglePairConductanceConverter
from aihwkit.simulator.configs import InferenceRPUConfig
from aihwkit.simulator.parameters import (
    BoundManagementType,
    IOParameters,
    MappingParameter,
    NoiseManagementType,
    WeightNoiseType,
)

# Error of a written cell in uS: polynomial of g / g_max, lowest power first, by seconds after it.
WRITE_ERROR_US = {{{seconds!r}: {coefficients}}}
G_MAX_US, G_MIN_US = {largest!r}, {least!r}

# Name, kind, inputs, outputs, kernel, stride.
LAYERS = [
{layers}
]


def rpu_config():
    """{rows} rows are summed at once, {adc} bits per conversion, {activation}-bit inputs."""
    return InferenceRPUConfig(
        forward=IOParameters(
            inp_bound=1.0,
            inp_res={inp_res!r},
            out_bound={bound!r},
            out_res={out_res!r},
            out_noise=0.0,
            w_noise={read!r},
            w_noise_type=WeightNoiseType.ADDITIVE_CONSTANT,
            ir_drop=0.0,
            bound_management=BoundManagementType.NONE,
            noise_management=NoiseManagementType.ABS_MAX,
        ),
        mapping=MappingParameter(
            digital_bias=True,
            weight_scaling_omega=1.0,
            max_input_size={rows},
            max_output_size={outputs},
        ),
        noise_model=ReRamWan2022NoiseModel(
            coeff_dic=WRITE_ERROR_US,
            g_converter=SinglePairConductanceConverter(g_max=G_MAX_US, g_min=G_MIN_US),
        ),
        drift_compensation=None,
    )


def network():
    """Each layer by name, with random weights; load your own with set_weights."""
    from aihwkit.nn import AnalogConv1d, AnalogConv2d, AnalogLinear

    config, made = rpu_config(), {{}}
    kinds = {{"conv1d": AnalogConv1d, "conv2d": AnalogConv2d}}
    for name, kind, inputs, outputs, kernel, stride in LAYERS:
        if kind == "linear":
            made[name] = AnalogLinear(inputs, outputs, bias=False, rpu_config=config)
        else:
            made[name] = kinds[kind](
                inputs, outputs, kernel, stride=stride, bias=False, rpu_config=config
            )
    return made
'''


def write_aihwkit(model: Model, macro: AnalogMacro) -> tuple[str, list[str]]:
    """The Python file, and what it leaves out or says differently."""
    left_out = LeftOut()
    layers = list(_layers(rows_of(model, left_out), left_out))
    if not layers:
        raise FieldError("model", "no layer with weights", "AIHWKit needs one")
    title = " ".join(model.name.split()).replace("\\", "/").replace('"', "'")
    text = _HEAD.format(
        title=title,
        seconds=SECONDS_AFTER_WRITING,
        coefficients=[round(float(c), 6) for c in write_error_us(macro)],
        largest=macro.largest_us,
        least=macro.least_us,
        layers="\n".join(f"    {layer!r}," for layer in layers),
        rows=macro.active_rows,
        outputs=macro.outputs,
        adc=macro.adc_bits,
        activation=macro.activation_bits,
        inp_res=_resolution(macro.activation_bits),
        out_res=_resolution(macro.adc_bits),
        bound=round(macro.full_range, 6),
        read=macro.read_sigma,
    )
    return text, [*left_out.sentences, *_said(macro)]


def write_error_us(macro: AnalogMacro) -> list[float]:
    """Coefficients of the polynomial through sigma at LEVELS, in uS, lowest power first."""
    points = macro.largest_us * np.array(macro.program_sigma)
    return list(np.linalg.solve(np.vander(LEVELS, increasing=True), points))


def _resolution(bits: int) -> float:
    """Step of a converter whose codes are symmetric around zero, as a share of its range, as
    AIHWKit counts it; one bit is a sign."""
    return 1.0 / max(1, 2**bits - 2)


def _layers(rows: Iterable[Weighted | Changing], left_out: LeftOut) -> Iterable[tuple[object, ...]]:
    for row in rows:
        if isinstance(row, Changing):
            left_out.add("dynamic_product", "AIHWKit has no product of two activations")
        elif row.groups > 1:
            left_out.add("convolution", "AIHWKit has no groups")
        elif len(row.kernel) > 2:
            left_out.add("convolution", "it has a third axis, which is not written")
        elif row.flat:
            yield row.name, "linear", row.channels, row.outputs, 1, 1
        else:
            axes = len(row.kernel)
            one = axes == 1
            kernel, stride = (row.kernel[0], row.stride[0]) if one else (row.kernel, row.stride)
            yield row.name, f"conv{axes}d", row.channels, row.outputs, kernel, stride


def _said(macro: AnalogMacro) -> list[str]:
    said = ["no energy, latency or area: AIHWKit has errors alone"]
    if macro.slices > 1:
        said.append(
            f"a weight is one pair of cells there, {macro.slices} pairs of {macro.cell_bits} bits"
            " here, so errors of cells weigh more there"
        )
    if macro.steps > 1:
        said.append(f"inputs come at once there, in {macro.steps} steps here")
    said.append(f"the converter's range is that of one read over {macro.active_rows} rows")
    if macro.ohm_per_row > 0.0:
        said.append(f"bit lines without resistance, {macro.ohm_per_row:g} ohm per row here")
    return said
