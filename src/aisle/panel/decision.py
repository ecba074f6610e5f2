"""A calibrated probability to assign or review, with a threshold that keeps a promise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

LEVEL = 0.95
"""How sure the promise is: the precision holds with this probability over calibration data."""

_STARTS = 5
_STEPS = 100


@dataclass(frozen=True)
class Threshold:
    """From which confidence on an answer is assigned.

    Attributes:
        value: the least confidence that is assigned; above 1 where nothing can be promised.
        precision: what was asked for.
        bound: the lower bound of the precision above `value`, at the level of `LEVEL`.
        coverage: the share of the rows kept apart that lie above `value`.
        rows: how many rows were kept apart.
    """

    value: float
    precision: float
    bound: float
    coverage: float
    rows: int

    @property
    def promised(self) -> bool:
        """Whether anything can be assigned."""
        return self.coverage > 0


def choose_threshold(
    confidence: NDArray[np.floating], correct: NDArray[np.bool_], precision: float
) -> Threshold:
    """The lowest threshold above which answers are right with at least `precision`.

    Candidates are tested from high to low in fixed sequence, from each of five starting points
    until one fails, with an exact binomial bound whose error is divided among the starts (Learn
    then Test, Angelopoulos et al. 2021, arXiv 2110.01052).

    Args:
        confidence: (n,) calibrated probabilities of answers on data kept apart.
        correct: (n,) which of the answers are right.
        precision: the share of right answers that is asked for.
    """
    order = np.argsort(-confidence, kind="stable")
    ranked, hits = confidence[order], np.cumsum(correct[order])
    counts = _candidates(ranked, precision)
    bounds = np.array([lower_bound(int(hits[n - 1]), int(n), _STARTS) for n in counts])
    passed = bounds >= precision
    best = 0
    for start in range(0, len(counts), max(1, -(-len(counts) // _STARTS))):
        failures = np.flatnonzero(~passed[start:])
        run = failures[0] if len(failures) else len(counts) - start
        if run:
            best = max(best, int(counts[start + run - 1]))
    if not best:
        return Threshold(2.0, precision, 0.0, 0.0, len(ranked))
    bound = lower_bound(int(hits[best - 1]), best, 1)
    return Threshold(float(ranked[best - 1]), precision, bound, best / len(ranked), len(ranked))


def lower_bound(hits: int, trials: int, tests: int = 1) -> float:
    """The exact lower bound of a share (Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404).

    Args:
        hits: how often it was right.
        trials: how often it was tried.
        tests: among how many tests the error is divided.
    """
    if hits == 0:
        return 0.0
    return float(beta.ppf((1 - LEVEL) / tests, hits, trials - hits + 1))


def rows_needed(precision: float) -> int:
    """How many right answers without one error it takes to promise a precision."""
    return int(np.ceil(np.log((1 - LEVEL) / _STARTS) / np.log(precision)))


def _candidates(ranked: NDArray[np.floating], precision: float) -> NDArray[np.intp]:
    """Up to 100 numbers of rows, each of which a threshold can tell from the next row."""
    least = rows_needed(precision)
    counts = np.unique(np.linspace(least, len(ranked), _STEPS).astype(np.intp))
    counts = counts[(counts >= least) & (counts <= len(ranked))]
    last_of_tie = [int(np.searchsorted(-ranked, -ranked[n - 1], side="right")) for n in counts]
    return np.unique(np.array(last_of_tie, dtype=np.intp))
