"""The sheet that drawings are made on: drawn large, then reduced to smooth edges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

import numpy as np
from PIL import Image, ImageDraw

from demo.colours import Rgb, darker
from demo.shapes import Path, Point, band, disc

_OVERSAMPLING = 3
_EDGE = 0.022


@dataclass(frozen=True, slots=True)
class Pose:
    """How a drawing lies on its sheet.

    Attributes:
        centre: the drawing's origin in pixels from the left top.
        unit: pixels for 1 of the drawing's unit coordinates.
        turn: degrees clockwise.
        flipped: left and right change places.
    """

    centre: Point
    unit: float
    turn: float = 0.0
    flipped: bool = False


class Sheet:
    """A transparent sheet that takes shapes in unit coordinates.

    Args:
        size: width and height in pixels.
        pose: how the drawing lies on the sheet.
    """

    def __init__(self, size: tuple[int, int], pose: Pose) -> None:
        width, height = size
        self._layer = Image.new("RGBa", (width * _OVERSAMPLING, height * _OVERSAMPLING))
        self._pen = ImageDraw.Draw(self._layer)
        cos, sin = np.cos(np.radians(pose.turn)), np.sin(np.radians(pose.turn))
        side = -1 if pose.flipped else 1
        scale = pose.unit * _OVERSAMPLING
        self._matrix = np.array([[cos * side, sin * side], [-sin, cos]]) * scale
        self._edge = round(_EDGE * scale)
        self._shift = np.array(pose.centre) * _OVERSAMPLING

    def fill(self, outline: Path, rgb: Rgb) -> None:
        """A plain area."""
        self._pen.polygon(self._pixels(outline), fill=(*rgb, 255))

    def shape(self, outline: Path, rgb: Rgb) -> None:
        """An area with a fine darker edge."""
        self.fill(outline, rgb)
        closed = np.vstack([outline, outline[:2]])
        self._pen.line(self._pixels(closed), fill=(*darker(rgb, 0.3), 255), width=self._edge)

    def line(self, middle: Path, width: float, rgb: Rgb) -> None:
        """A path drawn with a round pen."""
        self.fill(band(middle, width), rgb)
        for end in (middle[0], middle[-1]):
            self.fill(disc((end[0], end[1]), width / 2), rgb)

    def erase(self, outline: Path) -> None:
        """A hole down to the background."""
        self._pen.polygon(self._pixels(outline), fill=(0, 0, 0, 0))

    @contextmanager
    def within(self, outline: Path) -> Iterator[None]:
        """What is drawn inside the block shows inside the outline alone."""
        before = self._layer.copy()
        yield
        mask = Image.new("1", self._layer.size)
        ImageDraw.Draw(mask).polygon(self._pixels(outline), fill=1)
        before.paste(self._layer, mask=mask)
        self._layer = before
        self._pen = ImageDraw.Draw(before)

    def image(self) -> Image.Image:
        """The drawing (RGBA) in its final size."""
        return self._layer.reduce(_OVERSAMPLING).convert("RGBA")

    def _pixels(self, outline: Path) -> list[float]:
        pixels: list[float] = (outline @ self._matrix + self._shift).ravel().tolist()
        return pixels


Drawing = Callable[[Sheet, Rgb, Random], None]
"""Draws one kind of product in a colour; what else may differ is up to the generator."""
