"""Networks rounded after training, and networks taught by the largest, scored on test images."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from cmn_core.architecture import SPACES, Architecture
from cmn_core.datasets.info import dataset_info
from cmn_core.datasets.npz import SegmentationSet, load_npz
from cmn_core.studies.appendices.inference import DATASET, SPACE, Bench, thinned
from cmn_core.studies.provenance import WEIGHTS, digest
from cmn_core.studies.study import Settings
from cmn_core.supernet.measure.activation_ranges import calibration_images, post_training
from cmn_core.supernet.measure.miou import measure
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.training.distillation import DistillationRecipe, Distiller
from cmn_core.supernet.training.precision import bf16_for


class School:
    """Images of one setting: test to score on, train to calibrate and teach with.

    folder: with train.npz and test.npz, None for generated scenes.
    """

    def __init__(self, settings: Settings, folder: Path | None) -> None:
        self.settings, self.folder = settings, folder
        self.bench = Bench(None, settings["images"])

    @cached_property
    def test(self) -> SegmentationSet:
        if self.folder is None:
            return self.bench.generated("test", self.settings["images"])
        whole = load_npz(self.folder / "test.npz", dataset_info(DATASET))
        return thinned(whole, self.settings["images"])

    @cached_property
    def train(self) -> SegmentationSet:
        if self.folder is None:
            return self.bench.generated("train", self.settings["batch"])
        return load_npz(self.folder / "train.npz", dataset_info(DATASET))

    def network(self, architecture: Architecture) -> Segmenter:
        return self.bench.supernet.subnet(architecture)

    def exact(self, architecture: Architecture) -> dict[str, Any]:
        """Inherited weights in floating point."""
        return {"miou": measure(self.network(architecture), self.test).miou}

    def rounded(self, architecture: Architecture, bits: int) -> dict[str, Any]:
        """miou: weights and activations at that many bits; miou_weights: activations at 8."""
        wanted = [(bits, bits)] if bits == 8 else [(bits, bits), (bits, 8)]
        return self._rounded(self.network(architecture), wanted)

    def taught(self, architecture: Architecture, folder: Path) -> dict[str, Any]:
        """The student before and after it was taught, and its INT8 form, which is its miou.

        folder: where training keeps its state and goes on after an interruption.
        """
        wanted = self.settings
        student = self.network(architecture)
        before = measure(student, self.test).miou
        mark = digest(WEIGHTS / f"{SPACE}_{DATASET}.safetensors") or ""
        lesson = DistillationRecipe(
            epochs=wanted["epochs"],
            batch=wanted["batch"],
            share=wanted["share"],
            temperature=wanted["temperature"],
            bf16=bf16_for(folder),
            seed=wanted["seed"],
            student=mark,
            teacher=mark,
        )
        teacher = self.network(SPACES[SPACE].largest)
        distiller = Distiller(lesson, student, teacher, self.train, folder)
        for _ in distiller.epochs():
            pass
        return {
            **self._rounded(distiller.average, [(8, 8)]),
            "miou_taught": measure(distiller.average, self.test).miou,
            "miou_inherited": before,
            "train_seconds": round(distiller.seconds, 1),
        }

    def _rounded(self, network: Segmenter, wanted: list[tuple[int, int]]) -> dict[str, Any]:
        settings = self.settings
        some = calibration_images(self.train.images, settings["seed"], settings["calibration"])
        found = post_training(network, self.test, some, wanted)
        return {
            "miou": found[0].after.miou,
            "miou_weights": found[-1].after.miou,
            "miou_exact": found[0].before.miou,
        }
