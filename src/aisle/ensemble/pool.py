"""The log-linear pool: a weighted sum of log-probabilities, renormalised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from aisle.ensemble.calibration import summed
from aisle.ensemble.optimiser import Vector, minimised

Logs = NDArray[np.float32]

SHRINKAGE = 0.01
"""The penalty on squared differences between an expert's weights for single categories and its
weight for all: rare categories keep to the common one."""


class LogLinearPool:
    """Joins experts (Genest and Zidek 1986, doi:10.1214/ss/1177013825).

    Weights are not negative and minimise the log-loss: first one an expert, then one an expert and
    category, shrunk towards the first. An expert that does not help gets 0.
    """

    def fit(
        self,
        logs: Sequence[Logs],
        columns: NDArray[np.int32],
        places: NDArray[np.intp],
        n_classes: int,
    ) -> Self:
        """Learns the weights.

        Args:
            logs: for each expert (n, k) log-probabilities of rows it had not seen.
            columns: (n, k) the categories that they are of.
            places: (n,) where the right category stands among them.
            n_classes: the number of categories.
        """
        stacked = np.stack(logs)
        start = np.full(len(logs), 1 / len(logs))
        common, settled = minimised(_CommonLoss(stacked, places), start, lowest=0.0)
        begin = np.repeat(common, n_classes)
        loss = _CategoryLoss(stacked, columns, places, begin)
        weights, converged = minimised(loss, begin, lowest=0.0)
        self.weights_ = weights.reshape(len(logs), n_classes).astype(np.float32)
        self.converged_ = settled and converged
        return self


def pooled(logs: Sequence[Logs], weights: NDArray[np.floating], columns: NDArray[np.int32]) -> Logs:
    """(n, k) the weighted sum of log-probabilities, not normalised.

    Args:
        logs: for each expert (n, k) log-probabilities.
        weights: (experts, n_classes).
        columns: (n, k) the categories of the log-probabilities.
    """
    total = np.zeros(columns.shape, dtype=np.float32)
    for log, weight in zip(logs, weights, strict=True):
        total += log * weight[columns]
    return total


class _CommonLoss:
    """The log-loss of one weight an expert."""

    def __init__(self, logs: Logs, places: NDArray[np.intp]) -> None:
        self.logs = logs
        self.rows, self.places = np.arange(len(places)), places

    def __call__(self, weights: Vector) -> tuple[float, Vector]:
        joint = log_softmax(np.tensordot(weights.astype(np.float32), self.logs, 1), axis=1)
        value = -joint[self.rows, self.places].mean(dtype=np.float64)
        excess = np.exp(joint)
        excess[self.rows, self.places] -= 1
        slopes = np.array([np.vdot(excess, log) for log in self.logs], dtype=np.float64)
        return float(value), slopes / len(self.rows)


class _CategoryLoss:
    """The log-loss of one weight an expert and category, shrunk towards the starting point."""

    def __init__(
        self, logs: Logs, columns: NDArray[np.int32], places: NDArray[np.intp], centre: Vector
    ) -> None:
        self.logs = logs
        self.columns = columns
        self.rows, self.places = np.arange(len(places)), places
        self.centre = centre
        self.n_classes = len(centre) // len(logs)

    def __call__(self, flat: Vector) -> tuple[float, Vector]:
        weights = flat.reshape(len(self.logs), self.n_classes).astype(np.float32)
        joint = log_softmax(pooled(list(self.logs), weights, self.columns), axis=1)
        value = -joint[self.rows, self.places].mean(dtype=np.float64)
        excess = np.exp(joint)
        excess[self.rows, self.places] -= 1
        slopes = [summed(excess * log, self.columns, self.n_classes) for log in self.logs]
        strain = flat - self.centre
        value += SHRINKAGE * (strain**2).sum()
        return float(value), np.concatenate(slopes) / len(self.rows) + 2 * SHRINKAGE * strain
