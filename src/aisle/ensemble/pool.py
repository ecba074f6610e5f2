"""The log-linear pool: a weighted sum of log-probabilities, renormalised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

Logs = NDArray[np.float32]

PULL = 0.01
"""The penalty on squared differences between an expert's weights for single categories and its
weight for all: rare categories keep to the common one."""


class LogLinearPool:
    """Joins experts (Genest and Zidek 1986, doi:10.1214/ss/1177013825).

    Weights are not negative and minimise the log-loss: first one an expert, then one an expert and
    category, pulled towards the first. An expert that does not help gets 0.
    """

    def fit(self, logs: Sequence[Logs], labels: NDArray[np.intp]) -> Self:
        """Learns the weights.

        Args:
            logs: for each expert (n, categories) log-probabilities of rows it had not seen.
            labels: (n,) the right categories.
        """
        shape = len(logs), logs[0].shape[1]
        start = np.full((shape[0], 1), 1 / shape[0])
        common, converged = _minimised(logs, labels, start, pull=0.0)
        weights, settled = _minimised(logs, labels, np.repeat(common, shape[1], axis=1), PULL)
        self.weights_ = weights.astype(np.float32)
        self.converged_ = converged and settled
        return self


def pooled(logs: Sequence[Logs], weights: NDArray[np.floating]) -> Logs:
    """(n, categories) the weighted sum of log-probabilities, renormalised.

    Args:
        logs: for each expert (n, categories) log-probabilities.
        weights: (experts, categories), or (experts, 1) for all categories alike.
    """
    total = sum(log * weight for log, weight in zip(logs, weights, strict=True))
    return np.asarray(log_softmax(total, axis=1), dtype=np.float32)


def _minimised(
    logs: Sequence[Logs], labels: NDArray[np.intp], start: NDArray[np.float64], pull: float
) -> tuple[NDArray[np.float64], bool]:
    """The weights of least log-loss around `start`, and whether the optimiser came to its end."""
    from scipy.optimize import minimize  # answering does without it

    rows = np.arange(len(labels))

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(start.shape)
        joint = pooled(logs, weights)
        excess = np.exp(joint)
        excess[rows, labels] -= 1
        slopes = np.stack([(excess * log).sum(axis=0) for log in logs]) / len(rows)
        if start.shape[1] == 1:
            slopes = slopes.sum(axis=1, keepdims=True)
        strain = weights - start
        value = -joint[rows, labels].mean(dtype=np.float64) + pull * (strain**2).sum()
        return float(value), (slopes + 2 * pull * strain).ravel()

    bounds = [(0.0, None)] * start.size
    found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", bounds=bounds)
    return found.x.reshape(start.shape), bool(found.success)
