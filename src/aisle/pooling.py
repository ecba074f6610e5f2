"""The log-linear pool: a weighted sum of log-probabilities, renormalised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

Logs = NDArray[np.float32]


class LogLinearPool:
    """Joins experts (Genest and Zidek 1986, doi:10.1214/ss/1177013825).

    The weights are not negative and minimise the log-loss. An expert that does not help gets 0.
    """

    def fit(self, logs: Sequence[Logs], labels: NDArray[np.intp]) -> Self:
        """Learns one weight an expert.

        Args:
            logs: for each expert (n, categories) log-probabilities of rows it had not seen.
            labels: (n,) the right categories.
        """
        rows = np.arange(len(labels))

        def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            joint = pooled(logs, weights)
            excess = np.exp(joint)
            excess[rows, labels] -= 1
            slopes = [float((excess * log).sum()) / len(rows) for log in logs]
            return float(-joint[rows, labels].mean()), np.array(slopes)

        start = np.full(len(logs), 1 / len(logs))
        bounds = [(0.0, None)] * len(logs)
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
        self.weights_ = found.x.astype(np.float32)
        self.converged_ = bool(found.success)
        return self

    def log_proba(self, logs: Sequence[Logs]) -> Logs:
        """(n, categories) log-probabilities of the pool."""
        return pooled(logs, self.weights_)


def pooled(logs: Sequence[Logs], weights: NDArray[np.floating]) -> Logs:
    """(n, categories) the weighted sum of log-probabilities, renormalised."""
    total = sum(weight * log for weight, log in zip(weights, logs, strict=True))
    return np.asarray(log_softmax(total, axis=1), dtype=np.float32)
