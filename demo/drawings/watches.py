"""Watches with hands and watches with a screen."""

from __future__ import annotations

from random import Random

import numpy as np

from demo.colours import GOLD, INK, LEATHER, STEEL, WHITE, Rgb, contrasting, darker, lighter
from demo.drawings.patterns import lively
from demo.shapes import Path, arc, disc, on_circle, path, slab
from demo.sheet import Sheet


def dress_watch(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A flat round watch on a strap."""
    _strap(sheet, rgb, 0.24)
    radius = rng.uniform(0.46, 0.54)
    case = rng.choice((STEEL, GOLD, (214, 160, 140)))
    sheet.shape(slab((radius, -0.07), (radius + 0.1, 0.07), 0.03), case)
    sheet.shape(disc((0, 0), radius), case)
    _dial(sheet, radius * 0.86, rng.choice((WHITE, INK, (238, 230, 212), (40, 62, 110))), rng)


def chronograph(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A heavy round watch with small dials and pushers."""
    _links(sheet, rng.choice((STEEL, rgb, rgb)))
    for angle in (-35, 0, 35):
        at = arc((0, 0), (0.62, 0.62), angle, angle)[0]
        sheet.shape(disc((at[0], at[1]), 0.08), darker(STEEL))
    sheet.shape(disc((0, 0), 0.6), darker(STEEL, 0.1))
    sheet.shape(disc((0, 0), 0.54), INK)
    face = rng.choice((INK, WHITE, (40, 62, 110), (24, 80, 66)))
    _dial(sheet, 0.46, face, rng)
    for at in ((-0.2, 0.0), (0.2, 0.0), (0.0, 0.22)):
        sheet.shape(disc(at, 0.11), lighter(face, 0.2))
        sheet.line(path([at, (at[0] + 0.05, at[1] - 0.06)]), 0.02, contrasting(face))


def square_watch(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A rectangular watch with hands."""
    _strap(sheet, rgb, 0.26)
    case = rng.choice((GOLD, STEEL))
    sheet.shape(slab((-0.4, -0.48), (0.4, 0.48), 0.08), case)
    face = rng.choice((WHITE, (238, 230, 212), INK))
    sheet.shape(slab((-0.33, -0.41), (0.33, 0.41), 0.04), face)
    _hands(sheet, 0.3, contrasting(face), rng)


def smart_watch(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A rounded square watch with a lit screen."""
    _strap(sheet, rgb, 0.32)
    sheet.shape(slab((0.42, -0.16), (0.52, 0.02), 0.03), STEEL)
    sheet.shape(slab((-0.46, -0.54), (0.46, 0.54), 0.2), rng.choice((STEEL, INK, GOLD)))
    sheet.fill(slab((-0.4, -0.48), (0.4, 0.48), 0.16), (14, 14, 20))
    rng.choice((_rings, _digits, _tiles))(sheet, rng)


def round_smart_watch(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A round watch with a lit screen."""
    _strap(sheet, rgb, 0.28)
    sheet.shape(disc((0, 0), 0.54), rng.choice((INK, STEEL)))
    sheet.fill(disc((0, 0), 0.46), (14, 14, 20))
    rng.choice((_rings, _digits))(sheet, rng)


def fitness_band(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A slim band with a narrow screen."""
    _strap(sheet, rgb, 0.24)
    sheet.shape(slab((-0.28, -0.56), (0.28, 0.56), 0.24), INK)
    sheet.fill(slab((-0.21, -0.46), (0.21, 0.46), 0.18), (14, 14, 20))
    for step in range(3):
        tone, y = lively(rng), -0.24 + step * 0.24
        sheet.line(path([(-0.1, y), (rng.uniform(0.0, 0.12), y)]), 0.08, tone)


def _strap(sheet: Sheet, rgb: Rgb, half: float) -> None:
    for side in (-1, 1):
        end = half * 0.75
        strip = path([(-half, 0), (half, 0), (end, side), (-end, side)])
        sheet.shape(strip, rgb)
    for hole in (0.62, 0.74, 0.86):
        sheet.fill(disc((0, hole), 0.035), darker(rgb, 0.5))
    sheet.line(path([(-half * 0.8, -0.88), (half * 0.8, -0.88)]), 0.06, STEEL)


def _links(sheet: Sheet, rgb: Rgb) -> None:
    for y in np.arange(-0.98, 0.98, 0.14):
        half = 0.3 - abs(y) * 0.1
        sheet.shape(slab((-half, y), (half, y + 0.13), 0.03), rgb)
        sheet.fill(slab((-0.09, y + 0.02), (0.09, y + 0.11)), lighter(rgb, 0.35))


def _dial(sheet: Sheet, radius: float, face: Rgb, rng: Random) -> None:
    sheet.shape(disc((0, 0), radius), face)
    for angle in range(0, 360, 30):
        inner, outer = (_on_dial(radius * share, angle) for share in (0.78, 0.92))
        sheet.line(np.vstack([inner, outer]), 0.03, contrasting(face))
    _hands(sheet, radius, contrasting(face), rng)


def _hands(sheet: Sheet, radius: float, rgb: Rgb, rng: Random) -> None:
    for share, width in ((0.5, 0.06), (0.74, 0.04)):
        tip = _on_dial(radius * share, rng.uniform(0, 360))
        sheet.line(np.vstack([[(0.0, 0.0)], tip]), width, rgb)
    sheet.fill(disc((0, 0), 0.045), rng.choice((LEATHER, (190, 40, 40), rgb)))


def _on_dial(radius: float, angle: float) -> Path:
    return path([on_circle((0, 0), radius, angle)])


def _rings(sheet: Sheet, rng: Random) -> None:
    for radius in (0.34, 0.25, 0.16):
        sheet.line(arc((0, 0), (radius, radius), -90, rng.uniform(60, 230)), 0.07, lively(rng))


def _digits(sheet: Sheet, rng: Random) -> None:
    tone = lively(rng)
    for left in (-0.28, 0.06):
        for y in (-0.2, -0.02, 0.16):
            if rng.random() < 0.8:
                sheet.line(path([(left, y), (left + 0.2, y)]), 0.05, tone)
        for x, y in ((left, -0.2), (left + 0.2, -0.2), (left, -0.02), (left + 0.2, -0.02)):
            if rng.random() < 0.8:
                sheet.line(path([(x, y), (x, y + 0.18)]), 0.05, tone)
    sheet.line(path([(-0.2, 0.32), (0.2, 0.32)]), 0.05, lively(rng))


def _tiles(sheet: Sheet, rng: Random) -> None:
    for x in (-0.22, 0.0, 0.22):
        for y in (-0.28, 0.0, 0.28):
            sheet.fill(disc((x, y), 0.095), lively(rng))
