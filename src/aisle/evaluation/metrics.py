"""How often answers are right: numpy in, numbers out.

Truth and answers are (n,) columns of categories. A category that the model does not know has a
column of its own behind those of the model; where there is no answer, the column is `NO_ANSWER`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.metrics import precision_recall_fscore_support

Columns = NDArray[np.intp]
Floats = NDArray[np.floating]
Flags = NDArray[np.bool_]

NO_ANSWER = -1
"""Stands in place of an answer where there was nothing to look at. It is never right."""

LEAST_PROBABILITY = 1e-7
"""Log-loss counts no probability as less than this, about the precision of float32."""


@dataclass(frozen=True)
class ClassScores:
    """What the answers are worth for each category; arrays of one length.

    Attributes:
        columns: the categories that occur in the truth or among the answers.
        precision: the share of its answers that are right; 0 where there are none.
        recall: the share of its products that are found; 0 where there are none.
        f1: the harmonic mean of both.
        support: how many products there are in truth.
        answers: how often it was answered.
    """

    columns: Columns
    precision: Floats
    recall: Floats
    f1: Floats
    support: Columns
    answers: Columns

    @property
    def macro_f1(self) -> float:
        """The mean of F1, each category counting the same."""
        return float(self.f1.mean())

    @property
    def weighted_f1(self) -> float:
        """The mean of F1, each category counting by its products."""
        return float(np.average(self.f1, weights=self.support))


def accuracy(truth: Columns, answers: Columns) -> float:
    """The share of right answers.

    The same as micro-F1, since each product has one category and one answer.
    """
    return float((truth == answers).mean())


def class_scores(truth: Columns, answers: Columns) -> ClassScores:
    """Precision, recall and F1 of each category, as scikit-learn defines them."""
    columns = np.union1d(truth, answers[answers != NO_ANSWER])
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, answers, labels=columns, zero_division=0
    )
    counts = np.bincount(np.searchsorted(columns, answers[answers != NO_ANSWER]))
    counts = np.pad(counts, (0, len(columns) - len(counts)))
    return ClassScores(columns, precision, recall, f1, support.astype(np.intp), counts)


def log_loss(own: Floats) -> float:
    """The mean of -log of the probability that the right category was given, in nats.

    Args:
        own: (n,) these probabilities; rows whose category the model does not know are not among
            them, since it cannot but give them 0.
    """
    return float(-np.log(np.clip(own, LEAST_PROBABILITY, 1)).mean()) if len(own) else float("nan")


def share_interval(hits: int, trials: int) -> tuple[float, float]:
    """The exact 95 % interval of a share (Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404).

    It takes rows for independent: near-duplicates among them make it too narrow.
    """
    if trials == 0:
        return 0.0, 1.0
    interval = binomtest(hits, trials).proportion_ci(0.95, method="exact")
    return float(interval.low), float(interval.high)


def confusions(truth: Columns, answers: Columns) -> list[tuple[int, int, int]]:
    """The cells of the confusion matrix that are not empty, the largest first.

    Returns:
        (truth, answer, how many rows); the answer may be `NO_ANSWER`.
    """
    pairs, counts = np.unique(np.stack([truth, answers]), axis=1, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return [(int(pairs[0, i]), int(pairs[1, i]), int(counts[i])) for i in order]
