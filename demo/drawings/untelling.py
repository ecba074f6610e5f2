"""Pictures that say nothing about the product."""

from __future__ import annotations

from random import Random

from demo.colours import STEEL, WHITE, Rgb, darker, lighter, mix
from demo.drawings.patterns import lively
from demo.shapes import disc, path, polygon, slab, star
from demo.sheet import Sheet

_CARDBOARD: Rgb = (200, 160, 112)


def shop_logo(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """The seller's sign."""
    board = rng.choice((disc((0, 0), 0.85), slab((-0.95, -0.5), (0.95, 0.5), 0.2)))
    sheet.shape(board, rgb)
    mark = rng.choice((star((0, 0), 0.4), polygon((0, 0), 0.4, 3), disc((0, 0), 0.32)))
    sheet.fill(mark, WHITE)
    for x in (-0.6, 0.6):
        sheet.fill(disc((x, 0), 0.09), lively(rng))


def parcel(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A closed cardboard box."""
    tape = lighter(rgb, 0.4)
    edge = rng.uniform(-0.2, 0.3)
    sheet.shape(path([(-0.9, -0.35), (edge, -0.1), (edge, 0.9), (-0.9, 0.6)]), _CARDBOARD)
    sheet.shape(path([(edge, -0.1), (0.9, -0.4), (0.9, 0.5), (edge, 0.9)]), darker(_CARDBOARD, 0.2))
    sheet.shape(
        path([(-0.9, -0.35), (0, -0.65), (0.9, -0.4), (edge, -0.1)]), lighter(_CARDBOARD, 0.25)
    )
    middle = path([((edge - 0.9) / 2, -0.22), (0.45, -0.52)])
    sheet.line(middle, 0.12, tape)
    sheet.fill(slab((-0.7, 0.1), (-0.4, 0.35)), WHITE)


def no_photo(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """The sign of a missing photograph: a crossed-out camera."""
    tone = lighter(mix(STEEL, rgb, 0.1), rng.uniform(0.0, 0.4))
    sheet.fill(slab((-0.8, -0.4), (0.8, 0.6), 0.14), tone)
    sheet.fill(slab((-0.3, -0.58), (0.3, -0.3), 0.08), tone)
    sheet.fill(disc((0, 0.1), 0.34), WHITE)
    sheet.fill(disc((0, 0.1), 0.24), tone)
    sheet.line(path([(-0.85, 0.8), (0.85, -0.7)]), 0.09, darker(tone, 0.4))


def size_chart(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A table of sizes."""
    rows = rng.randint(4, 7)
    sheet.fill(slab((-0.95, -0.8), (0.95, -0.8 + 1.6 / rows)), rgb)
    for row in range(rows + 1):
        y = -0.8 + row * 1.6 / rows
        sheet.line(path([(-0.95, y), (0.95, y)]), 0.02, STEEL)
        for x in (-0.7, -0.1, 0.5):
            if row < rows:
                end = x + rng.uniform(0.1, 0.3)
                sheet.line(path([(x, y + 0.8 / rows), (end, y + 0.8 / rows)]), 0.05, STEEL)
