"""What confidences are worth: calibration, and how much can be left to the machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from aisle.evaluation.metrics import Flags, Floats

BINS = 15
"""Equal-width bins of the confidence from 0 to 1, as in Guo et al. 2017."""

CURVE_POINTS = 200
"""A risk-coverage curve keeps at most about so many points."""


@dataclass(frozen=True)
class ReliabilityBin:
    """The answers whose confidence is above `low` and at most `high`.

    Attributes:
        low: where the bin starts.
        high: where it ends.
        count: how many answers fall into it.
        confidence: their mean confidence; the middle of the bin where there are none.
        accuracy: the share of them that is right; 0 where there are none.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class RiskPoint:
    """What it is to assign all answers from one confidence on.

    Attributes:
        coverage: the share of all rows that is assigned.
        risk: the share of these that is wrong.
        confidence: from which confidence on.
    """

    coverage: float
    risk: float
    confidence: float


def reliability_curve(confidence: Floats, right: Flags) -> tuple[ReliabilityBin, ...]:
    """Accuracy against confidence in `BINS` bins of equal width.

    Args:
        confidence: (n,) of the answers.
        right: (n,) which of them are right.
    """
    edges = np.linspace(0, 1, BINS + 1)
    bins = np.clip(np.ceil(confidence * BINS).astype(np.intp) - 1, 0, BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    divisor = np.maximum(counts, 1)
    means = np.bincount(bins, confidence, BINS) / divisor
    shares = np.bincount(bins, right, BINS) / divisor
    return tuple(
        ReliabilityBin(
            low=float(edges[i]),
            high=float(edges[i + 1]),
            count=int(counts[i]),
            confidence=float(means[i] if counts[i] else edges[i : i + 2].mean()),
            accuracy=float(shares[i]),
        )
        for i in range(BINS)
    )


def expected_calibration_error(curve: tuple[ReliabilityBin, ...]) -> float:
    """The mean distance of confidence and accuracy, each bin counting by its answers.

    Over `BINS` bins of equal width (Guo et al. 2017, arXiv 1706.04599).
    """
    total = sum(one.count for one in curve)
    return sum(one.count * abs(one.confidence - one.accuracy) for one in curve) / max(total, 1)


def coverage_at(precision: float, confidence: Floats, right: Flags) -> float:
    """The largest share of rows, the surest first, of which at least `precision` are right.

    It is measured with hindsight, on the rows themselves: a threshold found here promises nothing
    for other rows. Rows of one confidence are taken all or none.
    """
    covered, risks, _ = _cuts(confidence, right)
    enough = covered[risks <= 1 - precision + 1e-12]
    return float(enough.max(initial=0) / len(confidence))


def risk_coverage_curve(confidence: Floats, right: Flags) -> tuple[RiskPoint, ...]:
    """The share of wrong answers against the share of rows assigned, the surest first.

    See Geifman and El-Yaniv 2017, arXiv 1705.08500. Long curves are thinned.
    """
    covered, risks, levels = _cuts(confidence, right)
    if not len(covered):
        return ()
    kept = np.unique(np.linspace(0, len(covered) - 1, CURVE_POINTS).astype(np.intp))
    return tuple(
        RiskPoint(float(covered[i] / len(confidence)), float(risks[i]), float(levels[i]))
        for i in kept
    )


def _cuts(confidence: Floats, right: Flags) -> tuple[NDArray[np.intp], Floats, Floats]:
    """For each distinct confidence above 0, from high to low: rows covered, risk, confidence.

    A confidence of 0 stands for no answer and is never assigned.
    """
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    last_of_tie = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True) & (ranked > 0))
    covered = last_of_tie + 1
    hits = np.cumsum(right[order])[last_of_tie]
    return covered, 1 - hits / covered, ranked[last_of_tie]
