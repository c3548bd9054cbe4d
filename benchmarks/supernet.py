"""Speed of the supernet: inference against a dense network, measuring subnets, training.

Run: python benchmarks/supernet.py [--threads N] [--images N] [--repeat N] [--space b0]
Images and weights are generated: neither changes the speed. The dense network has the same widths
and one FFN as wide as all experts together, so both do the same multiplications and what is
compared is routing. Processor time is taken beside the clock, because other work on the machine
slows the clock; with one thread it is what an idle core would need.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch

from cmn_core.architecture import SPACES, Architecture, SearchSpace
from cmn_core.datasets.info import dataset_info
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.supernet.measure.miou import measure, predict
from cmn_core.supernet.network.allocator import keep_memory
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.training.supernet import Recipe, Trainer

keep_memory()
INFO = dataset_info("nyuv2")
BATCH = 16


def subnets(space: SearchSpace) -> dict[str, Architecture]:
    half = space.max_hidden
    middling = Architecture((3,) * 4, (half[0] // 2, half[1] // 2, half[2] // 2, half[3] // 2))
    return {"largest": space.largest, "middling": middling, "smallest": space.smallest}


def best(work: Callable[[], object], repeat: int) -> tuple[float, float]:
    """Least clock and processor seconds of a call, after one to warm up."""
    work()
    clock = processor = float("inf")
    for _ in range(repeat):
        c, p = time.perf_counter(), time.process_time()
        work()
        clock = min(clock, time.perf_counter() - c)
        processor = min(processor, time.process_time() - p)
    return clock, processor


def inference(space: SearchSpace, data: SegmentationSet, repeat: int) -> None:
    """Images per second, and routing overhead over the dense network."""
    rng = torch.Generator().manual_seed(0)
    images = data.images[:BATCH]
    print(f"\n{'subnet':10}{'images/s':>10}{'dense':>10}{'overhead':>10}   by processor time")
    for name, a in subnets(space).items():
        e, h = a.experts, a.hidden
        wide = Architecture((1,) * 4, (e[0] * h[0], e[1] * h[1], e[2] * h[2], e[3] * h[3]))
        spent = []
        for shape in (a, wide):
            net = Segmenter(space, len(INFO.classes), shape).reset(rng).eval()
            spent.append(best(lambda net=net: predict(net, images, INFO), 3 * repeat)[1])
        moe, dense = spent
        print(f"{name:10}{BATCH / moe:10.1f}{BATCH / dense:10.1f}{moe / dense:10.2f}")


def measuring(space: SearchSpace, data: SegmentationSet, repeat: int) -> None:
    """Seconds for cutting a subnet out and scoring it on all images."""
    supernet = Segmenter(space, len(INFO.classes)).reset(torch.Generator().manual_seed(0)).eval()
    print(
        f"\n{'subnet':10}{'clock s':>10}{'processor s':>13}{'per minute':>12}   {len(data)} images"
    )
    for name, a in subnets(space).items():
        clock, processor = best(lambda a=a: measure(supernet.subnet(a), data), repeat)
        print(f"{name:10}{clock:10.2f}{processor:13.2f}{60.0 / clock:12.1f}")


def training(space: SearchSpace, data: SegmentationSet) -> None:
    """Images per second of the default recipe, the second of two epochs."""
    with tempfile.TemporaryDirectory() as folder:
        recipe = Recipe(space=space.name, epochs=2, batch=BATCH)
        trainer = Trainer(recipe, data, Path(folder))
        laps = trainer.epochs()
        next(laps)
        c, p = time.perf_counter(), time.process_time()
        next(laps)
        clock, processor = time.perf_counter() - c, time.process_time() - p
    seen = len(data) // BATCH * BATCH
    print(
        f"\ntraining: {seen / clock:.1f} images/s by the clock, {seen / processor:.1f} by processor"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--images", type=int, default=160)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--space", choices=sorted(SPACES), default="b0")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    rng = np.random.default_rng(0)
    count, size = max(options.images, BATCH), INFO.image
    images = rng.integers(0, 256, (count, *size, 3), dtype=np.uint8)
    labels = rng.integers(0, len(INFO.classes), (count, *size), dtype=np.uint8)
    data = SegmentationSet(images, labels, INFO)
    space = SPACES[options.space]
    print(f"{options.space}, {size[0]} x {size[1]} pixels, {options.threads} threads, torch "
          f"{torch.__version__}")  # fmt: skip
    inference(space, data, options.repeat)
    measuring(space, data, options.repeat)
    training(space, data)


if __name__ == "__main__":
    main()
