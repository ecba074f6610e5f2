"""Scores to probabilities that mean what they say."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, log_softmax, logit

from aisle.experts.base import Array, Labels

FLOOR = 1e-3
"""The share of every answer that is spread over all categories: no expert may veto one."""

_BIAS_PENALTY = 1e-3


class SigmoidCalibration:
    """A sigmoid of each category's score, renormalised: one slope for all and one bias each.

    Scores of one-against-all experts saturate below zero, which a softmax of scores takes for
    doubt. So each score goes through its own sigmoid (Platt 1999), and all parameters are fitted
    together by the log-loss of the normalised answer, on scores of rows the expert had not seen.
    """

    def fit(self, scores: Array, labels: Labels, shares: NDArray[np.floating]) -> Self:
        """Learns slope and biases.

        A category that the expert cannot know, since it had nothing of it to look at, is spared: it
        gets its share of all products whatever the scores. A catalogue may have pictures of some
        categories only.

        Args:
            scores: (n, categories).
            labels: (n,) the right categories.
            shares: (categories,) of each category among all products.
        """
        from scipy.optimize import minimize  # answering does without it

        seen = np.bincount(labels, minlength=len(shares)) > 0
        self.spared_ = ~seen & (np.ptp(scores, axis=0) == 0 if len(scores) else False)
        known = np.flatnonzero(~self.spared_)
        start = np.concatenate([[1.0], np.full(len(known), -1.0)])
        self.converged_ = True
        if len(labels):
            columns = np.searchsorted(known, labels)
            found = minimize(_loss, start, (scores[:, known], columns), "L-BFGS-B", jac=True)
            start, self.converged_ = found.x, bool(found.success)
        self.slope_ = np.array([np.exp(start[0])], dtype=np.float32)
        self.biases_ = np.zeros(len(shares), dtype=np.float32)
        self.biases_[known] = start[1:]
        if self.spared_.any():
            self._spare(scores, shares)
        return self

    def _spare(self, scores: Array, shares: NDArray[np.floating]) -> None:
        """Sets biases with which spared categories get about their shares."""
        level = np.exp(self.log_match(scores))[:, ~self.spared_].sum(axis=1).mean()
        match = level * shares[self.spared_] / shares[~self.spared_].sum()
        constant = scores[0, self.spared_] * self.slope_
        self.biases_[self.spared_] = logit(match.clip(1e-6, 0.5)) - constant

    def log_match(self, scores: Array) -> Array:
        """(n, categories) how well each category fits by itself, as log-probabilities."""
        return np.asarray(log_expit(scores * self.slope_ + self.biases_), dtype=np.float32)

    def log_proba(self, scores: Array) -> Array:
        """(n, categories) log-probabilities, none below that of its share of the floor."""
        logs = log_softmax(self.log_match(scores), axis=1)
        spread = np.log(FLOOR / scores.shape[1])
        return np.asarray(np.logaddexp(logs + np.log1p(-FLOOR), spread), dtype=np.float32)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """All that was learned, as arrays."""
        return {"slope": self.slope_, "biases": self.biases_, "spared": self.spared_}

    @classmethod
    def from_state(cls, state: dict[str, NDArray[Any]]) -> Self:
        """The calibration that had this state."""
        calibration = cls()
        calibration.slope_ = state["slope"]
        calibration.biases_ = state["biases"]
        calibration.spared_ = state["spared"]
        return calibration


def _loss(
    parameters: NDArray[np.float64], scores: Array, labels: Labels
) -> tuple[float, NDArray[np.float64]]:
    """The penalised log-loss, and its slope along each parameter."""
    rows, slope, biases = np.arange(len(labels)), np.exp(parameters[0]), parameters[1:]
    inner = scores * slope + biases
    logs = log_softmax(log_expit(inner), axis=1)
    value = -logs[rows, labels].mean() + _BIAS_PENALTY / 2 * ((biases + 1) ** 2).sum()
    excess = np.exp(logs)
    excess[rows, labels] -= 1
    excess *= expit(-inner) / len(rows)
    by_slope = slope * (excess * scores).sum()
    by_bias = excess.sum(axis=0) + _BIAS_PENALTY * (biases + 1)
    return float(value), np.concatenate([[by_slope], by_bias])
