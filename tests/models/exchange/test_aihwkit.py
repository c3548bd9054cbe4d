"""AIHWKit's Python file: it runs on AIHWKit's own signatures, and says our device."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from cmn_core.cim.circuits.cell_error import LEVELS
from cmn_core.errors import FieldError
from cmn_core.models.exchange.aihwkit import write_aihwkit, write_error_us
from cmn_core.models.layers import Model
from tests.models.exchange.test_crosssim import macro

Build = Callable[..., Model]
LAYERS: list[dict[str, Any]] = [
    {"kind": "product", "name": "query", "k": 64, "n": 32, "vectors": 10},
    {"kind": "convolution", "channels": 3, "outputs": 8, "kernel": [7, 7], "map": [9, 9]},
    {"kind": "convolution", "channels": 4, "outputs": 8, "kernel": [3], "map": [9], "stride": [2]},
    {"kind": "convolution", "channels": 12, "outputs": 8, "kernel": [3], "map": [9], "groups": 4},
    {"kind": "dynamic_product", "m": 5, "k": 16, "n": 7, "batch": 3},
]


# Signatures as AIHWKit's source has them (1.0 and the main branch of 2026).
def io_parameters(
    *, inp_bound: Any, inp_res: Any, out_bound: Any, out_res: Any, out_noise: Any, w_noise: Any,
    w_noise_type: Any, ir_drop: Any, bound_management: Any, noise_management: Any,
) -> SimpleNamespace:  # fmt: skip
    return SimpleNamespace(**locals())


def mapping(
    *, digital_bias: Any, weight_scaling_omega: Any, max_input_size: Any, max_output_size: Any
) -> SimpleNamespace:
    return SimpleNamespace(**locals())


def noise_model(
    coeff_dic: Any = None, g_converter: Any = None, g_max: Any = None, noise_scale: float = 1.0,
    coeff_g_max_reference: Any = None,
) -> SimpleNamespace:  # fmt: skip
    return SimpleNamespace(**locals())


def converter(g_max: Any = None, g_min: Any = None) -> SimpleNamespace:
    return SimpleNamespace(**locals())


def config(
    *, forward: Any, mapping: Any, noise_model: Any, drift_compensation: Any
) -> SimpleNamespace:
    return SimpleNamespace(**locals())


def layer(kind: str) -> Callable[..., tuple[Any, ...]]:
    def made(*sizes: Any, stride: Any = 1, bias: bool = True, rpu_config: Any = None) -> Any:
        assert bias is False and rpu_config is not None
        return kind, sizes, stride

    return made


@pytest.fixture
def aihwkit(monkeypatch: pytest.MonkeyPatch) -> None:
    word = SimpleNamespace
    parts = {
        "aihwkit": {},
        "aihwkit.inference": {
            "ReRamWan2022NoiseModel": noise_model,
            "SinglePairConductanceConverter": converter,
        },
        "aihwkit.simulator": {},
        "aihwkit.simulator.configs": {"InferenceRPUConfig": config},
        "aihwkit.simulator.parameters": {
            "BoundManagementType": word(NONE="None"),
            "IOParameters": io_parameters,
            "MappingParameter": mapping,
            "NoiseManagementType": word(ABS_MAX="AbsMax"),
            "WeightNoiseType": word(ADDITIVE_CONSTANT="AdditiveConstant"),
        },
        "aihwkit.nn": {
            f"Analog{kind}": layer(kind) for kind in ("Conv1d", "Conv2d", "Linear")
        },
    }  # fmt: skip
    for name, names in parts.items():
        module = ModuleType(name)
        vars(module).update(names)
        monkeypatch.setitem(sys.modules, name, module)


def run(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(text, "aihwkit_network.py", "exec"), names)
    return names


def test_the_file_builds_the_layers(build: Build, aihwkit: None) -> None:
    model = build(*LAYERS)
    text, left_out = write_aihwkit(model, macro(build))
    made = run(text)["network"]()
    assert made == {
        "query": ("Linear", (64, 32), 1),
        "convolution 2": ("Conv2d", (3, 8, (7, 7)), (1, 1)),
        "convolution 3": ("Conv1d", (4, 8, 3), 2),
    }
    assert "1 layer of kind convolution: AIHWKit has no groups" in left_out
    assert any("no product of two activations" in told for told in left_out)
    assert any("no energy" in told for told in left_out)


def test_the_configuration_is_our_macro(build: Build, aihwkit: None) -> None:
    given = macro(build, rows=256, active_rows=64, adc_bits=6)
    made = run(write_aihwkit(build(*LAYERS), given)[0])["rpu_config"]()
    assert (made.mapping.max_input_size, made.mapping.max_output_size) == (64, 128 // 7)
    assert made.forward.inp_res == 1 / 254 and made.forward.out_res == 1 / 62
    assert made.forward.w_noise == 0.01
    # 4 sd of a sum of 64 products: inputs uniform on 0..1, weights of sd 1/4.
    assert made.forward.out_bound == pytest.approx(4 * (64 / 3) ** 0.5 / 4, rel=1e-5)
    assert (made.noise_model.g_converter.g_max, made.noise_model.g_converter.g_min) == (40, 1)


def test_the_polynomial_passes_through_the_device(build: Build, aihwkit: None) -> None:
    given = macro(build)
    ((seconds, coefficients),) = run(write_aihwkit(build(*LAYERS), given)[0])[
        "WRITE_ERROR_US"
    ].items()
    assert seconds == 1.0
    for level, sigma in zip(LEVELS, given.program_sigma, strict=True):
        error = sum(c * level**i for i, c in enumerate(coefficients))  # as its _apply_poly sums
        assert error == pytest.approx(40.0 * sigma, abs=1e-4)
    assert coefficients == pytest.approx(write_error_us(given), abs=1e-6)


def test_a_hostile_name_stays_a_text(build: Build, aihwkit: None) -> None:
    name = 'x"""\nraise SystemExit(1)\n"""'
    text, _ = write_aihwkit(build({**LAYERS[0], "name": name}), macro(build))
    ast.parse(text)
    assert name in run(text)["network"]()
    told = write_aihwkit(build(LAYERS[0]).model_copy(update={"name": name}), macro(build))[0]
    assert inspect.cleandoc(ast.get_docstring(ast.parse(told)) or "").startswith("x'''")
    run(told)


def test_a_model_without_weights_is_refused(build: Build) -> None:
    with pytest.raises(FieldError, match="no layer with weights"):
        write_aihwkit(build(LAYERS[-1]), macro(build))
