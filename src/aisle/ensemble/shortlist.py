"""The categories that an answer is worked out on: all of them, or the best few of thousands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aisle.experts.expert import Array

FEW = 100
"""Up to this many categories, all of them are on the shortlist."""

LENGTH = 40
"""Beyond that, the length of the shortlist: time and memory grow with it, not with the tree."""

_CHUNK = 4_000


@dataclass(frozen=True)
class Shortlist:
    """The k best categories of n rows.

    Attributes:
        columns: (n, k) categories.
        scores: for each expert (n, k) its scores of these categories.
        n_classes: the number of all categories.
    """

    columns: NDArray[np.int32]
    scores: tuple[Array, ...]
    n_classes: int

    @classmethod
    def of(cls, scores: Sequence[Array]) -> Shortlist:
        """The shortlist of each row.

        Args:
            scores: for each expert (n, n_classes) scores; 0 everywhere where it has nothing to look
                at.
        """
        n, n_classes = scores[0].shape
        if n_classes <= FEW:
            columns = np.broadcast_to(np.arange(n_classes, dtype=np.int32), (n, n_classes))
            return cls(columns, tuple(scores), n_classes)
        columns = np.empty((n, LENGTH), dtype=np.int32)
        for start in range(0, n, _CHUNK):
            part = slice(start, start + _CHUNK)
            best = np.max([_standardised(one[part]) for one in scores], axis=0)
            columns[part] = np.argpartition(-best, LENGTH, axis=1)[:, :LENGTH]
        columns.sort(axis=1)
        found = tuple(np.take_along_axis(one, columns, axis=1) for one in scores)
        return cls(columns, found, n_classes)

    @property
    def is_complete(self) -> bool:
        """Whether all categories are on it."""
        return bool(self.columns.shape[1] == self.n_classes)

    def take(self, rows: NDArray[np.generic]) -> Shortlist:
        """The shortlists of some rows, by number or by flag."""
        scores = tuple(one[rows] for one in self.scores)
        return Shortlist(self.columns[rows], scores, self.n_classes)

    def places(self, labels: NDArray[np.intp]) -> NDArray[np.intp]:
        """(n,) where each label stands on its row's shortlist; -1 where it does not."""
        if self.is_complete:
            return labels
        hits = self.columns == labels[:, None]
        return np.where(hits.any(axis=1), hits.argmax(axis=1), -1)

    def full_log_proba(self, log_proba: Array, outside: float) -> Array:
        """(n, n_classes) log-probabilities of all categories.

        Args:
            log_proba: (n, k) of the shortlisted categories, which sum to 1 in each row.
            outside: the probability that the right category is none of these; the others share it.
        """
        if self.is_complete:
            return log_proba
        n, k = self.columns.shape
        least = np.log(outside / (self.n_classes - k))
        full = np.full((n, self.n_classes), least, dtype=np.float32)
        inside = log_proba + np.float32(np.log1p(-outside))
        np.put_along_axis(full, self.columns.astype(np.intp), inside, axis=1)
        return full


def _standardised(scores: Array) -> Array:
    """Scores of each row with mean 0 and deviation 1, so that experts can be compared."""
    centred = scores - scores.mean(axis=1, keepdims=True)
    spread = np.maximum(scores.std(axis=1, keepdims=True), 1e-6)
    return np.asarray(centred / spread, dtype=np.float32)
