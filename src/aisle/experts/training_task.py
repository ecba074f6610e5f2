"""What there is to learn: labels, and folds to divide the rows by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class FoldSplit:
    """One fold against the others.

    Attributes:
        train: the rows of all other folds.
        rows: the calibration rows of this fold.
        positions: where these rows stand among all calibration rows.
    """

    train: NDArray[np.intp]
    rows: NDArray[np.intp]
    positions: NDArray[np.intp]


@dataclass(frozen=True)
class TrainingTask:
    """What there is to learn of n rows.

    Attributes:
        labels: (n,) the right categories, 0 to `n_classes` - 1.
        n_classes: the number of categories.
        folds: (n,) the fold assignment; near-duplicates share a fold.
        calibration_rows: (m,) the rows that out-of-fold predictions are made of.
    """

    labels: NDArray[np.intp]
    n_classes: int
    folds: NDArray[np.intp]
    calibration_rows: NDArray[np.intp]

    @property
    def training_only(self) -> NDArray[np.bool_]:
        """(n,) the rows of folds without a calibration row."""
        return np.isin(self.folds, self.folds[self.calibration_rows], invert=True)

    def splits(self) -> list[FoldSplit]:
        """Each fold that has calibration rows against the others, where these have rows."""
        of_rows = self.folds[self.calibration_rows]
        found = []
        for fold in np.unique(of_rows):
            train, positions = np.flatnonzero(self.folds != fold), np.flatnonzero(of_rows == fold)
            if len(train):
                found.append(FoldSplit(train, self.calibration_rows[positions], positions))
        return found

    def take(self, rows: NDArray[np.intp]) -> TrainingTask:
        """The task of some of the rows, in ascending order."""
        among = np.isin(self.calibration_rows, rows)
        return TrainingTask(
            self.labels[rows],
            self.n_classes,
            self.folds[rows],
            np.searchsorted(rows, self.calibration_rows[among]),
        )
