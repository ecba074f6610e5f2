"""Outlines and paths in unit coordinates: x to the right, y downwards, both from -1 to 1."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
Path = NDArray[np.float64]
"""(points, 2): x and y."""

_STEPS = 7
_ANGLES = np.radians(np.arange(0, 360, 9))
_CIRCLE: Path = np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)])


def path(points: Iterable[Point]) -> Path:
    """Straight lines through the points."""
    return np.array(list(points), dtype=np.float64)


def curve(points: Iterable[Point]) -> Path:
    """A smooth open path through the points (Catmull-Rom)."""
    knots = path(points)
    return np.vstack([_spline(np.vstack([knots[:1], knots, knots[-1:]])), knots[-1:]])


def blob(points: Iterable[Point]) -> Path:
    """A smooth closed outline through the points (Catmull-Rom)."""
    knots = path(points)
    return _spline(np.vstack([knots[-1:], knots, knots[:2]]))


def mirrored(right_half: Iterable[Point]) -> Path:
    """An outline that is the same on both sides of x = 0, from its right half."""
    half = path(right_half)
    other = half[::-1] * (-1, 1)
    return np.vstack([half, other[other[:, 0] != 0]])


def arc(centre: Point, radii: Point, start: float, stop: float) -> Path:
    """A part of an ellipse; angles in degrees, clockwise from the right."""
    angles = np.radians(np.linspace(start, stop, max(6, int(abs(stop - start) / 8))))
    return np.column_stack([np.cos(angles), np.sin(angles)]) * radii + centre


def oval(centre: Point, radii: Point) -> Path:
    """An ellipse."""
    return _CIRCLE * radii + centre


def disc(centre: Point, radius: float) -> Path:
    """A circle."""
    return oval(centre, (radius, radius))


def slab(left_top: Point, right_bottom: Point, radius: float = 0.0) -> Path:
    """An upright rectangle, its corners rounded by `radius`."""
    (left, top), (right, bottom) = left_top, right_bottom
    if radius == 0:
        return path([(left, top), (right, top), (right, bottom), (left, bottom)])
    inner = (
        ((right - radius, bottom - radius), 0),
        ((left + radius, bottom - radius), 90),
        ((left + radius, top + radius), 180),
        ((right - radius, top + radius), 270),
    )
    return np.vstack([arc(at, (radius, radius), angle, angle + 90) for at, angle in inner])


def polygon(centre: Point, radius: float, corners: int, turn: float = 0.0) -> Path:
    """A regular polygon, the first corner on top; `turn` in degrees."""
    angles = np.radians(np.arange(corners) * 360 / corners + turn - 90)
    return np.column_stack([np.cos(angles), np.sin(angles)]) * radius + centre


def star(centre: Point, radius: float, points: int = 5) -> Path:
    """A star, one point on top."""
    outer = polygon(centre, radius, points)
    inner = polygon(centre, radius * 0.45, points, 180 / points)
    return np.stack([outer, inner], axis=1).reshape(-1, 2)


def band(middle: Path, width: float) -> Path:
    """The outline of an open path drawn with a broad pen."""
    return np.vstack([_beside(middle, width / 2), _beside(middle, -width / 2)[::-1]])


def on_circle(centre: Point, radius: float, angle: float) -> Point:
    """The point at `angle` degrees clockwise from the top."""
    radians = np.radians(angle)
    return centre[0] + radius * float(np.sin(radians)), centre[1] - radius * float(np.cos(radians))


def moved(outline: Path, right: float, down: float = 0.0) -> Path:
    """The outline at another place."""
    return np.asarray(outline + np.array([right, down]))


def turned(outline: Path, degrees: float, centre: Point = (0.0, 0.0)) -> Path:
    """The outline turned clockwise about a point."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.asarray((outline - centre) @ np.array([[cos, sin], [-sin, cos]]) + centre)


def _spline(knots: Path) -> Path:
    before, start, stop, after = knots[:-3], knots[1:-2], knots[2:-1], knots[3:]
    t = np.linspace(0, 1, _STEPS, endpoint=False)[:, None, None]
    points = 0.5 * (
        2 * start
        + (stop - before) * t
        + (2 * before - 5 * start + 4 * stop - after) * t**2
        + (3 * start - before - 3 * stop + after) * t**3
    )
    return points.transpose(1, 0, 2).reshape(-1, 2)


def _beside(middle: Path, distance: float) -> Path:
    padded = np.vstack([middle[:1], middle, middle[-1:]])
    along = padded[2:] - padded[:-2]
    length = np.maximum(np.hypot(along[:, :1], along[:, 1:]), 1e-9)
    across = np.column_stack([-along[:, 1], along[:, 0]]) / length
    return np.asarray(middle + across * distance)
