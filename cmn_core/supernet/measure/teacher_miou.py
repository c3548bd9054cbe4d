"""Mean IoU of a teacher, and the size at which it sees pictures best."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional as F

from cmn_core.datasets.npz import SegmentationSet
from cmn_core.supernet.measure.miou import SegmentationScore, as_tensor, confusion, score
from cmn_core.supernet.network.teacher import Teacher, enlarged

ENLARGED = (1.0, 1.25, 1.5)  # sizes of the pictures that val chooses from at the end


@torch.inference_mode()
def measure_teacher(
    teacher: Teacher, data: SegmentationSet, *, factor: float = 1.0, batch: int = 8
) -> SegmentationScore:
    """Score on the whole set at the labels' resolution; pictures are enlarged by the factor."""
    counts = np.zeros((teacher.classes, teacher.classes), dtype=np.int64)
    device = next(teacher.parameters()).device
    was_training = teacher.training
    teacher.eval()
    for i in range(0, len(data), batch):
        images = enlarged(as_tensor(data.images[i : i + batch]).to(device), factor)
        logits = teacher(images.contiguous(memory_format=torch.channels_last))
        full = F.interpolate(logits, data.labels.shape[1:], mode="bilinear", align_corners=False)
        counts += confusion(
            full.argmax(1).cpu().numpy(), data.labels[i : i + batch], teacher.classes
        )
    teacher.train(was_training)
    return score(counts)


def best_factor(teacher: Teacher, val: SegmentationSet) -> tuple[float, dict[str, float]]:
    """Of ENLARGED, how much pictures are enlarged where val is best; mIoU on val of each."""
    scores = {f: measure_teacher(teacher, val, factor=f).miou for f in ENLARGED}
    return max(scores, key=lambda f: scores[f]), {str(f): round(v, 2) for f, v in scores.items()}
