"""What training minimises: class-weighted cross-entropy and the divergence from a teacher."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import functional as F

from cmn_core.supernet.network.moe import MoeFfn


def class_weights(shares: tuple[float, ...], power: float) -> Tensor:
    """[classes] with mean 1 over pixels; rare classes weigh more, at most 10 times the average."""
    share = torch.tensor(shares).clamp_min(1e-4)
    weights = share.pow(-power)
    return (weights / (weights * share).sum()).clamp_max(10.0)


def against_labels(
    logits: Tensor, labels: Tensor, weights: Tensor, ignore: int, overlap: float = 0.0
) -> Tensor:
    """Cross-entropy at the labels' resolution, plus `overlap` times what is missing of overlap.

    logits: [B, classes, rows, columns] on the network's grid; labels: [B, height, width]
    """
    full = F.interpolate(logits.float(), labels.shape[1:], mode="bilinear", align_corners=False)
    loss = F.cross_entropy(full, labels, weights, ignore_index=ignore)
    return loss + overlap * missing_overlap(full, labels, ignore) if overlap else loss


def is_labelled(labels: Tensor, ignore: int) -> bool:
    """Whether any pixel has a class; a batch without one teaches nothing and is skipped."""
    return bool((labels != ignore).any())


def missing_overlap(logits: Tensor, labels: Tensor, ignore: int) -> Tensor:
    """One less the mean over the batch's classes of intersection over union, with probabilities in
    place of predictions (soft Jaccard; Rahman and Wang, 2016).

    logits: [B, classes, height, width]; labels: [B, height, width]
    """
    known = labels != ignore
    shares = logits.softmax(1) * known.unsqueeze(1)
    truth = F.one_hot(torch.where(known, labels, 0), logits.shape[1]).permute(0, 3, 1, 2)
    truth = truth * known.unsqueeze(1)
    both = (shares * truth).sum((0, 2, 3))
    sizes = truth.sum((0, 2, 3))
    union = shares.sum((0, 2, 3)) + sizes - both
    there = sizes > 0
    return 1.0 - (both[there] / union[there]).sum() / there.sum().clamp_min(1)


def against_teacher(
    student: Tensor, teacher: Tensor, labels: Tensor, ignore: int, temperature: float = 1.0
) -> Tensor:
    """Divergence on the network's own grid, a sixteenth of the pixels; labels are looked up there
    to leave out what is not labelled. student, teacher: logits of one shape."""
    marks = F.interpolate(labels.unsqueeze(1).float(), student.shape[2:], mode="nearest")
    return divergence(student.float(), teacher.float(), marks.squeeze(1) != ignore, temperature)


def imbalance(chosen: list[Tensor], loads: list[Tensor]) -> Tensor:
    """E times the sum over experts of (share of the choices) x (mean softmax), less 1, mean over
    layers; 0 where all experts are used alike (Shazeer et al., 2017; Fedus et al., 2022, eq. 4).

    chosen, loads: of each layer with a router [E], each adding up to 1; only loads have a gradient
    """
    each = [len(f) * (f * p).sum() - 1.0 for f, p in zip(chosen, loads, strict=True)]
    return torch.stack(each).mean()


def imbalance_of(layers: Iterable[MoeFfn]) -> Tensor | float:
    """The same of the layers' last pass in training; 0 where none of them had a router."""
    used = [(f.chosen, f.load) for f in layers if f.chosen is not None and f.load is not None]
    return imbalance([chosen for chosen, _ in used], [load for _, load in used]) if used else 0.0


def divergence(student: Tensor, teacher: Tensor, labelled: Tensor, temperature: float) -> Tensor:
    """KL(teacher || student) of the class axis, times temperature squared, mean over pixels.

    student, teacher: logits [B, classes, rows, columns]; labelled: bool [B, rows, columns]
    (Hinton et al., 2015)
    """
    target = F.log_softmax(teacher / temperature, 1)
    guess = F.log_softmax(student / temperature, 1)
    each = (target.exp() * (target - guess)).sum(1)
    pixels = labelled.sum().clamp_min(1)
    return temperature**2 * (each * labelled).sum() / pixels
