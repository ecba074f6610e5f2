"""Where things lie on a chart; templates draw them as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, isfinite, log10, sqrt

from aisle.evaluation.metrics import ReliabilityBin, RiskPoint
from aisle.summary import TrainingCurve

WIDTH, HEIGHT = 420, 300
LOW_HEIGHT = 230
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
    return share_plane(0.0, _above(max((point.risk for point in curve), default=0.0)))


def accuracy_plane(accuracies: Sequence[float]) -> Plane:
    """A plane from a round share under the least accuracy up to 1."""
    return share_plane(_below(accuracies), 1.0)


@dataclass(frozen=True)
class LearningChart:
    """The learning curves of one network.

    Attributes:
        title: the network's name.
        curves: one a seed, by the seed, each with one epoch or more.
    """

    title: str
    curves: dict[int, TrainingCurve]

    @property
    def loss(self) -> Plane:
        """A low plane from 0 to above all losses; x counts epochs."""
        return self._plane(0.0, _above(max(self._values("loss", "validation_loss"), default=0.0)))

    @property
    def accuracy(self) -> Plane:
        """A low plane from a round share under all accuracies up to 1; x counts epochs."""
        return self._plane(_below(self._values("accuracy", "validation_accuracy")), 1.0)

    def _values(self, *names: str) -> list[float]:
        traces = [trace(curve, name) for curve in self.curves.values() for name in names]
        return [value for points in traces for _, value in points]

    def _plane(self, low: float, high: float) -> Plane:
        epochs = max(len(curve.epochs) for curve in self.curves.values())
        x = Axis(0, epochs, _LEFT, WIDTH - _RIGHT, max(1.0, _step(epochs)))
        y = Axis(low, high, LOW_HEIGHT - _BOTTOM, _TOP, _step(high - low))
        return Plane(x, y, height=LOW_HEIGHT)


def trace(curve: TrainingCurve, name: str) -> list[tuple[int, float]]:
    """The epochs, counted from 1, and their figure of a name, where it is finite."""
    values = [getattr(epoch, name) for epoch in curve.epochs]
    return [(epoch, value) for epoch, value in enumerate(values, start=1) if isfinite(value)]


def dot_radius(one: ReliabilityBin, curve: Sequence[ReliabilityBin]) -> float:
    """The radius of a bin's dot, whose area grows with its answers, at least visible."""
    most = max(other.count for other in curve)
    return round(3 + 9 * sqrt(one.count / most), 1)


def _above(top: float) -> float:
    """A round value above `top`, and above 0.02."""
    step = _step(max(top, 0.02))
    return step * (floor(max(top, 0.02) / step) + 1)


def _below(shares: Sequence[float]) -> float:
    """A round share under the least one, 0.8 at most."""
    return min(floor(min(shares, default=0.0) * 5) / 5, 0.8)


def _step(span: float) -> float:
    """A round step that cuts a span into three to seven pieces."""
    magnitude = float(10.0 ** floor(log10(span / 4)))
    return next(magnitude * factor for factor in (1, 2, 5, 10) if span / (magnitude * factor) <= 7)
