"""Prints and weaves that go on cloth, mugs and cushions."""

from __future__ import annotations

from random import Random

import numpy as np

from demo.colours import COLOURS, Rgb, contrasting, lighter
from demo.shapes import Path, disc, moved, slab, star
from demo.sheet import Sheet


def lively(rng: Random) -> Rgb:
    """A colour for a print."""
    names = ("red", "blue", "yellow", "green", "orange", "teal", "pink", "white")
    return COLOURS[rng.choice(names)].rgb


def pattern(sheet: Sheet, outline: Path, rgb: Rgb, rng: Random) -> None:
    """An all-over pattern inside the outline, or none."""
    draw = rng.choice((None, None, _stripes, _dots, _checks, _zigzag))
    if draw is None:
        return
    tone = rng.choice((contrasting(rgb), lively(rng)))
    with sheet.within(outline):
        draw(sheet, tone, rng)


def emblem(sheet: Sheet, height: float, rgb: Rgb, rng: Random) -> None:
    """A print on the middle of the product at the given height, or none."""
    draw = rng.choice((None, _spot, _star, _bars, _heart))
    if draw is None:
        return
    tone = rng.choice((contrasting(rgb), lively(rng)))
    draw(sheet, height, rng.uniform(0.14, 0.26), tone)


def _spot(sheet: Sheet, height: float, size: float, tone: Rgb) -> None:
    sheet.fill(disc((0, height), size), tone)
    sheet.fill(disc((size * 0.25, height - size * 0.2), size * 0.55), lighter(tone, 0.4))


def _star(sheet: Sheet, height: float, size: float, tone: Rgb) -> None:
    sheet.fill(star((0, height), size), tone)


def _bars(sheet: Sheet, height: float, size: float, tone: Rgb) -> None:
    for offset in (-0.5, 0.1, 0.7):
        top = height + offset * size
        sheet.fill(slab((-size, top), (size * (1 - offset / 2), top + size * 0.3)), tone)


def _heart(sheet: Sheet, height: float, size: float, tone: Rgb) -> None:
    t = np.linspace(0, 2 * np.pi, 40)
    x = np.sin(t) ** 3
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)) / 16
    sheet.fill(moved(np.column_stack([x, y]) * size, 0, height), tone)


def _stripes(sheet: Sheet, tone: Rgb, rng: Random) -> None:
    step = rng.uniform(0.16, 0.34)
    for top in np.arange(-1.2, 1.2, step):
        sheet.fill(slab((-1.3, top), (1.3, top + step * 0.4)), tone)


def _dots(sheet: Sheet, tone: Rgb, rng: Random) -> None:
    step = rng.uniform(0.22, 0.34)
    for row, y in enumerate(np.arange(-1.1, 1.1, step)):
        for x in np.arange(-1.1 + row % 2 * step / 2, 1.1, step):
            sheet.fill(disc((x, y), step * 0.22), tone)


def _checks(sheet: Sheet, tone: Rgb, rng: Random) -> None:
    step = rng.uniform(0.25, 0.45)
    for at in np.arange(-1.2, 1.2, step):
        sheet.fill(slab((at, -1.3), (at + step * 0.22, 1.3)), tone)
        sheet.fill(slab((-1.3, at), (1.3, at + step * 0.22)), tone)


def _zigzag(sheet: Sheet, tone: Rgb, rng: Random) -> None:
    step = rng.uniform(0.3, 0.45)
    x = np.arange(-1.3, 1.4, step * 0.6)
    wave = np.column_stack([x, step * 0.3 * (np.arange(len(x)) % 2)])
    for y in np.arange(-1.2, 1.3, step):
        sheet.line(moved(wave, 0, y), step * 0.22, tone)
