"""When the panel's answers are assigned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aisle.experts.base import Array
from aisle.summary import Threshold

PRICE = 0.02
"""The price of each limit: of the held-out products that are sure enough, the share that lies below
it and goes to review all the same."""


@dataclass(frozen=True)
class Verdict:
    """How the panel decides on products of one pattern.

    Attributes:
        weights: one a seat, the mean over categories; 0 for seats of other modalities.
        threshold: from which confidence on answers are assigned.
        least_familiarity: below it a row is unlike what was learned, and is not assigned.
        least_agreement: below it text and picture contradict each other, and a row is not assigned.
        rows: how many held-out rows this stands on.
        accuracy: of the answers on those rows.
        best_single: the source or expert that is the most accurate alone.
        best_single_accuracy: its accuracy on the same rows.
        pooled: whether the pool answers; else the best single one does, since the pool was worse.
        converged: whether the optimiser of the weights came to its end.
    """

    weights: tuple[float, ...]
    threshold: Threshold
    least_familiarity: float
    least_agreement: float
    rows: int
    accuracy: float
    best_single: str
    best_single_accuracy: float
    pooled: bool
    converged: bool

    def bar(self, familiarity: float, agreement: float) -> float:
        """From which confidence on such a row is assigned; infinite for never."""
        eligible = familiarity >= self.least_familiarity and agreement >= self.least_agreement
        return self.threshold.value if eligible else np.inf


def least(measure: Array, sure: NDArray[np.bool_]) -> float:
    """The limit that all but `PRICE` of the rows that are sure enough keep; of all if none is."""
    return float(np.quantile(measure[sure] if sure.any() else measure, PRICE))
