"""Balls."""

from __future__ import annotations

from random import Random

import numpy as np

from demo.colours import INK, WHITE, Rgb, contrasting, darker, lighter
from demo.drawings.patterns import lively
from demo.shapes import arc, curve, disc, on_circle, path, polygon, turned
from demo.sheet import Sheet

_BALL = disc((0, 0), 0.9)


def football(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A ball of pentagons."""
    turn = rng.uniform(0, 72)
    ground = rng.choice((WHITE, WHITE, lighter(rgb, 0.7)))
    sheet.shape(_BALL, ground)
    with sheet.within(_BALL):
        corners = polygon((0, 0), 0.32, 5, turn)
        sheet.fill(corners, darker(rgb, 0.3))
        for corner, far in zip(corners, polygon((0, 0), 0.62, 5, turn), strict=True):
            sheet.line(np.vstack([corner, far]), 0.035, INK)
        for number in range(5):
            angle = turn + number * 72
            sheet.fill(polygon(on_circle((0, 0), 0.9, angle), 0.3, 5, angle + 36), darker(rgb, 0.3))
    sheet.line(arc((0, 0), (0.9, 0.9), 0, 360), 0.03, darker(ground, 0.4))


def basketball(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A ball with curved seams."""
    turn = rng.uniform(0, 180)
    sheet.shape(_BALL, rgb)
    with sheet.within(_BALL):
        for seam in (
            path([(-1, 0), (1, 0)]),
            path([(0, -1), (0, 1)]),
            arc((-1.05, 0), (0.62, 0.8), -80, 80),
            arc((1.05, 0), (0.62, 0.8), 100, 260),
        ):
            sheet.line(turned(seam, turn), 0.045, INK)


def beach_ball(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """An inflatable ball of coloured wedges."""
    x, y = rng.uniform(-0.35, 0.35), rng.uniform(-0.35, 0.1)
    turn = rng.uniform(0, 60)
    tones = (rgb, WHITE, lively(rng), WHITE, lively(rng), WHITE)
    with sheet.within(_BALL):
        for number, tone in enumerate(tones):
            rim = arc((x, y), (2, 2), turn + number * 60, turn + (number + 1) * 60)
            sheet.fill(np.vstack([[(x, y)], rim]), tone)
        sheet.shape(disc((x, y), 0.13), rgb)
    sheet.line(arc((0, 0), (0.9, 0.9), 0, 360), 0.03, darker(rgb, 0.3))


def tennis_ball(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A felt ball with one white seam, alone or with others."""
    turn = rng.uniform(0, 180)
    places = rng.choice(
        (((0.0, 0.0, 0.85),), ((-0.42, 0.2, 0.48), (0.44, 0.3, 0.48), (0.0, -0.48, 0.48)))
    )
    for x, y, radius in places:
        ball = disc((x, y), radius)
        sheet.shape(ball, rgb)
        with sheet.within(ball):
            for side in (-1, 1):
                seam = arc((side * 1.1, 0), (0.75, 0.85), 0, 360)
                sheet.line(turned(seam, turn) * radius + (x, y), 0.07 * radius, contrasting(rgb))


def volleyball(sheet: Sheet, rgb: Rgb, rng: Random) -> None:
    """A ball of curved panels in two colours."""
    turn, second = rng.uniform(0, 120), lively(rng)
    sheet.shape(_BALL, second)
    with sheet.within(_BALL):
        for number in range(3):
            angle = turn + number * 120
            for reach, tone in ((1.0, lighter(rgb, 0.1)), (0.66, second), (0.33, rgb)):
                panel = curve([(0, 0), (0.35 * reach, -0.6), (1.1 * reach, -1.0), (0.3, -1.4)])
                outline = np.vstack([panel, [(-0.6, -1.2)]])
                sheet.shape(turned(outline, angle), tone)
    sheet.line(arc((0, 0), (0.9, 0.9), 0, 360), 0.03, darker(rgb, 0.4))
