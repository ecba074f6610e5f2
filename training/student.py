"""The picture network: inverted residuals, small enough for one CPU core."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTH = 512
"""The length of the vector that comes out."""

SIDE = 128
"""The side of the square picture that goes in, in pixels."""

_FURTHER = 96


class InvertedResidual(nn.Module):
    """Widens, filters each channel, narrows (Sandler et al. 2018, arXiv 1801.04381).

    Args:
        channels: in and out.
        wide: channels in between.
        kernel: side of the filter.
        stride: 2 halves the side.
    """

    def __init__(self, channels: tuple[int, int], wide: int, kernel: int, stride: int) -> None:
        super().__init__()
        start, end = channels
        self.body = nn.Sequential(
            *_filtered(start, wide, 1),
            nn.ReLU(inplace=True),
            *_filtered(wide, wide, kernel, stride, groups=wide),
            nn.ReLU(inplace=True),
            *_filtered(wide, end, 1),
        )
        self.skips = stride == 1 and start == end

    def forward(self, x: Tensor) -> Tensor:
        """(b, channels out, side / stride, side / stride)."""
        return x + self.body(x) if self.skips else self.body(x)


class Student(nn.Module):
    """A picture to one vector, with the maps that are compared with those of teachers."""

    def __init__(self) -> None:
        super().__init__()
        self.early = nn.Sequential(
            *_filtered(3, 48, 7, 4),
            nn.ReLU(inplace=True),
            InvertedResidual((48, 48), 96, 3, 1),
            InvertedResidual((48, 80), 160, 5, 2),
            *(InvertedResidual((80, 80), 240, 3, 1) for _ in range(2)),
            InvertedResidual((80, 144), 320, 5, 2),
            *(InvertedResidual((144, 144), 432, 5, 1) for _ in range(4)),
        )
        self.late = nn.Sequential(
            InvertedResidual((144, 256), 640, 5, 2),
            *(InvertedResidual((256, 256), 768, 3, 1) for _ in range(2)),
            *_filtered(256, WIDTH, 1),
            nn.ReLU(inplace=True),
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """(b, WIDTH) vectors of (b, 3, SIDE, SIDE) pixels from -1 to 1."""
        return self.late(self.early(pixels)).mean(dim=(2, 3))


class TwoScales(nn.Module):
    """A student that sees a picture at two scales.

    Its output holds for each scale the mean of the late map, which says what the whole is, and the
    largest values of the early map, which say which details occur in it.
    """

    def __init__(self, student: Student) -> None:
        super().__init__()
        self.student = student

    def forward(self, pixels: Tensor) -> Tensor:
        """(b, 2 x (WIDTH + 144)) vectors of (b, 3, SIDE, SIDE) pixels from -1 to 1."""
        further = functional.interpolate(pixels, size=_FURTHER, mode="bilinear")
        return torch.cat([self._at_scale(pixels), self._at_scale(further)], 1)

    def _at_scale(self, pixels: Tensor) -> Tensor:
        early = self.student.early(pixels)
        late = self.student.late(early)
        return torch.cat([late.mean(dim=(2, 3)), early.amax(dim=(2, 3))], 1)


def _filtered(
    start: int, end: int, kernel: int, stride: int = 1, groups: int = 1
) -> list[nn.Module]:
    return [
        nn.Conv2d(start, end, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(end),
    ]
