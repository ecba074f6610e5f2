"""A calibrated probability to assign or review, with a threshold that keeps a promise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from aisle.summary import Threshold

LEVEL = 0.95
"""How sure the promise is: the precision holds with this probability over calibration data."""

LEAST_CONFIDENCE = 0.5
"""No answer is assigned that is more likely wrong than right, whatever the promise allows."""

_STEPS = 100


def choose_threshold(
    confidence: NDArray[np.floating], correct: NDArray[np.bool_], precision: float
) -> Threshold:
    """The lowest threshold above which answers are right with at least `precision`.

    Candidates are tested in fixed sequence, each with an exact binomial bound, from the one that
    by the confidences alone should pass most clearly downwards until one fails (Learn then Test,
    Angelopoulos et al. 2021, arXiv 2110.01052). Since the order does not look at which answers are
    right, the bound of the last one that passed holds.

    Args:
        confidence: (n,) calibrated probabilities of answers on data kept apart.
        correct: (n,) which of the answers are right.
        precision: the share of right answers that is asked for.
    """
    order = np.argsort(-confidence, kind="stable")
    ranked, hits = confidence[order], np.cumsum(correct[order])
    nothing = Threshold(2.0, precision, 0.0, 0.0, len(ranked))
    counts = _candidates(ranked, precision)
    if not len(counts):
        return nothing
    expected = np.cumsum(ranked)[counts - 1] / counts
    reachable = min(precision, expected.max() - (1 - precision) / 2)
    start = int(np.argmax((expected - reachable) * np.sqrt(counts)))
    bounds = [lower_bound(int(hits[n - 1]), int(n)) for n in counts[start:]]
    passed = next((i for i, bound in enumerate(bounds) if bound < precision), len(bounds))
    if not passed:
        return nothing
    best, bound = int(counts[start + passed - 1]), bounds[passed - 1]
    return Threshold(float(ranked[best - 1]), precision, bound, best / len(ranked), len(ranked))


def lower_bound(hits: int, trials: int) -> float:
    """The exact lower bound of a share (Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404).

    Args:
        hits: how often it was right.
        trials: how often it was tried.
    """
    if hits == 0:
        return 0.0
    return float(betaincinv(hits, trials - hits + 1, 1 - LEVEL))


def rows_needed(precision: float) -> int:
    """How many right answers without one error it takes to promise a precision."""
    return int(np.ceil(np.log(1 - LEVEL) / np.log(precision)))


def _candidates(ranked: NDArray[np.floating], precision: float) -> NDArray[np.intp]:
    """Up to 100 numbers of rows, each of which a threshold can tell from the next row."""
    least = rows_needed(precision)
    counts = np.unique(np.linspace(least, len(ranked), _STEPS).astype(np.intp))
    counts = counts[(counts >= least) & (counts <= int((ranked >= LEAST_CONFIDENCE).sum()))]
    last_of_tie = [int(np.searchsorted(-ranked, -ranked[n - 1], side="right")) for n in counts]
    return np.unique(np.array(last_of_tie, dtype=np.intp))
