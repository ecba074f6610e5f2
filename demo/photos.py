"""From a drawing to a photograph: pose, light, shadow and background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from demo.colours import COLOURS, WHITE, Rgb, darker, lighter, mix
from demo.sheet import Drawing, Pose, Sheet

_SIZES = ((144, 144), (144, 144), (132, 132), (160, 160), (132, 144), (156, 132))


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture to be taken; the same one comes out every time.

    Attributes:
        draw: what is seen.
        rgb: the colour that it comes in.
        seed: decides on all else: variant, pose, light and background.
    """

    draw: Drawing
    rgb: Rgb
    seed: str

    def cut_out(self) -> Image.Image:
        """The product alone (RGBA) on a transparent ground."""
        return _lit(self._drawn(Random(self.seed)))

    def take(self) -> Image.Image:
        """The product with its shadow on a background (RGB)."""
        rng = Random(self.seed)
        product = _lit(self._drawn(rng))
        scene = _background(product.size, rng)
        shadow = product.getchannel("A").filter(ImageFilter.BoxBlur(5))
        strength = rng.uniform(0.1, 0.35)
        scene.paste((60, 60, 70), (3, 6), shadow.point(lambda level: int(level * strength)))
        scene.paste(product, mask=product)
        return scene

    def _drawn(self, rng: Random) -> Image.Image:
        size = rng.choice(_SIZES)
        sheet = Sheet(size, _pose(size, rng))
        self.draw(sheet, _tinted(self.rgb, rng), rng)
        return sheet.image()


def _pose(size: tuple[int, int], rng: Random) -> Pose:
    unit = min(size) / 2 * rng.triangular(0.62, 0.98, 0.9)
    room = max(0.0, min(size) / 2 - unit) * 0.8
    x, y = (side / 2 + rng.uniform(-room, room) for side in size)
    spread = rng.choice((2, 2, 4, 6, 10, 25))
    quarter = rng.choice((0,) * 28 + (90, -90))
    return Pose((x, y), unit, quarter + rng.uniform(-spread, spread), rng.random() < 0.25)


def _tinted(rgb: Rgb, rng: Random) -> Rgb:
    other = COLOURS[rng.choice(("white", "black", "brown", "blue"))].rgb
    return mix(rgb, other, rng.uniform(0.0, 0.18))


def _lit(product: Image.Image) -> Image.Image:
    """Light from the upper left."""
    return ImageChops.multiply(product, _light(product.size))


@cache
def _light(size: tuple[int, int]) -> Image.Image:
    across, down = (np.linspace(0, 1, side) for side in size)
    level = 255 * (1 - 0.07 * (across[None, :] + down[:, None]))
    light = Image.fromarray(level.astype(np.uint8), "L")
    return Image.merge("RGBA", (light, light, light, Image.new("L", size, 255)))


def _background(size: tuple[int, int], rng: Random) -> Image.Image:
    kinds: tuple[Callable[[tuple[int, int], Random], Image.Image], ...] = (_sweep, _table, _wall)
    if rng.random() < 0.65:
        return Image.new("RGB", size, WHITE)
    return rng.choice(kinds)(size, rng)


def _wall(size: tuple[int, int], rng: Random) -> Image.Image:
    return Image.new("RGB", size, _backdrop(rng))


def _sweep(size: tuple[int, int], rng: Random) -> Image.Image:
    """A backdrop that darkens downwards."""
    tone = _backdrop(rng)
    return _vertical(size, lighter(tone, 0.5), darker(tone, rng.uniform(0.05, 0.2)))


def _table(size: tuple[int, int], rng: Random) -> Image.Image:
    """A wall above a table top."""
    scene = Image.new("RGB", size, _backdrop(rng))
    top = round(size[1] * rng.uniform(0.55, 0.8))
    wood = rng.choice(((196, 160, 120), (150, 112, 80), (226, 222, 214), (120, 124, 130)))
    scene.paste(_vertical((size[0], size[1] - top), wood, darker(wood, 0.15)), (0, top))
    return scene


def _backdrop(rng: Random) -> Rgb:
    tone = rng.choice(list(COLOURS.values())).rgb
    return lighter(tone, rng.uniform(0.5, 0.85))


def _vertical(size: tuple[int, int], top: Rgb, bottom: Rgb) -> Image.Image:
    width, height = size
    share = np.linspace(0, 1, height)[:, None, None]
    rows: NDArray[np.float64] = np.array(top) * (1 - share) + np.array(bottom) * share
    return Image.fromarray(np.repeat(rows, width, axis=1).astype(np.uint8), "RGB")
