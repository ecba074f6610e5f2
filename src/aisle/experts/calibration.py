"""Scores to probabilities that mean what they say."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

from aisle.experts.base import Array, Labels

FLOOR = 1e-3
"""The share of every answer that is spread over all categories: no expert may veto one."""

_BIAS_PENALTY = 1e-2


class VectorScaling:
    """One temperature for all categories and one bias each (Guo et al. 2017, arXiv 1706.04599).

    Fitted by log-loss on scores that the expert gave for rows it had not seen.
    """

    def fit(self, scores: Array, labels: Labels) -> Self:
        """Learns temperature and biases.

        Args:
            scores: (n, categories).
            labels: (n,) the right categories.
        """
        rows, count = scores.shape
        if not rows:
            self.converged_ = True
            self.slope_ = np.ones(1, dtype=np.float32)
            self.biases_ = np.zeros(count, dtype=np.float32)
            return self
        counts = np.bincount(labels, minlength=count)

        def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            slope, biases = np.exp(parameters[0]), parameters[1:]
            logs = log_softmax(scores * slope + biases, axis=1)
            value = -logs[np.arange(rows), labels].mean() + _BIAS_PENALTY / 2 * (biases**2).sum()
            excess = np.exp(logs)
            excess[np.arange(rows), labels] -= 1
            by_slope = slope * (excess * scores).sum() / rows
            by_bias = (np.exp(logs).sum(axis=0) - counts) / rows + _BIAS_PENALTY * biases
            return float(value), np.concatenate([[by_slope], by_bias])

        start = np.zeros(1 + count)
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})
        self.converged_ = bool(found.success)
        self.slope_ = np.array([np.exp(found.x[0])], dtype=np.float32)
        self.biases_ = found.x[1:].astype(np.float32)
        return self

    def log_proba(self, scores: Array) -> Array:
        """(n, categories) log-probabilities, none below that of its share of the floor."""
        logs = log_softmax(scores * self.slope_ + self.biases_, axis=1)
        spread = np.log(FLOOR / scores.shape[1])
        return np.asarray(np.logaddexp(logs + np.log1p(-FLOOR), spread), dtype=np.float32)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """All that was learned, as arrays."""
        return {"slope": self.slope_, "biases": self.biases_}

    @classmethod
    def from_state(cls, state: dict[str, NDArray[Any]]) -> Self:
        """The calibration that had this state."""
        scaling = cls()
        scaling.slope_ = state["slope"]
        scaling.biases_ = state["biases"]
        return scaling
