"""Lamps and cushions."""

from __future__ import annotations

from random import Random

import numpy as np

from demo.colours import GOLD, INK, LEATHER, STEEL, Rgb, darker, lighter
from demo.drawings.patterns import pattern
from demo.shapes import (
    arc,
    blob,
    curve,
    disc,
    mirrored,
    on_circle,
    oval,
    path,
    slab,
    turned,
)
from demo.sheet import Sheet

_GLOW: Rgb = (255, 236, 170)


def table_lamp(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A lamp with a cloth shade on a foot."""
    foot = rng.choice((GOLD, LEATHER, STEEL, INK))
    narrow, broad = rng.uniform(0.28, 0.45), rng.uniform(0.5, 0.75)
    sheet.line(path([(0, -0.2), (0, 0.85)]), 0.09, foot)
    if rng.random() < 0.5:
        vase = mirrored([(0.06, 0.05), (0.3, 0.4), (0.14, 0.84)])
        sheet.shape(blob(vase), foot)
    sheet.shape(oval((0, 0.88), (0.38, 0.09)), foot)
    shade = mirrored([(narrow, -0.92), (broad, -0.1)])
    sheet.shape(shade, rgb)
    pattern(sheet, shade, rgb, rng)
    sheet.fill(oval((0, -0.1), (broad * 0.97, 0.06)), _GLOW)


def desk_lamp(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A lamp on a jointed arm."""
    knee = rng.uniform(-0.6, -0.35)
    sheet.shape(slab((-0.6, 0.82), (0.15, 0.94), 0.05), rgb)
    arm = path([(-0.25, 0.84), (knee, 0.05), (0.1, -0.6)])
    for part in (arm[:2], arm[1:]):
        sheet.line(part, 0.075, rng.choice((STEEL, rgb)))
    sheet.shape(disc((knee, 0.05), 0.085), darker(rgb))
    head = path([(-0.08, -0.84), (0.16, -0.92), (0.72, -0.42), (0.16, -0.1)])
    sheet.shape(head, rgb)
    sheet.shape(turned(oval((0.44, -0.26), (0.33, 0.1)), -30, (0.44, -0.26)), _GLOW)


def pendant_lamp(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A lamp that hangs from the ceiling."""
    sheet.line(path([(0, -1.1), (0, -0.1)]), 0.035, INK)
    height = rng.uniform(0.45, 0.8)
    dome = arc((0, 0.4), (0.78, height), 180, 360)
    sheet.shape(disc((0, 0.42), 0.17), _GLOW)
    sheet.shape(dome, rgb)
    sheet.line(path([(-0.78, 0.4), (0.78, 0.4)]), 0.06, darker(rgb, 0.3))
    sheet.line(arc((0, 0.4), (0.62, height - 0.14), 200, 245), 0.05, lighter(rgb, 0.5))
    sheet.shape(slab((-0.09, 0.3 - height), (0.09, 0.45 - height), 0.03), INK)


def floor_lamp(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A tall lamp on three legs."""
    wood = rng.choice((LEATHER, (196, 150, 100), INK))
    for x in (-0.46, 0.04, 0.46):
        sheet.line(path([(0, -0.4), (x, 0.98)]), 0.06, wood)
    half = rng.uniform(0.36, 0.5)
    shade = mirrored([(half * 0.85, -0.98), (half, -0.4)])
    sheet.shape(shade, rgb)
    sheet.fill(oval((0, -0.4), (half * 0.97, 0.05)), _GLOW)


def square_cushion(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A puffed square cushion."""
    soft = rng.uniform(0.72, 0.8)
    right = [(0, -soft), (0.6, -0.8), (0.86, -0.88), (0.8, -0.6), (soft, 0)]
    lower = [(0.8, 0.6), (0.86, 0.88), (0.6, 0.8), (0, soft)]
    cover = blob(mirrored([*right, *lower]))
    if rng.random() < 0.25:
        for x, y in ((-0.86, -0.86), (0.86, -0.86), (0.86, 0.86), (-0.86, 0.86)):
            sheet.line(path([(x, y), (x * 1.14, y * 1.14)]), 0.1, darker(rgb, 0.35))
    sheet.shape(cover, rgb)
    pattern(sheet, cover, rgb, rng)
    for side in (-1, 1):
        sheet.line(curve([(side * 0.78, 0.76), (side * 0.6, 0.5)]), 0.025, darker(rgb))


def round_cushion(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A round pleated cushion with a button."""
    sheet.shape(disc((0, 0), 0.82), rgb)
    for angle in np.arange(0, 360, rng.choice((20, 30, 36))):
        inner, middle, outer = (on_circle((0, 0), at, angle + at * 20) for at in (0.14, 0.4, 0.78))
        sheet.line(curve([inner, middle, outer]), 0.03, darker(rgb, 0.22))
    sheet.line(arc((0, 0), (0.8, 0.8), 0, 360), 0.05, darker(rgb, 0.3))
    sheet.shape(disc((0, 0), 0.12), darker(rgb, 0.15))


def bolster(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A wide lumbar cushion."""
    half = rng.uniform(0.4, 0.52)
    right = [(0, -half * 0.86), (0.98, -half), (0.9, 0), (0.98, half), (0, half * 0.86)]
    cover = blob(mirrored(right))
    sheet.shape(cover, rgb)
    pattern(sheet, cover, rgb, rng)
    for x in (-0.7, 0.7):
        sheet.line(path([(x, -half * 0.85), (x, half * 0.85)]), 0.04, darker(rgb))
