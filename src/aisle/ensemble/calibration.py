"""Scores to probabilities that mean what they say."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, log_softmax, logit

from aisle.ensemble.optimiser import minimised
from aisle.experts.expert import Array, Labels
from aisle.experts.state import State

FLOOR = 1e-3
"""The share of every answer that is spread over all categories: no expert may veto one."""

_BIAS_PENALTY = 1e-3


class SigmoidCalibration:
    """A sigmoid of each category's score, renormalised: one slope for all and one bias each.

    Scores of one-against-all experts saturate below zero, which a softmax of scores takes for
    doubt. So each score goes through its own sigmoid (Platt 1999), and all parameters are fitted
    together by the log-loss of the normalised answer, on out-of-fold scores.
    """

    def fit(
        self,
        scores: Array,
        columns: NDArray[np.int32],
        places: Labels,
        shares: NDArray[np.floating],
        unseen: NDArray[np.bool_],
    ) -> Self:
        """Learns slope and biases.

        A category that the expert cannot know, since it had nothing of it to look at, gets its
        share of all products whatever the scores. A catalogue may have pictures of some categories
        only.

        Args:
            scores: (n, k) of the categories on each row's shortlist.
            columns: (n, k) these categories.
            places: (n,) where the right category stands on the shortlist.
            shares: (n_classes,) of each category among all products.
            unseen: (n_classes,) the categories that the expert cannot know.
        """
        self.unseen_ = unseen
        loss = _CalibrationLoss(scores, columns, places, len(shares), unseen)
        start = np.concatenate([[1.0], np.full(len(shares), -1.0)])
        found, self.converged_ = minimised(loss, start) if len(places) else (start, True)
        self.slope_ = np.array([np.exp(found[0])], dtype=np.float32)
        self.biases_ = found[1:].astype(np.float32)
        if unseen.any() and len(scores):
            self._set_unseen(scores, columns, shares)
        return self

    def log_match(self, scores: Array, columns: NDArray[np.int32]) -> Array:
        """(n, k) how well each category fits by itself, as log-probabilities."""
        inner = scores * self.slope_ + self.biases_[columns]
        return np.asarray(log_expit(inner), dtype=np.float32)

    def log_proba(self, scores: Array, columns: NDArray[np.int32]) -> Array:
        """(n, k) log-probabilities, none below that of its share of the floor."""
        logs = log_softmax(self.log_match(scores, columns), axis=1)
        return np.asarray(np.logaddexp(logs + np.log1p(-FLOOR), self.log_floor), dtype=np.float32)

    @property
    def log_floor(self) -> float:
        """The log-probability of a category that is not on the shortlist."""
        return float(np.log(FLOOR / len(self.biases_)))

    def state(self) -> State:
        """All that was learned."""
        return State({"slope": self.slope_, "biases": self.biases_, "unseen": self.unseen_})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """The calibration that had this state."""
        calibration = cls()
        for name in ("slope", "biases", "unseen"):
            setattr(calibration, f"{name}_", state.arrays[name])
        return calibration

    def _set_unseen(
        self, scores: Array, columns: NDArray[np.int32], shares: NDArray[np.floating]
    ) -> None:
        """Sets biases with which unseen categories get about their shares."""
        unseen = self.unseen_
        match = np.exp(self.log_match(scores, columns))
        level = np.where(unseen[columns], 0, match).sum(axis=1).mean()
        wanted = level * shares[unseen] / max(float(shares[~unseen].sum()), 1e-9)
        here = unseen[columns]
        constant = float(scores[here][0]) * self.slope_[0] if here.any() else 0.0
        self.biases_[unseen] = logit(wanted.clip(1e-6, 0.5)) - constant


class _CalibrationLoss:
    """The penalised log-loss, and its slope along the log of the slope and each bias."""

    def __init__(
        self,
        scores: Array,
        columns: NDArray[np.int32],
        places: Labels,
        n_classes: int,
        unseen: NDArray[np.bool_],
    ) -> None:
        self.scores = scores
        self.columns = columns
        self.places = places
        self.n_classes = n_classes
        self.known = ~unseen[columns] if unseen.any() else None
        self.rows = np.arange(len(places))

    def __call__(self, parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        slope, biases = np.exp(parameters[0]), parameters[1:]
        inner = self.scores * np.float32(slope) + biases.astype(np.float32)[self.columns]
        match = log_expit(inner)
        if self.known is not None:
            match = np.where(self.known, match, -np.inf)
        logs = log_softmax(match, axis=1)
        value = -logs[self.rows, self.places].mean(dtype=np.float64)
        excess = np.exp(logs)
        excess[self.rows, self.places] -= 1
        excess *= expit(-inner)
        by_bias = summed(excess, self.columns, self.n_classes) / len(self.rows)
        by_slope = slope * float(np.vdot(excess, self.scores)) / len(self.rows)
        value += _BIAS_PENALTY / 2 * ((biases + 1) ** 2).sum()
        return float(value), np.concatenate([[by_slope], by_bias + _BIAS_PENALTY * (biases + 1)])


def summed(values: Array, columns: NDArray[np.int32], n_classes: int) -> NDArray[np.float64]:
    """(n_classes,) the sum of the values in each column."""
    if columns.shape[1] == n_classes:
        return np.asarray(values.sum(axis=0, dtype=np.float64))
    return np.asarray(np.bincount(columns.ravel(), values.ravel(), n_classes), dtype=np.float64)
