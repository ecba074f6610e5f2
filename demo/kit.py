"""A photo of a make-up kit, for examples of one product."""

from __future__ import annotations

from io import BytesIO
from random import Random

from PIL import Image

from demo.colours import COLOURS, INK, WHITE, darker, lighter
from demo.shapes import disc, path, slab
from demo.sheet import Pose, Sheet

_SIDE = 320
_QUALITY = 88


def kit_photo() -> bytes:
    """A JPEG file of a pink palette with a mirror, nine colours, a lipstick and a brush."""
    rng = Random("kit")
    sheet = Sheet((_SIDE, _SIDE), Pose((_SIDE / 2, _SIDE / 2), _SIDE / 2))
    _palette(sheet, rng)
    _lipstick(sheet)
    _brush(sheet)
    photo = Image.new("RGBA", (_SIDE, _SIDE), (*WHITE, 255))
    photo.alpha_composite(sheet.image())
    buffer = BytesIO()
    photo.convert("RGB").save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


def _palette(sheet: Sheet, rng: Random) -> None:
    case = COLOURS["pink"].rgb
    sheet.shape(slab((-0.8, -0.9), (0.4, -0.06), 0.1), case)
    sheet.shape(slab((-0.7, -0.8), (0.3, -0.16), 0.06), (214, 230, 238))
    sheet.line(path([(-0.55, -0.3), (-0.15, -0.7)]), 0.06, WHITE)
    sheet.shape(slab((-0.8, -0.04), (0.4, 0.86), 0.1), case)
    names = ["pink", "purple", "brown", "copper", "rose gold", "beige", "red", "gold", "orange"]
    rng.shuffle(names)
    for number, name in enumerate(names):
        centre = (-0.6 + 0.4 * (number % 3), 0.14 + 0.27 * (number // 3))
        sheet.shape(disc(centre, 0.12), darker(COLOURS[name].rgb, 0.05))
        sheet.fill(disc((centre[0] - 0.03, centre[1] - 0.03), 0.05), lighter(COLOURS[name].rgb))


def _lipstick(sheet: Sheet) -> None:
    sheet.shape(slab((0.55, 0.25), (0.75, 0.86), 0.03), INK)
    sheet.shape(slab((0.57, 0.02), (0.73, 0.25)), COLOURS["gold"].rgb)
    red = COLOURS["red"].rgb
    sheet.shape(path([(0.59, 0.02), (0.59, -0.3), (0.71, -0.42), (0.71, 0.02)]), red)


def _brush(sheet: Sheet) -> None:
    sheet.line(path([(0.9, 0.84), (0.9, 0.1)]), 0.06, COLOURS["pink"].rgb)
    sheet.shape(slab((0.85, -0.08), (0.95, 0.12)), COLOURS["silver"].rgb)
    hair = path([(0.85, -0.08), (0.8, -0.4), (0.9, -0.52), (1.0, -0.4), (0.95, -0.08)])
    sheet.shape(hair, COLOURS["brown"].rgb)
