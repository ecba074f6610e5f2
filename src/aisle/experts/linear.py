"""A linear expert on sparse features."""

from __future__ import annotations

from threading import Lock
from typing import Any, Self
from warnings import catch_warnings

import numpy as np
from numpy.typing import NDArray

from aisle.experts.base import Array, Features, Labels

_LIBLINEAR = Lock()
"""LIBLINEAR draws from one generator a process: two fits at a time would not be repeatable."""


def fit_hyperplanes(
    features: Features, labels: NDArray[np.generic], strength: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(m, d) weights and (m,) offsets by squared hinge loss; for two labels one row alone."""
    from sklearn.svm import LinearSVC  # answering does without it, and it takes long to import

    svm = LinearSVC(C=strength, dual=True, random_state=0)
    with _LIBLINEAR, catch_warnings(action="ignore", category=UserWarning):
        svm.fit(features, labels)  # warns of many labels for few rows, which is no fault here
    return svm.coef_, svm.intercept_


class LinearExpert:
    """One hyperplane a category against all others, by squared hinge loss (LIBLINEAR).

    On product texts this loss beats the logistic one by about a point of accuracy; probabilities
    come from a calibration afterwards. The weights of a feature lie beside each other, so that a
    product touches those of its own features alone.

    Args:
        strength: the inverse of the regularisation, liblinear's C.
    """

    def __init__(self, strength: float = 1.0) -> None:
        self.strength = strength

    def fit(self, features: Features, labels: Labels, count: int) -> Self:
        """See `Learner.fit`. A category that does not occur scores -1, the target of a negative."""
        seen = np.unique(labels)
        self.weights_ = np.zeros((features.shape[1], count), dtype=np.float32)
        self.offsets_ = np.full(count, -1.0, dtype=np.float32)
        if len(seen) == 1:
            self.offsets_[seen] = 1.0
            return self
        weights, offsets = fit_hyperplanes(features, labels, self.strength)
        two = len(seen) == 2
        self.weights_[:, seen] = (np.vstack([-weights, weights]) if two else weights).T
        self.offsets_[seen] = np.concatenate([-offsets, offsets]) if two else offsets
        return self

    def scores(self, features: Features) -> Array:
        """See `Expert.scores`: signed distances to the hyperplanes."""
        return np.asarray(features @ self.weights_ + self.offsets_, dtype=np.float32)

    def lead(self, winner: int, runner_up: int, columns: NDArray[np.intp]) -> Array:
        """How much more weight the winner gives to columns than the runner-up."""
        return np.asarray(self.weights_[columns, winner] - self.weights_[columns, runner_up])

    def state(self) -> dict[str, NDArray[np.generic]]:
        """See `Expert.state`."""
        return {"weights": self.weights_, "offsets": self.offsets_}

    @classmethod
    def from_state(cls, state: dict[str, NDArray[Any]]) -> Self:
        """See `Expert.from_state`."""
        expert = cls()
        expert.weights_ = state["weights"]
        expert.offsets_ = state["offsets"]
        return expert
