"""Rings and necklaces."""

from __future__ import annotations

from random import Random

import numpy as np

from demo.colours import Rgb, darker, lighter, mix
from demo.shapes import (
    Path,
    Point,
    arc,
    curve,
    disc,
    mirrored,
    moved,
    oval,
    path,
    polygon,
    slab,
)
from demo.sheet import Sheet

_GEMS: tuple[Rgb, ...] = (
    (214, 232, 244),
    (196, 30, 60),
    (36, 78, 178),
    (30, 142, 96),
    (140, 84, 180),
    (246, 200, 90),
)
_PEARL: Rgb = (244, 238, 228)


def solitaire(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A ring with one stone, from the front."""
    _hoop(sheet, rng.uniform(0.09, 0.16), rgb)
    size = rng.uniform(0.24, 0.4)
    for side in (-1, 1):
        sheet.line(path([(side * 0.08, -0.36), (side * size * 0.8, -0.62)]), 0.06, darker(rgb))
    _gem(sheet, (0, -0.62), size, rng.choice(_GEMS))


def band_ring(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A broad plain ring that lies flat."""
    width, flat = rng.uniform(0.2, 0.38), rng.uniform(0.4, 0.6)
    sheet.shape(oval((0, width / 2), (0.85, flat)), rgb)
    sheet.fill(slab((-0.85, -width / 2), (0.85, width / 2)), rgb)
    sheet.shape(oval((0, -width / 2), (0.85, flat)), lighter(rgb, 0.25))
    sheet.fill(oval((0, -width / 2), (0.74, flat - 0.09)), darker(rgb, 0.4))
    sheet.erase(oval((0, width * 0.3), (0.7, max(0.1, flat - 0.26))))
    sheet.line(arc((0, width / 2), (0.8, flat), 60, 120), 0.05, lighter(rgb, 0.55))
    if rng.random() < 0.5:
        for angle in range(40, 141, 20):
            stone = moved(disc((0, 0), 0.05), *arc((0, width * 0.1), (0.83, flat), angle, angle)[0])
            sheet.shape(stone, _GEMS[0])


def signet(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A ring with a flat engraved face."""
    _hoop(sheet, 0.16, rgb)
    face = rng.choice((oval((0, -0.5), (0.46, 0.28)), slab((-0.42, -0.76), (0.42, -0.26), 0.08)))
    sheet.shape(face, lighter(rgb, 0.15))
    sheet.shape(polygon((0, -0.5), 0.16, rng.choice((4, 5, 6))), darker(rgb, 0.4))


def pendant(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A fine chain with a pendant."""
    depth = rng.uniform(0.3, 0.6)
    sheet.line(_string(depth), 0.035, rgb)
    _beads(sheet, _string(depth)[::2], 0.03, darker(rgb))
    kind = rng.choice(("gem", "drop", "medal", "cross"))
    if kind == "gem":
        _gem(sheet, (0, depth + 0.18), 0.2, rng.choice(_GEMS))
    elif kind == "drop":
        drop = mirrored([(0, depth), (0.14, depth + 0.24), (0, depth + 0.38)])
        sheet.shape(drop, rng.choice(_GEMS))
    elif kind == "medal":
        sheet.shape(disc((0, depth + 0.18), 0.19), lighter(rgb))
        sheet.shape(polygon((0, depth + 0.18), 0.1, 5), darker(rgb))
    else:
        sheet.line(path([(0, depth), (0, depth + 0.4)]), 0.08, rgb)
        sheet.line(path([(-0.14, depth + 0.13), (0.14, depth + 0.13)]), 0.08, rgb)


def pearls(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A string of pearls or beads."""
    beads = _string(rng.uniform(0.6, 0.85))
    tone = mix(rng.choice((_PEARL, _PEARL, *_GEMS)), rgb, 0.2)
    _beads(sheet, beads, 0.085, tone)


def collar(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A statement necklace with hanging stones."""
    string = _string(rng.uniform(0.3, 0.5))
    sheet.line(string, 0.06, rgb)
    middle = len(string) // 2
    for offset in range(-12, 13, 4):
        x, y = string[middle + offset]
        drop = 0.16 + 0.012 * (12 - abs(offset))
        sheet.line(path([(x, y), (x, y + drop)]), 0.03, rgb)
        _gem(sheet, (x, y + drop), 0.11, rng.choice(_GEMS))


def _hoop(sheet: Sheet, width: float, rgb: Rgb) -> None:
    for radius, start, stop, share, tone in (
        (0.64, 0, 360, 1.0, rgb),
        (0.64 - width * 0.35, 0, 360, 0.25, darker(rgb, 0.3)),
        (0.64, 110, 160, 0.35, lighter(rgb, 0.6)),
    ):
        sheet.line(arc((0, 0.22), (radius, radius), start, stop), width * share, tone)


def _gem(sheet: Sheet, at: Point, size: float, rgb: Rgb) -> None:
    sheet.shape(polygon(at, size, 8, 22.5), rgb)
    sheet.fill(polygon(at, size * 0.62, 8), lighter(rgb, 0.4))
    sparkle = path([(0, 0), (-0.5, -0.3), (0, -0.6)]) * size
    sheet.fill(moved(sparkle, *at), lighter(rgb, 0.8))


def _string(depth: float) -> Path:
    """A chain that hangs from the two upper corners down to `depth`."""
    return curve(mirrored([(0.62, -0.95), (0.66, -0.5), (0.42, depth * 0.5), (0.0, depth)]))


def _beads(sheet: Sheet, string: Path, radius: float, rgb: Rgb) -> None:
    length = np.r_[0, np.cumsum(np.hypot(*np.diff(string, axis=0).T))]
    for at in np.arange(0, length[-1], radius * 2):
        x, y = (float(np.interp(at, length, string[:, axis])) for axis in (0, 1))
        sheet.shape(disc((x, y), radius), rgb)
        sheet.fill(disc((x - radius * 0.3, y - radius * 0.3), radius * 0.3), lighter(rgb, 0.7))
