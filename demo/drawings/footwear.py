"""Boots and sandals."""

from __future__ import annotations

from random import Random

from demo.colours import INK, LEATHER, Rgb, contrasting, darker, lighter, mix
from demo.shapes import Path, Point, blob, curve, path, slab, turned
from demo.sheet import Sheet


def ankle_boot(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A short boot with elastic sides."""
    _boot(sheet, rgb, -0.55, rng)
    gusset = path([(-0.42, -0.5), (-0.14, -0.5), (-0.22, 0.05), (-0.36, 0.05)])
    sheet.shape(gusset, darker(rgb, 0.5))
    sheet.line(path([(-0.62, -0.62), (-0.62, -0.78)]), 0.06, darker(rgb))


def laced_boot(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A sturdy boot with laces."""
    _boot(sheet, rgb, rng.uniform(-0.8, -0.65), rng)
    lace = rng.choice((contrasting(rgb), (214, 168, 70)))
    for step in range(5):
        y = -0.5 + step * 0.14
        x = 0.0 + max(0, step - 2) * 0.1
        sheet.line(path([(x - 0.14, y + 0.05), (x + 0.1, y - 0.04)]), 0.05, lace)
    sheet.line(path([(-0.62, -0.62), (0.08, -0.62)]), 0.09, darker(rgb, 0.4))


def tall_boot(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A knee-high boot with a heel."""
    heel = rng.uniform(0.1, 0.3)
    front = [(0.1, -0.98), (0.06, -0.2), (0.2, 0.28), (0.66, 0.55), (0.72, 0.76), (0.1, 0.74)]
    back = [(-0.2, 0.66 - heel / 2), (-0.5, 0.62 - heel / 2), (-0.46, 0.1), (-0.48, -0.98)]
    upper = blob([*front, *back])
    sheet.shape(path([(-0.5, 0.5), (-0.2, 0.55), (-0.3, 0.84), (-0.44, 0.84)]), INK)
    sheet.shape(upper, rgb)
    sheet.line(curve([(-0.3, 0.66), (0.1, 0.76), (0.72, 0.78)]), 0.07, INK)
    sheet.line(path([(-0.38, -0.9), (-0.34, 0.3)]), 0.025, darker(rgb))
    sheet.line(path([(-0.44, 0.02), (0.06, 0.02)]), 0.07, darker(rgb, 0.45))


def strap_sandal(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A sandal from the side, with straps and a cork sole."""
    rise = rng.uniform(0.0, 0.3)
    sole = mix(LEATHER, (226, 186, 132), rng.random())
    for start, top, end in (
        ((0.25, 0.2), (0.5, -0.18), (0.8, 0.26)),
        ((-0.25, 0.16 - rise / 2), (0.05, -0.34), (0.32, 0.2)),
    ):
        sheet.line(curve([start, top, end]), rng.uniform(0.12, 0.2), rgb)
    sheet.line(curve([(-0.8, 0.1 - rise), (-0.72, -0.4 - rise), (-0.3, -0.42)]), 0.11, rgb)
    sheet.line(curve([(-0.34, 0.1), (-0.3, -0.42), (-0.1, -0.5)]), 0.1, darker(rgb, 0.12))
    upper_side = [(-0.95, 0.05 - rise), (-0.4, 0.12 - rise / 2), (0.2, 0.18), (0.92, 0.16)]
    lower_side = [(0.95, 0.34), (0.2, 0.42), (-0.3, 0.42), (-0.92, 0.42)]
    foot = blob([*upper_side, *lower_side])
    sheet.shape(foot, sole)
    sheet.line(curve([(-0.9, 0.42), (0.2, 0.43), (0.9, 0.34)]), 0.05, darker(sole, 0.5))
    sheet.shape(slab((-0.4, -0.52), (-0.26, -0.36), 0.03), (222, 190, 110))


def flip_flop(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A pair of flip-flops from above."""
    strap = rng.choice((contrasting(rgb), INK, LEATHER))
    spread = rng.uniform(4, 14)
    for side in (-1, 1):
        sole = _sole(side)
        sheet.shape(turned(sole, side * spread, (side * 0.4, 0.9)), rgb)
        for end in (-0.26, 0.3):
            strip = curve(_at(side, [(0.02, -0.52), (end * 0.75, -0.28), (end, 0.08)]))
            sheet.line(turned(strip, side * spread, (side * 0.4, 0.9)), 0.08, strap)


def slide(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A pair of slides with one broad strap, from above."""
    width = rng.uniform(0.34, 0.5)
    for side in (-1, 1):
        sheet.shape(_sole(side), mix(rgb, LEATHER, 0.7))
        cover = blob(
            _at(side, [(-0.34, -0.5), (0.04, -0.56), (0.37, -0.46), (0.37, -0.46 + width)])
            + _at(side, [(0.02, -0.52 + width), (-0.36, -0.5 + width)])
        )
        sheet.shape(cover, rgb)
        sheet.line(
            curve(_at(side, [(-0.3, -0.3), (0.02, -0.36), (0.33, -0.28)])), 0.04, lighter(rgb)
        )


def _boot(sheet: Sheet, rgb: Rgb, top: float, rng: Random) -> None:
    sole = rng.choice((INK, LEATHER, (226, 220, 206)))
    front = [(0.1, top), (0.1, -0.1), (0.3, 0.12), (0.78, 0.26), (0.9, 0.56), (0.3, 0.62)]
    back = [(-0.6, 0.6), (-0.66, 0.2), (-0.6, -0.2), (-0.62, top)]
    upper = blob([*front, *back])
    sheet.shape(upper, rgb)
    sheet.line(curve([(0.42, 0.18), (0.5, 0.36), (0.46, 0.56)]), 0.025, darker(rgb))
    sheet.shape(slab((-0.7, 0.54), (0.94, 0.68), 0.05), sole)
    sheet.shape(slab((-0.7, 0.66), (-0.25, 0.84), 0.03), sole)


def _sole(side: int) -> Path:
    half = [(-0.1, -0.94), (0.2, -0.92), (0.36, -0.5), (0.27, 0.1), (0.26, 0.7), (0.0, 0.94)]
    return blob(_at(side, [*half, (-0.24, 0.72), (-0.22, 0.1), (-0.33, -0.5)]))


def _at(side: int, points: list[Point]) -> list[Point]:
    return [(side * (x + 0.44), y) for x, y in points]
