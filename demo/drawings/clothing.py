"""Shirts and dresses."""

from __future__ import annotations

from random import Random

from demo.colours import Rgb, darker, lighter
from demo.drawings.patterns import emblem, pattern
from demo.shapes import Path, arc, blob, curve, mirrored, path
from demo.sheet import Sheet


def t_shirt(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A T-shirt with a round neck and short sleeves."""
    width = rng.uniform(0.5, 0.62)
    body = mirrored(
        [(0.26, -0.82), (0.6, -0.7), (1.02, -0.22), (0.76, 0.0), (width, -0.22), (width, 0.86)]
    )
    _shirt(sheet, body, rgb, rng)
    _round_neck(sheet, rgb)


def v_neck(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A shirt with a pointed neck."""
    width = rng.uniform(0.46, 0.6)
    body = mirrored(
        [(0.24, -0.84), (0.58, -0.74), (0.9, -0.08), (0.66, 0.06), (width, -0.26), (width, 0.84)]
    )
    _shirt(sheet, body, rgb, rng)
    depth = rng.uniform(-0.5, -0.3)
    sheet.shape(path([(-0.24, -0.84), (0.24, -0.84), (0, depth)]), darker(rgb, 0.4))
    collar = path([(-0.24, -0.84), (0, depth), (0.24, -0.84)])
    sheet.line(collar, 0.05, lighter(rgb, 0.15))


def long_sleeve(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A long-sleeved shirt."""
    body = mirrored(
        [(0.25, -0.86), (0.58, -0.76), (0.96, 0.55), (0.76, 0.62), (0.52, -0.2), (0.52, 0.84)]
    )
    _shirt(sheet, body, rgb, rng)
    for side in (-1, 1):
        sheet.line(path([(side * 0.95, 0.53), (side * 0.77, 0.6)]), 0.07, darker(rgb))
    _round_neck(sheet, rgb)


def summer_dress(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A dress on thin straps with a wide skirt."""
    flare, waist = rng.uniform(0.6, 0.85), rng.uniform(0.22, 0.3)
    for side in (-1, 1):
        sheet.line(curve([(side * 0.2, -0.98), (side * 0.25, -0.74)]), 0.05, darker(rgb))
    body = mirrored([(0, -0.66), (0.3, -0.76), (waist, -0.2), (flare, 0.84), (0, 0.95)])
    sheet.shape(body, rgb)
    pattern(sheet, body, rgb, rng)
    _belt(sheet, waist, rgb)
    _folds(sheet, flare, rgb)


def evening_dress(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A long narrow dress."""
    hem = rng.uniform(0.34, 0.6)
    body = blob(
        mirrored([(0.1, -0.72), (0.3, -0.96), (0.33, -0.6), (0.2, -0.25), (0.32, 0.1), (hem, 0.98)])
    )
    sheet.shape(body, rgb)
    pattern(sheet, body, rgb, rng)
    sheet.line(curve([(0.05, 0.1), (0.12, 0.5), (0.1, 0.95)]), 0.03, darker(rgb))
    _belt(sheet, 0.21, rgb)


def shirt_dress(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A dress with sleeves and a row of buttons."""
    flare = rng.uniform(0.45, 0.65)
    sleeve = [(0.2, -0.95), (0.42, -0.86), (0.66, -0.4), (0.5, -0.3), (0.33, -0.5)]
    body = mirrored([*sleeve, (0.28, -0.15), (flare, 0.92)])
    sheet.shape(body, rgb)
    pattern(sheet, body, rgb, rng)
    _round_neck(sheet, rgb, at=-0.95, half=0.2)
    for y in (-0.7, -0.5, -0.3, 0.05, 0.3, 0.55):
        sheet.line(path([(0, y), (0.001, y)]), 0.07, lighter(rgb, 0.6))
    _belt(sheet, 0.29, rgb)


def _shirt(sheet: Sheet, body: Path, rgb: Rgb, rng: Random) -> None:
    sheet.shape(body, rgb)
    if rng.random() < 0.4:
        pattern(sheet, body, rgb, rng)
    else:
        emblem(sheet, -0.1, rgb, rng)
    for side in (-1, 1):
        sheet.line(path([(side * 0.53, -0.24), (side * 0.5, 0.1)]), 0.025, darker(rgb))


def _round_neck(sheet: Sheet, rgb: Rgb, at: float = -0.82, half: float = 0.26) -> None:
    neck = arc((0, at), (half, 0.17), 0, 180)
    sheet.fill(neck, darker(rgb, 0.4))
    sheet.line(neck, 0.05, lighter(rgb, 0.15))


def _belt(sheet: Sheet, half: float, rgb: Rgb) -> None:
    sheet.line(path([(-half, -0.2), (half, -0.2)]), 0.08, darker(rgb, 0.4))


def _folds(sheet: Sheet, flare: float, rgb: Rgb) -> None:
    for share in (-0.6, -0.2, 0.25, 0.65):
        fold = path([(share * 0.35, -0.05), (share * flare, 0.85)])
        sheet.line(fold, 0.022, darker(rgb, 0.16))
