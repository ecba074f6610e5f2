"""Where things lie on a chart; templates draw them as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10, sqrt

from aisle.evaluation.confidence import ReliabilityBin, RiskPoint

WIDTH, HEIGHT = 420, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 14, 14, 42


@dataclass(frozen=True)
class Axis:
    """Maps values to pixels of an SVG.

    Attributes:
        low: the value at `start`.
        high: the value at `end`.
        start: in pixels.
        end: in pixels.
        step: between two ticks, as a value.
    """

    low: float
    high: float
    start: float
    end: float
    step: float

    def __call__(self, value: float) -> float:
        """The pixel of a value."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    @property
    def ticks(self) -> list[float]:
        """The values that are written at the axis."""
        count = floor((self.high - self.low) / self.step + 1e-9)
        return [self.low + number * self.step for number in range(count + 1)]


@dataclass(frozen=True)
class Plane:
    """A chart's two axes and its size in pixels."""

    x: Axis
    y: Axis
    width: int = WIDTH
    height: int = HEIGHT


def share_plane(low: float = 0.0, high: float = 1.0) -> Plane:
    """A plane of shares: x from 0 to 1, y from `low` to `high`."""
    x = Axis(0, 1, _LEFT, WIDTH - _RIGHT, 0.2)
    return Plane(x, Axis(low, high, HEIGHT - _BOTTOM, _TOP, _step(high - low)))


def risk_plane(curve: Sequence[RiskPoint]) -> Plane:
    """A plane that is as high as the largest risk of a curve."""
    top = max((point.risk for point in curve), default=0.0)
    step = _step(max(top, 0.02))
    return share_plane(0.0, step * (floor(max(top, 0.02) / step) + 1))


def accuracy_plane(accuracies: Sequence[float]) -> Plane:
    """A plane from a round share under the least accuracy up to 1."""
    least = floor(min(accuracies, default=0.0) * 5) / 5
    return share_plane(min(least, 0.8), 1.0)


def dot_radius(one: ReliabilityBin, curve: Sequence[ReliabilityBin]) -> float:
    """The radius of a bin's dot, whose area grows with its answers, at least visible."""
    most = max(other.count for other in curve)
    return round(3 + 9 * sqrt(one.count / most), 1)


def _step(span: float) -> float:
    """A round step that cuts a span into three to seven pieces."""
    magnitude = float(10.0 ** floor(log10(span / 4)))
    return next(magnitude * factor for factor in (1, 2, 5, 10) if span / (magnitude * factor) <= 7)
