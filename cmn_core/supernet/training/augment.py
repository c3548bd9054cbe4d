"""Random views of images and labels for training, a whole batch at a time.

Each image is scaled, shifted, turned a little, mirrored and recoloured by its own numbers. With
`paste`, half of the classes of another view of the batch are then laid over it, pixel for pixel
(ClassMix; Olsson, Tranheden, Pinto and Svensson, 2021).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Augmentation:
    """Ranges of the random changes; the defaults were chosen for 120 x 160 frames."""

    crop: tuple[int, int] = (96, 128)  # height, width in pixels
    zoom: tuple[float, float] = (0.6, 1.8)  # log-uniform; above 1 magnifies
    turn_deg: float = 8.0
    stretch: float = 0.15  # relative change of aspect ratio
    colour: float = 0.35  # brightness, contrast, saturation, each 1 +- this
    grey: float = 0.1  # share of images without colour
    paste: float = 0.0  # share of views onto which classes of another one are laid

    def __call__(
        self, images: Tensor, labels: Tensor, rng: torch.Generator, ignore: int = 255
    ) -> tuple[Tensor, Tensor]:
        """images: [B, 3, h, w] in 0..1, labels: [B, h, w] -> the same at `crop`."""
        # Random numbers are drawn on the processor, so that a seed means the same on every device.
        batch, _, height, width = images.shape
        grid = self._grid(batch, height, width, rng).to(images.device)
        views = F.grid_sample(
            images, grid, mode="bilinear", padding_mode="zeros", align_corners=False
        )
        shifted = (labels.unsqueeze(1).float() + 1.0) * (labels != ignore).unsqueeze(1)
        marks = F.grid_sample(
            shifted, grid, mode="nearest", padding_mode="zeros", align_corners=False
        )
        marks = marks.squeeze(1).round().long() - 1
        views, marks = self._recolour(views, rng), torch.where(marks < 0, ignore, marks)
        return self._paste(views, marks, rng, ignore) if self.paste else (views, marks)

    def _grid(self, batch: int, height: int, width: int, rng: torch.Generator) -> Tensor:
        """Sampling positions [B, crop height, crop width, 2] in -1..1 of the source image."""

        def uniform(low: float, high: float) -> Tensor:
            return torch.rand(batch, generator=rng) * (high - low) + low

        zoom = torch.exp(uniform(math.log(self.zoom[0]), math.log(self.zoom[1])))
        stretch = torch.exp(uniform(-self.stretch, self.stretch))
        flip = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
        turn = torch.deg2rad(uniform(-self.turn_deg, self.turn_deg))
        span_x, span_y = self.crop[1] / zoom * stretch, self.crop[0] / zoom / stretch
        room_x = (width - span_x).abs() / 2 + 0.1 * width
        room_y = (height - span_y).abs() / 2 + 0.1 * height
        centre_x, centre_y = uniform(-1, 1) * room_x, uniform(-1, 1) * room_y
        cos, sin = torch.cos(turn), torch.sin(turn)
        half_x, half_y = span_x / 2, span_y / 2
        rows = [
            torch.stack([flip * cos * half_x, -sin * half_y, centre_x], 1) / (width / 2),
            torch.stack([flip * sin * half_x, cos * half_y, centre_y], 1) / (height / 2),
        ]
        theta = torch.stack(rows, 1)
        return F.affine_grid(theta, [batch, 1, *self.crop], align_corners=False)

    def _recolour(self, images: Tensor, rng: torch.Generator) -> Tensor:
        batch = images.shape[0]

        def factor() -> Tensor:
            spread = 2 * torch.rand(batch, 1, 1, 1, generator=rng) - 1
            return 1.0 + self.colour * spread.to(images.device)

        images = images * factor()
        grey = images.mean(1, keepdim=True)
        saturation = factor()
        colourless = torch.rand(batch, 1, 1, 1, generator=rng).to(images.device) < self.grey
        saturation = torch.where(colourless, 0.0, saturation)
        images = grey + (images - grey) * saturation
        mean = images.mean((1, 2, 3), keepdim=True)
        return (mean + (images - mean) * factor()).clamp(0.0, 1.0)

    def _paste(
        self, views: Tensor, marks: Tensor, rng: torch.Generator, ignore: int
    ) -> tuple[Tensor, Tensor]:
        batch = len(views)
        order = torch.randperm(batch, generator=rng)
        taken = torch.rand(batch, 256, generator=rng) < 0.5
        taken &= torch.rand(batch, 1, generator=rng) < self.paste
        taken[:, ignore] = False
        order, taken = order.to(views.device), taken.to(views.device)
        other = marks[order]
        laid = taken.gather(1, other.flatten(1)).view_as(other)
        return torch.where(laid.unsqueeze(1), views[order], views), torch.where(laid, other, marks)
