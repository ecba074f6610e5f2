"""Views of photos as odd as those that sellers upload, and what teachers saw in the same place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

_ZOOM = (0.65, 1.5)
_STRETCH = 0.15
_TURN = 0.2
_SHIFT = 0.15


@dataclass(frozen=True)
class Batch:
    """Photos and the outputs of teachers for them.

    Attributes:
        pixels: (b, 3, side, side) from -1 to 1.
        maps: for each teacher (b, d, s, s).
        wholes: for each teacher (b, d).
    """

    pixels: Tensor
    maps: Sequence[Tensor]
    wholes: Sequence[Tensor]


def view(batch: Batch, side: int, cells: int) -> Batch:
    """A random view of each photo.

    Photos are zoomed, stretched, turned, shifted and mirrored, and the maps with them; some become
    a collage with another one; then colours, sharpness and noise change, which maps do not show.

    Args:
        batch: whole photos.
        side: of the view, in pixels.
        cells: the side of the maps that are wanted.
    """
    places = _places(len(batch.pixels), batch.pixels.device)
    pixels = _seen(batch.pixels - 1, places, side, "zeros") + 1  # outside of the photo is white
    maps = [_seen(one, places, cells, "border") for one in batch.maps]
    seen = _collage(Batch(pixels, maps, batch.wholes))
    return Batch(_recoloured(_blurred(seen.pixels)), seen.maps, seen.wholes)


def _places(count: int, device: torch.device) -> Tensor:
    """(count, 2, 3) affine maps from the view to the photo."""
    zoom = torch.exp(_between(count, *(torch.tensor(_ZOOM).log().tolist())))
    stretch = torch.exp(_between(count, -_STRETCH, _STRETCH))
    turn = _between(count, -_TURN, _TURN) * (torch.rand(count) < 0.5)
    mirror = torch.where(torch.rand(count) < 0.5, -1.0, 1.0)
    across, down = 1 / (zoom * stretch), stretch / zoom
    rows = [
        torch.stack([mirror * across * turn.cos(), -down * turn.sin(), _shift(count)], 1),
        torch.stack([mirror * across * turn.sin(), down * turn.cos(), _shift(count)], 1),
    ]
    return torch.stack(rows, 1).to(device)


def _seen(image: Tensor, places: Tensor, side: int, outside: str) -> Tensor:
    grid = functional.affine_grid(places, [len(image), 1, side, side], align_corners=False)
    return functional.grid_sample(image, grid, padding_mode=outside, align_corners=False)


def _collage(batch: Batch) -> Batch:
    """The right half of one photo in ten comes from the next photo, and so do half of the words."""
    chosen = torch.rand(len(batch.pixels), device=batch.pixels.device) < 0.1
    maps = [_halves(one, chosen) for one in batch.maps]
    wholes = [torch.where(chosen[:, None], (one + one.roll(1, 0)) / 2, one) for one in batch.wholes]
    return Batch(_halves(batch.pixels, chosen), maps, wholes)


def _halves(image: Tensor, chosen: Tensor) -> Tensor:
    right = torch.arange(image.shape[3], device=image.device) >= image.shape[3] // 2
    return torch.where(chosen[:, None, None, None] & right, image.roll(1, 0), image)


def _blurred(pixels: Tensor) -> Tensor:
    """One photo in five is coarse, as if it had been tiny."""
    chosen = torch.rand(len(pixels), device=pixels.device) < 0.2
    if chosen.any():
        side = pixels.shape[2]
        small = functional.interpolate(pixels[chosen], size=side // 3, mode="area")
        pixels[chosen] = functional.interpolate(small, size=side, mode="bilinear")
    return pixels


def _recoloured(pixels: Tensor) -> Tensor:
    light, contrast, saturation = (
        _between(len(pixels), low, high).to(pixels.device)[:, None, None, None]
        for low, high in ((-0.3, 0.3), (0.6, 1.4), (0.5, 1.5))
    )
    grey = pixels.mean(dim=1, keepdim=True)
    grey_only = torch.rand(len(pixels), device=pixels.device)[:, None, None, None] < 0.08
    pixels = grey + (pixels - grey) * torch.where(grey_only, 0.0, saturation)
    noisy = torch.rand(len(pixels), device=pixels.device)[:, None, None, None] < 0.2
    pixels = pixels * contrast + light + noisy * 0.1 * torch.randn_like(grey)
    return pixels.clamp(-1, 1)


def _between(count: int, low: float, high: float) -> Tensor:
    return torch.rand(count) * (high - low) + low


def _shift(count: int) -> Tensor:
    return _between(count, -_SHIFT, _SHIFT)
