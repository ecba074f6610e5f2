"""Linear discriminant analysis on dense vectors, for many categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import log_softmax

from aisle.experts.expert import Array, CrossFitted, Labels, TrainableExpert
from aisle.experts.registry import register
from aisle.experts.state import State
from aisle.experts.training_task import TrainingTask

LARGEST_LOG_ODDS = 30.0
"""Log-odds are cut at plus and minus this."""


@register
class DiscriminantExpert(TrainableExpert):
    """One mean a category, and one covariance within categories for all (Fisher 1936,
    doi:10.1111/j.1469-1809.1936.tb02137.x; ridge after Friedman 1989, "Regularized discriminant
    analysis").

    A rare category has its own mean, which a regression onto many categories hardly sees. Solved in
    closed form from sums over rows; those of a fold are subtracted.

    Args:
        ridge: what is added to the covariance, as a share of its mean variance.
    """

    kind: ClassVar[str] = "discriminant"
    open_set: ClassVar[bool] = False

    def __init__(self, ridge: float = 0.1) -> None:
        self.ridge = ridge

    def fit(self, features: Array, labels: Labels, n_classes: int) -> Self:
        """See `TrainableExpert.fit`. A category without a row is never likely."""
        self.mean_ = features.mean(axis=0)
        self._set_weights(_Moments.of(features - self.mean_, labels, n_classes))
        return self

    def cross_fit(self, features: Array, task: TrainingTask) -> CrossFitted:
        """See `TrainableExpert.cross_fit`."""
        self.mean_ = features.mean(axis=0)
        centred = features - self.mean_
        total = _Moments.of(centred, task.labels, task.n_classes)
        self._set_weights(total)
        scores = np.zeros((len(task.calibration_rows), task.n_classes), dtype=np.float32)
        for split in task.splits():
            apart = np.setdiff1d(np.arange(len(task.labels)), split.train, assume_unique=True)
            left_out = _Moments.of(centred[apart], task.labels[apart], task.n_classes)
            weights, offsets = (total - left_out).solution(self.ridge)
            scores[split.positions] = log_odds(centred[split.rows] @ weights + offsets)
        return CrossFitted(self, scores)

    def scores(self, features: Array) -> Array:
        """See `Expert.scores`: log-odds of each category against all others."""
        return log_odds((features - self.mean_) @ self.weights_ + self.offsets_)

    def state(self) -> State:
        """See `Expert.state`."""
        return State({"mean": self.mean_, "weights": self.weights_, "offsets": self.offsets_})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """See `Expert.from_state`."""
        expert = cls()
        for name in ("mean", "weights", "offsets"):
            setattr(expert, f"{name}_", state.arrays[name])
        return expert

    def _set_weights(self, moments: _Moments) -> None:
        self.weights_, self.offsets_ = moments.solution(self.ridge)


@dataclass(frozen=True)
class _Moments:
    """What discriminant analysis needs of its rows: sums that can be subtracted.

    Attributes:
        sums: (n_classes, d) the sum of the rows of each category.
        squares: (d, d) the sum of the outer products of all rows.
        sizes: (n_classes,) the number of rows of each category.
    """

    sums: NDArray[np.float64]
    squares: NDArray[np.float64]
    sizes: NDArray[np.intp]

    @classmethod
    def of(cls, features: Array, labels: Labels, n_classes: int) -> _Moments:
        rows = len(labels)
        indicators = csr_array(
            (np.ones(rows, dtype=np.float32), (labels, np.arange(rows))), shape=(n_classes, rows)
        )
        return cls(
            (indicators @ features).astype(np.float64),
            (features.T @ features).astype(np.float64),
            np.bincount(labels, minlength=n_classes),
        )

    def __sub__(self, other: _Moments) -> _Moments:
        return _Moments(
            self.sums - other.sums, self.squares - other.squares, self.sizes - other.sizes
        )

    def solution(self, ridge: float) -> tuple[Array, Array]:
        """(d, n_classes) weights and (n_classes,) offsets."""
        from scipy.linalg import solve  # answering does without it

        rows, width = self.sizes.sum(), self.squares.shape[0]
        means = self.sums / np.maximum(self.sizes, 1)[:, None]
        spread = (self.squares - means.T @ (means * self.sizes[:, None])) / rows
        level = max(float(np.trace(spread)) / width, 1e-9)
        spread[np.diag_indices_from(spread)] += ridge * level
        weights = solve(spread, means.T, assume_a="pos")
        with np.errstate(divide="ignore"):
            priors = np.log(self.sizes / rows)
        offsets = np.maximum(priors - (means * weights.T).sum(axis=1) / 2, -1e6)
        return weights.astype(np.float32), offsets.astype(np.float32)


def log_odds(scores: Array) -> Array:
    """(n, n_classes) log-odds of each category against all others, by a softmax of scores."""
    logs = log_softmax(scores.astype(np.float64), axis=1)
    others = np.log1p(-np.exp(np.minimum(logs, -1e-14)))
    return np.asarray((logs - others).clip(-LARGEST_LOG_ODDS, LARGEST_LOG_ODDS), dtype=np.float32)
