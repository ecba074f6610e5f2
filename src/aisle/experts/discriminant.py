"""Linear discriminant analysis on dense vectors, for many categories."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from aisle.experts.base import Array, Labels
from aisle.experts.odds import log_odds


class DiscriminantExpert:
    """One mean a category, and one covariance within categories for all (Fisher 1936,
    doi:10.1111/j.1469-1809.1936.tb02137.x; ridge after Friedman 1989, "Regularized discriminant
    analysis").

    A rare category has its own mean, which a regression onto many categories hardly sees. Solved in
    closed form, and in two passes over the rows.

    Args:
        ridge: what is added to the covariance, as a share of its mean variance.
    """

    def __init__(self, ridge: float = 0.1) -> None:
        self.ridge = ridge

    def fit(self, features: Array, labels: Labels, count: int) -> Self:
        """See `Learner.fit`. A category that does not occur is never likely."""
        from scipy.linalg import solve  # answering does without it

        rows, width = features.shape
        sizes = np.bincount(labels, minlength=count)
        self.mean_ = features.mean(axis=0)
        centred = features - self.mean_
        means = np.zeros((count, width), dtype=np.float32)
        np.add.at(means, labels, centred)
        means /= np.maximum(sizes, 1)[:, None]
        within = centred - means[labels]
        spread = (within.T @ within).astype(np.float64) / rows
        level = max(float(np.trace(spread)) / width, 1e-9)
        spread[np.diag_indices_from(spread)] += self.ridge * level
        weights = solve(spread, means.T, assume_a="pos")
        with np.errstate(divide="ignore"):
            priors = np.log(sizes / rows)
        offsets = priors - (means * weights.T).sum(axis=1) / 2
        self.weights_ = weights.astype(np.float32)
        self.offsets_ = np.maximum(offsets, -1e6).astype(np.float32)
        return self

    def scores(self, features: Array) -> Array:
        """See `Expert.scores`: log-odds of each category against all others."""
        return log_odds((features - self.mean_) @ self.weights_ + self.offsets_)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """See `Expert.state`."""
        return {"mean": self.mean_, "weights": self.weights_, "offsets": self.offsets_}

    @classmethod
    def from_state(cls, state: dict[str, NDArray[Any]]) -> Self:
        """See `Expert.from_state`."""
        expert = cls()
        expert.mean_ = state["mean"]
        expert.weights_ = state["weights"]
        expert.offsets_ = state["offsets"]
        return expert
