"""Backpacks."""

from __future__ import annotations

from random import Random

from demo.colours import GOLD, INK, LEATHER, STEEL, Rgb, darker, lighter
from demo.drawings.patterns import emblem, lively, pattern
from demo.shapes import arc, blob, curve, path, slab
from demo.sheet import Sheet


def school_backpack(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A rounded backpack with a front pocket."""
    half = rng.uniform(0.56, 0.66)
    _straps(sheet, half, rgb)
    body = slab((-half, -0.84), (half, 0.9), 0.4)
    sheet.shape(body, rgb)
    pattern(sheet, body, rgb, rng)
    sheet.line(arc((0, -0.4), (half - 0.12, 0.34), 190, 350), 0.035, darker(rgb, 0.5))
    second = rng.choice((darker(rgb, 0.15), lively(rng)))
    sheet.shape(slab((-half + 0.12, 0.14), (half - 0.12, 0.8), 0.14), second)
    sheet.line(path([(-half + 0.2, 0.28), (half - 0.2, 0.28)]), 0.035, darker(second, 0.5))
    sheet.line(path([(half - 0.26, 0.28), (half - 0.26, 0.4)]), 0.05, STEEL)


def hiking_backpack(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A tall backpack with a lid and side pockets."""
    _straps(sheet, 0.5, rgb)
    for side in (-1, 1):
        pocket = slab((0.4, 0.1), (0.72, 0.74), 0.12)
        sheet.shape(pocket * (side, 1), darker(rgb, 0.2))
    sheet.shape(slab((-0.52, -0.7), (0.52, 0.92), 0.16), rgb)
    sheet.shape(
        blob([(-0.58, -0.5), (-0.5, -0.92), (0.5, -0.92), (0.58, -0.5), (0, -0.42)]),
        darker(rgb, 0.12),
    )
    sheet.shape(slab((-0.36, 0.1), (0.36, 0.76), 0.1), lighter(rgb, 0.12))
    for x in (-0.24, 0.24):
        sheet.line(path([(x, -0.5), (x, 0.05)]), 0.05, INK)
        sheet.shape(slab((x - 0.06, -0.24), (x + 0.06, -0.12)), rng.choice((STEEL, lively(rng))))


def flap_backpack(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A backpack with a long flap and buckles."""
    _straps(sheet, 0.6, rgb)
    sheet.shape(slab((-0.62, -0.6), (0.62, 0.88), 0.12), darker(rgb, 0.1))
    drop = rng.uniform(0.1, 0.35)
    flap = blob(
        [
            (-0.66, -0.74),
            (0, -0.84),
            (0.66, -0.74),
            (0.66, drop - 0.1),
            (0, drop),
            (-0.66, drop - 0.1),
        ]
    )
    sheet.shape(flap, rgb)
    emblem(sheet, -0.3, rgb, rng)
    trim = rng.choice((LEATHER, INK))
    for x in (-0.32, 0.32):
        sheet.line(path([(x, drop - 0.3), (x, drop + 0.3)]), 0.1, trim)
        sheet.shape(slab((x - 0.08, drop + 0.02), (x + 0.08, drop + 0.16), 0.02), GOLD)


def _straps(sheet: Sheet, half: float, rgb: Rgb) -> None:
    for side in (-1, 1):
        strap = curve(
            [(side * 0.3, -0.8), (side * (half + 0.2), -0.3), (side * (half + 0.14), 0.6)]
        )
        sheet.line(strap, 0.1, darker(rgb, 0.45))
    sheet.line(arc((0, -0.84), (0.18, 0.16), 180, 360), 0.06, darker(rgb, 0.45))
