from pathlib import Path

import numpy as np
import pytest
import torch

from cmn_core.architecture import SPACES, Architecture
from cmn_core.datasets.info import dataset_info
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.datasets.source import resized
from cmn_core.nonideal import NonIdeal
from cmn_core.supernet.measure.accuracy_table import (
    COLUMNS,
    Effort,
    Source,
    read_rows,
    row_key,
    sort_table,
    tabulate,
)
from cmn_core.supernet.measure.image_subset import subset
from cmn_core.supernet.measure.miou import measure
from cmn_core.supernet.measure.table_sample import MeasurementPoint
from cmn_core.supernet.network.checkpoint import save_weights
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.nonideal.apply import apply


def test_a_cut_off_line_is_left_out(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text(
        ",".join(COLUMNS[:12])
        + "\n2,2,2,2,20,20,20,20,,0.1,9.5,50.0\n1,1,1,1,16,16,16,16,,,5.0,40.0\n2,2,2\n"
    )
    assert len(read_rows(table)) == 2
    assert sort_table(table).tolist() == [5.0, 9.5]
    assert row_key(read_rows(table)[0]) == MeasurementPoint(SPACES["b0"].smallest).key
    assert row_key(read_rows(table)[1])[9] == 0.1


def test_a_table_of_an_earlier_release_is_read_and_widened(tmp_path):
    table = tmp_path / "t.csv"
    names = [*COLUMNS[:9], "miou", "pixel_accuracy"]
    table.write_text(",".join(names) + "\n1,1,1,1,16,16,16,16,,5.0,40.0\n")
    assert [row_key(r) for r in read_rows(table)] == [MeasurementPoint(SPACES["b0"].smallest).key]
    assert sort_table(table).tolist() == [5.0]
    assert table.read_text().splitlines()[0] == ",".join(COLUMNS)


SOME = Architecture((3, 1, 2, 2), (20, 30, 40, 50))


@pytest.fixture
def network() -> Segmenter:
    """A B0 for streets whose random weights tell experts, images and classes apart."""
    rng = torch.Generator().manual_seed(3)
    model = Segmenter(SPACES["b0"], 11).reset(rng).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if ".ffn.w" in name or ".router" in name or "classify" in name:
                weight.normal_(std=0.5, generator=rng)
            weight.copy_(weight.half().float())  # as it is stored
    return model


@pytest.fixture
def streets() -> SegmentationSet:
    rng = np.random.default_rng(7)
    labels = np.repeat(np.repeat(rng.integers(0, 11, (12, 8, 12)), 8, 1), 8, 2).astype(np.uint8)
    images = (labels[..., None] * [20, 10, 5] + rng.integers(0, 20, (12, 64, 96, 3))).astype(
        np.uint8
    )
    return SegmentationSet(images, labels, dataset_info("camvid"))


@pytest.fixture
def source(network, streets, tmp_path: Path) -> Source:
    weights = tmp_path / "weights.safetensors"
    save_weights(weights, network, {})
    np.savez(tmp_path / "val.npz", images=streets.images, labels=streets.labels)
    return Source("b0", "camvid", weights, tmp_path / "val.npz", "these")


def test_a_row_is_run_as_it_says(network, streets, source: Source, tmp_path: Path):
    """Routing, size and bits of a row are those of the network that was measured."""
    table = tmp_path / "t.csv"
    height, width = streets.images.shape[1:3]
    small = (height // 2, width // 2)
    points = [
        MeasurementPoint(SOME, 4, 0.0, 6, (1, 1, 2, 1), small),
        MeasurementPoint(SOME, image=(height, width)),
    ]
    assert list(tabulate(points, table, source, processes=1)) == [1, 2]
    rows = {row_key(r): r for r in read_rows(table)}
    assert set(rows) == {p.key for p in points}
    model = network.subnet(SOME)
    arrays = apply(model, NonIdeal(weight_bits=4, activation_bits=6))
    data = resized(streets, small)
    found = measure(model, data, top_k=(1, 1, 2, 1), arrays=arrays, batch=8)
    row = rows[points[0].key]
    assert float(row["miou"]) == pytest.approx(found.miou, abs=1e-3)
    assert row["top_k"] == "1/1/2/1" and row["images"] == row["noise"] == ""
    loads = [[float(v) for v in block.split()] for block in row["busiest"].split("/")]
    assert [len(block) for block in loads] == list(SOME.experts)  # on arrays too
    assert all(block[-1] == 1.0 for block in loads) and 1 / 3 <= loads[0][0] <= 1.0
    assert list(tabulate(points, table, source, processes=1)) == []  # nothing is left to do


def test_some_images_put_right_by_whole_rows(network, streets, source: Source, tmp_path: Path):
    table = tmp_path / "t.csv"
    others = [Architecture((e, 1, 2, 1), (16, 16, 16, 16)) for e in (1, 2, 4, 5)]
    points = [MeasurementPoint(a) for a in (*others, SOME)]
    points.append(MeasurementPoint(others[0], output_sigma=0.1))
    effort = Effort(images=4, whole=3, seed=5)
    steps = list(tabulate(points, table, source, effort=effort, processes=1))
    assert steps == [1, 2, 3, 4, 5, 6]
    rows = {row_key(r): r for r in read_rows(table)}
    for point in points[:3]:
        row = rows[point.key]
        assert row["images"] == row["noise"] == ""
        assert float(row["miou"]) == pytest.approx(
            measure(network.subnet(point.architecture), streets).miou, abs=1e-3
        )
    row = rows[points[4].key]
    chosen = subset(points[4], len(streets), 4, 5)

    def on(architecture, which) -> float:
        some = resized(streets, None)
        some = type(some)(some.images[which], some.labels[which], some.info)
        return measure(network.subnet(architecture), some).miou

    every = np.arange(len(streets))
    shift = np.mean([on(a, every) - on(a, chosen) for a in others[:3]])
    assert float(row["miou"]) == pytest.approx(on(SOME, chosen) + shift, abs=1e-3)
    assert row["images"] == "4" and float(row["noise"]) >= 0.0
    assert rows[points[5].key]["noise"] == ""  # by its own row without the error
    # Whole rows without their counts are measured again, and no row stands twice.
    table.with_suffix(".whole.npz").unlink()
    assert list(tabulate(points, table, source, effort=effort, processes=1)) == [4, 5, 6]
    assert len(read_rows(table)) == 6


def test_whoever_stops_asking_ends_the_measuring(source: Source, tmp_path: Path):
    table = tmp_path / "t.csv"
    points = [MeasurementPoint(Architecture((1, 1, 1, 1), (16 + i, 16, 16, 16))) for i in range(40)]
    steps = tabulate(points, table, source, processes=1)
    assert next(steps) == 1
    steps.close()
    assert len(read_rows(table)) < 40
