"""Headphones and phones."""

from __future__ import annotations

from random import Random

from demo.colours import INK, STEEL, WHITE, Rgb, darker, lighter, mix
from demo.drawings.patterns import lively
from demo.shapes import arc, blob, curve, disc, moved, oval, path, polygon, slab, turned
from demo.sheet import Sheet


def over_ear(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """Headphones with a bow and large cups."""
    height = rng.uniform(0.75, 0.95)
    sheet.line(arc((0, 0.1), (0.68, height), 180, 360), 0.13, rgb)
    sheet.line(arc((0, 0.1), (0.61, height - 0.08), 215, 325), 0.08, darker(rgb, 0.5))
    for side in (-1, 1):
        cup = blob(
            [(0.5, -0.15), (0.7, -0.18), (0.86, 0.0), (0.9, 0.35), (0.76, 0.66), (0.5, 0.66)]
        )
        sheet.shape(cup * (side, 1), rgb)
        pad = slab((0.36, -0.16), (0.56, 0.68), 0.09)
        sheet.shape(pad * (side, 1), INK)
        sheet.fill(oval((side * 0.74, 0.26), (0.06, 0.2)), lighter(rgb, 0.35))


def tilted_headphones(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """Headphones from the side, one cup in front."""
    sheet.line(arc((0.1, 0.0), (0.5, 0.88), 150, 330), 0.12, darker(rgb, 0.15))
    sheet.shape(turned(oval((0.52, 0.3), (0.22, 0.44)), 12, (0.52, 0.3)), INK)
    front = turned(oval((-0.3, 0.32), (0.42, 0.52)), -10, (-0.3, 0.32))
    sheet.shape(front, INK)
    sheet.shape(turned(oval((-0.36, 0.32), (0.34, 0.43)), -10, (-0.36, 0.32)), rgb)
    sheet.shape(disc((-0.36, 0.32), 0.14), rng.choice((STEEL, lively(rng), darker(rgb))))


def earphones(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """Small earphones on a wire."""
    lean = rng.uniform(-0.2, 0.2)
    for side in (-1, 1):
        wire = curve([(side * 0.5, -0.5), (side * 0.45, 0.0), (side * 0.08, 0.4), (lean, 0.98)])
        sheet.line(wire, 0.045, rgb)
        stem = turned(slab((-0.08, -0.6), (0.08, -0.1), 0.07), side * 8)
        sheet.shape(moved(stem, side * 0.5), rgb)
        bud = turned(oval((0, 0), (0.24, 0.18)), side * -25)
        sheet.shape(moved(bud, side * 0.56, -0.66), rgb)
        sheet.fill(oval((side * 0.68, -0.72), (0.1, 0.08)), darker(rgb, 0.5))
    sheet.shape(slab((lean * 0.5 - 0.07, 0.4), (lean * 0.5 + 0.07, 0.66), 0.04), rgb)


def earbuds(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """Wireless earbuds in their charging case."""
    sheet.shape(slab((-0.7, -0.72), (0.7, 0.0), 0.3), lighter(rgb, 0.1))
    sheet.fill(slab((-0.58, -0.6), (0.58, 0.0), 0.22), darker(rgb, 0.35))
    for x in (-0.28, 0.28):
        sheet.shape(slab((x - 0.09, -0.3), (x + 0.09, 0.3), 0.08), rgb)
        sheet.shape(disc((x, -0.32), 0.18), rgb)
        sheet.fill(oval((x, -0.34), (0.08, 0.1)), INK)
    sheet.shape(slab((-0.74, -0.02), (0.74, 0.74), 0.3), rgb)
    sheet.fill(disc((0, 0.3), 0.05), rng.choice(((90, 200, 110), WHITE, (230, 150, 50))))


def phone(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A phone from the front, with app icons."""
    half = rng.uniform(0.44, 0.52)
    sheet.shape(slab((-half, -0.98), (half, 0.98), 0.13), rgb)
    screen = slab((-half + 0.05, -0.92), (half - 0.05, 0.92), 0.09)
    wall = lively(rng)
    sheet.fill(screen, mix(wall, INK, rng.choice((0.1, 0.85))))
    with sheet.within(screen):
        sheet.fill(disc((rng.uniform(-0.5, 0.5), rng.uniform(-0.8, 0.2)), 0.5), mix(wall, INK, 0.4))
    for x in (-0.27, 0.0, 0.27):
        for y in (0.2, 0.46, 0.74):
            sheet.fill(slab((x - 0.09, y - 0.09), (x + 0.09, y + 0.09), 0.04), lively(rng))
    sheet.fill(slab((-0.12, -0.88), (0.12, -0.82), 0.03), INK)


def phone_back(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A phone from the back, with its cameras."""
    sheet.shape(slab((-0.5, -0.98), (0.5, 0.98), 0.15), rgb)
    sheet.shape(slab((-0.44, -0.9), (0.02, -0.38), 0.12), darker(rgb, 0.25))
    for x, y in ((-0.3, -0.76), (-0.3, -0.52), (-0.1, -0.64))[: rng.choice((2, 3))]:
        sheet.shape(disc((x, y), 0.1), INK)
        sheet.fill(disc((x - 0.02, y - 0.02), 0.035), (90, 110, 170))
    sheet.fill(polygon((0, 0.1), 0.12, rng.choice((3, 5, 6, 8))), lighter(rgb, 0.4))


def button_phone(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A phone with keys."""
    sheet.shape(slab((-0.44, -0.98), (0.44, 0.98), 0.2), rgb)
    sheet.shape(slab((-0.34, -0.78), (0.34, -0.1), 0.05), mix((150, 190, 140), lively(rng), 0.3))
    sheet.line(path([(-0.14, -0.88), (0.14, -0.88)]), 0.04, INK)
    for x in (-0.25, 0.0, 0.25):
        for y in (0.1, 0.3, 0.5, 0.7):
            sheet.shape(slab((x - 0.09, y - 0.06), (x + 0.09, y + 0.06), 0.04), lighter(rgb, 0.45))
