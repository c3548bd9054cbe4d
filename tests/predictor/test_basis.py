"""Where no mIoU was measured none is given, and the reason is."""

import pytest

from cmn_core import api
from cmn_core.design import Workload, parse_design
from cmn_core.errors import FieldError
from cmn_core.predictor import load_predictor
from cmn_core.predictor.basis import Basis
from cmn_core.search.accuracy import predicted
from cmn_core.search.scenario import Scenario
from cmn_core.whatif.answer import answer

SRAM = {"rows": 128, "cols": 128, "rows_per_tree": 4, "input_bits_per_step": 1, "vdd_v": 0.9}
HARDWARE = {"memory": "sram", "macros": {"sram": SRAM}, "replicas": [1, 1, 1, 1]}


def design(**workload):
    return {
        "schema": "cmn.design/1",
        "space": "b0",
        "architecture": {"experts": [2, 2, 2, 2], "hidden": [64, 128, 320, 512]},
        "hardware": HARDWARE,
        "workload": workload,
    }


def test_what_was_measured_has_a_basis():
    for workload in (Workload((120, 160)), Workload((120, 160), weight_bits=1, top_k=2)):
        assert Basis().why_not((2, 2, 2, 2), workload) is None


def test_a_table_that_says_nothing_of_images_is_taken_to_be_of_the_workloads():
    own = Basis(images=None)
    for image in ((32, 32), (120, 160), (480, 641)):
        assert own.why_not((2, 2, 2, 2), Workload(image)) is None
    assert own.why_not((2, 2, 2, 2), Workload(activation_bits=7)) is not None


@pytest.mark.parametrize(
    ("workload", "field", "words"),
    [
        ({"activation_bits": 1}, "activation_bits", "what 1-bit activations cost was not measured"),
        ({"weight_bits": 2}, "weight_bits", "what 2-bit weights cost was not measured"),
        ({"image": [32, 32]}, "image", "measured on images of 120 x 160 and 240 x 320"),
        ({"image": [119, 160]}, "image", "measured on images of 120 x 160"),
        ({"image": [480, 640]}, "image", "measured on images of 120 x 160"),
    ],
)
def test_elsewhere_there_is_a_reason_and_no_number(workload, field, words):
    asked = design(**workload)
    predictor = load_predictor("b0", "nyuv2")
    assert predictor is not None
    found = predictor.basis.why_not((2, 2, 2, 2), parse_design(asked).workload)
    assert found is not None and found[0] == field and words in found[1]
    priced = api.evaluate(asked)
    assert priced["miou"] is None and words in priced["miou_why_not"]
    assert api.predict(asked, dataset="nyuv2") == {"miou": None, "low": None, "high": None}
    assert priced["miou_on_chip"] is None and priced["energy_uj"] > 0.0
    shown = answer(parse_design(asked))
    assert shown.metrics["miou"] is None and words in shown.design.provenance["miou_why_not"]


def test_weights_that_were_trained_densely_have_no_sparse_routing():
    sparse = Workload((120, 160), top_k=1)
    found = Basis().why_not((2, 2, 2, 2), sparse)
    assert found == ("routing", "the weights were not trained for top-1 routing")


def test_a_design_with_a_basis_says_nothing_of_it():
    assert "miou_why_not" not in api.evaluate(design())
    assert api.predict(design(), dataset="nyuv2")["miou"] > 10.0


@pytest.mark.parametrize("workload", [Workload(activation_bits=2), Workload(image=(64, 64))])
def test_no_search_takes_it_for_free(workload):
    with pytest.raises(FieldError, match=r"^workload\.(activation_bits|image): .* no search takes"):
        predicted(Scenario(workload=workload))


WIDE = Basis(((120, 160), (240, 320)), True, 3, 6)


def test_a_table_that_varied_them_is_a_basis_for_them():
    for workload in (
        Workload((240, 320), 8, 8),
        Workload((240, 320), 3, 6, (1, 2, 5, 3)),
        Workload((120, 160), top_k=1),
    ):
        assert WIDE.why_not((5, 5, 5, 5), workload) is None
    assert Basis.from_json(WIDE.to_json()) == WIDE
    assert Basis.from_json(None) == Basis()


@pytest.mark.parametrize(
    ("workload", "reason"),
    [
        (Workload((480, 640)), ("image", "mIoU was measured on images of 120 x 160 and 240 x 320")),
        (Workload((100, 160)), ("image", "mIoU was measured on images of 120 x 160 and 240 x 320")),
        (Workload((180, 240)), ("image", "mIoU was measured on images of 120 x 160 and 240 x 320")),
        (Workload((240, 160)), ("image", "mIoU was measured on images of 120 x 160 and 240 x 320")),
        (Workload((240, 320), 2), ("weight_bits", "what 2-bit weights cost was not measured")),
        (
            Workload((240, 320), 8, 1),
            ("activation_bits", "what 1-bit activations cost was not measured"),
        ),
    ],
)
def test_beyond_what_such_a_table_varied_there_is_none(workload, reason):
    assert WIDE.why_not((5, 5, 5, 5), workload) == reason


def test_routing_has_no_basis_in_a_table_measured_densely():
    asked = Workload((240, 320), top_k=(1, 2, 5, 5))
    dense = Basis(((240, 320),), False, 1, 1)
    found = dense.why_not((2, 2, 2, 2), asked)
    assert found == ("routing", "the weights were not trained for top-1/2/5/5 routing")
    assert dense.why_not((1, 2, 2, 5), asked) is None  # no block has more experts than that
