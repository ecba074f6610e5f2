"""Mugs and pans."""

from __future__ import annotations

from random import Random

from demo.colours import INK, LEATHER, STEEL, Rgb, darker, lighter
from demo.drawings.patterns import emblem, pattern
from demo.shapes import arc, blob, curve, disc, mirrored, moved, oval, path, slab
from demo.sheet import Sheet


def coffee_mug(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A straight mug."""
    top, bottom = rng.uniform(0.55, 0.68), rng.uniform(0.5, 0.66)
    sheet.line(arc((top, 0.05), (0.36, 0.4), -95, 95), 0.13, darker(rgb, 0.1))
    body = mirrored([(0, -0.62), (top, -0.62), (bottom, 0.72), (bottom * 0.8, 0.8), (0, 0.82)])
    sheet.shape(body, rgb)
    if rng.random() < 0.5:
        emblem(sheet, 0.14, rgb, rng)
    else:
        pattern(sheet, body, rgb, rng)
    _opening(sheet, rgb, top, -0.62, rng)


def tea_cup(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A round cup on a saucer."""
    sheet.shape(oval((0, 0.62), (0.98, 0.2)), lighter(rgb, 0.1))
    sheet.shape(oval((0, 0.58), (0.5, 0.1)), darker(rgb, 0.12))
    sheet.line(arc((0.62, -0.1), (0.26, 0.25), -100, 110), 0.09, darker(rgb, 0.1))
    body = mirrored([(0, -0.45), (0.68, -0.45), (0.62, 0.05), (0.42, 0.42), (0.26, 0.58), (0, 0.6)])
    sheet.shape(body, rgb)
    pattern(sheet, body, rgb, rng)
    _opening(sheet, rgb, 0.68, -0.45, rng)


def travel_mug(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A tall mug with a lid."""
    body = mirrored([(0, -0.6), (0.44, -0.6), (0.32, 0.92), (0, 0.94)])
    if rng.random() < 0.5:
        sheet.line(arc((0.4, 0.0), (0.3, 0.34), -95, 95), 0.1, INK)
    sheet.shape(body, rgb)
    sheet.fill(slab((-0.38, -0.1), (0.38, 0.3)), rng.choice((INK, STEEL, darker(rgb))))
    sheet.shape(slab((-0.5, -0.76), (0.5, -0.58), 0.06), INK)
    sheet.shape(slab((-0.3, -0.9), (0.3, -0.74), 0.05), INK)


def frying_pan(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A frying pan from above."""
    handle = rng.choice((INK, LEATHER, STEEL))
    sheet.line(path([(0.2, 0.0), (0.95, 0.0)]), 0.15, handle)
    sheet.fill(disc((0.92, 0), 0.03), lighter(handle, 0.6))
    at = (-0.36, 0.0)
    sheet.shape(disc(at, 0.6), rgb)
    sheet.shape(disc(at, 0.52), darker(rgb, 0.45))
    for radius in (0.42, 0.28):
        sheet.line(arc(at, (radius, radius), 0, 360), 0.015, darker(rgb, 0.3))
    sheet.line(arc(at, (0.45, 0.45), 200, 260), 0.05, darker(rgb, 0.15))


def saucepan(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A pan with a long handle, from the side."""
    depth = rng.uniform(0.3, 0.6)
    sheet.line(curve([(0.2, -0.12), (0.6, -0.2), (1.0, -0.24)]), 0.12, rng.choice((INK, STEEL)))
    body = mirrored(
        [(0, -0.25), (0.62, -0.25), (0.58, depth), (0.48, depth + 0.06), (0, depth + 0.07)]
    )
    sheet.shape(moved(body, -0.36), rgb)
    sheet.line(path([(-0.84, -0.1), (-0.84, depth * 0.8)]), 0.07, lighter(rgb, 0.45))
    sheet.shape(oval((-0.36, -0.25), (0.64, 0.1)), lighter(STEEL, 0.2))
    sheet.fill(oval((-0.36, -0.24), (0.56, 0.07)), darker(STEEL, 0.5))


def casserole(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A pot with two ears and a lid."""
    depth = rng.uniform(0.5, 0.75)
    for side in (-1, 1):
        sheet.line(arc((side * 0.76, 0.1), (0.18, 0.12), -90, 270), 0.08, darker(rgb, 0.2))
    body = blob(mirrored([(0.76, -0.15), (0.74, depth * 0.6), (0.56, depth), (0.2, depth + 0.04)]))
    sheet.shape(body, rgb)
    lid = rng.choice((rgb, lighter(STEEL, 0.3)))
    sheet.shape(arc((0, -0.14), (0.8, 0.34), 180, 360), lid)
    sheet.line(path([(-0.8, -0.14), (0.8, -0.14)]), 0.07, darker(lid, 0.25))
    sheet.shape(oval((0, -0.54), (0.13, 0.09)), INK)


def _opening(sheet: Sheet, rgb: Rgb, half: float, y: float, rng: Random) -> None:
    sheet.shape(oval((0, y), (half, 0.13)), lighter(rgb, 0.25))
    inside = rng.choice((darker(rgb, 0.3), (92, 58, 36), (222, 218, 210)))
    sheet.fill(oval((0, y + 0.01), (half * 0.88, 0.095)), inside)
