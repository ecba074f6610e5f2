"""What an expert says of rows that it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from aisle.experts.base import Array, Expert, Features, Labels, Learner
from aisle.parallel import cores

_MOST_THREADS = 4
"""Folds at a time, at most: each takes its own memory."""


@dataclass(frozen=True)
class Evidence:
    """What one expert looks at: (n, d) features, and which of the n rows have any."""

    features: Features
    present: NDArray[np.bool_]


@dataclass(frozen=True)
class Lesson:
    """What is to be learned.

    Attributes:
        labels: (n,) the right categories, 0 to `count` - 1.
        count: the number of categories.
        folds: (n,) the folds; near-duplicates share one.
        held: (m,) the rows that out-of-fold scores are wanted for.
    """

    labels: Labels
    count: int
    folds: NDArray[np.intp]
    held: NDArray[np.intp]

    @property
    def apart(self) -> NDArray[np.bool_]:
        """(n,) the rows of folds in which nothing is held."""
        return np.isin(self.folds, self.folds[self.held], invert=True)


@dataclass(frozen=True)
class Learned:
    """What came of a lesson.

    Attributes:
        expert: as it answers from now on.
        scores: (m, count) of the held rows, each by an expert that had not seen it; 0 where there
            is nothing to see.
    """

    expert: Expert
    scores: Array


def cross_fitted(make: Callable[[], Learner], evidence: Evidence, lesson: Lesson) -> Learned:
    """An expert of all rows; held rows are scored by experts fitted on all other folds."""
    from threadpoolctl import threadpool_limits  # answering does without it

    with threadpool_limits(1, "blas"):  # folds run beside each other, one core each
        scores = out_of_fold_scores(make, evidence, lesson)
    return Learned(_fitted(make, evidence, lesson, evidence.present), scores)


def out_of_fold_scores(make: Callable[[], Learner], evidence: Evidence, lesson: Lesson) -> Array:
    """(m, count) scores of the held rows, each by an expert fitted on all other folds.

    Rows with nothing to see score 0 everywhere.
    """
    scores = np.zeros((len(lesson.held), lesson.count), dtype=np.float32)

    def score(fold: int) -> None:
        mine = (lesson.folds[lesson.held] == fold) & evidence.present[lesson.held]
        others = (lesson.folds != fold) & evidence.present
        if mine.any() and others.any():
            expert = _fitted(make, evidence, lesson, others)
            scores[mine] = expert.scores(evidence.features[lesson.held[mine]])

    folds = np.unique(lesson.folds)
    with ThreadPoolExecutor(min(_MOST_THREADS, cores())) as pool:
        list(tqdm(pool.map(score, folds), "cross-fitting", len(folds), disable=None, leave=False))
    return scores


def _fitted(
    make: Callable[[], Learner], evidence: Evidence, lesson: Lesson, chosen: NDArray[np.bool_]
) -> Learner:
    rows = np.flatnonzero(chosen)
    return make().fit(evidence.features[rows], lesson.labels[rows], lesson.count)
