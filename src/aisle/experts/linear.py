"""Linear experts: one hyperplane a category against all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, ClassVar, Self
from warnings import catch_warnings

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from tqdm import tqdm

from aisle.experts.expert import Array, CrossFitted, Features, Labels, TrainableExpert
from aisle.experts.registry import register
from aisle.experts.state import State
from aisle.experts.training_task import TrainingTask

_LIBLINEAR = Lock()
"""LIBLINEAR draws from one generator a process: two fits at a time would not be repeatable."""

RowSets = Sequence[NDArray[np.intp]]
"""For each category the rows that its hyperplane is fitted on."""


@dataclass(frozen=True)
class LinearSettings:
    """How hyperplanes are fitted.

    Attributes:
        strength: the inverse of the regularisation, LIBLINEAR's C.
        tolerance: LIBLINEAR's own default; a smaller one takes longer and is no more accurate.
        all_rows: up to this many rows, each hyperplane is fitted on all of them.
        negatives: beyond that, the number of negatives that are added in each round.
        rounds: the number of rounds with the hardest negatives, after one with random ones.
        dense_weights: up to this many weights are kept as a dense array, for speed.
        smallest_weight: beyond that, smaller weights are left out.
        seed: draws the random negatives.
    """

    strength: float = 1.0
    tolerance: float = 0.1
    all_rows: int = 3_000
    negatives: int = 800
    rounds: int = 2
    dense_weights: int = 50_000_000
    smallest_weight: float = 0.01
    seed: int = 0


@register
class LinearExpert(TrainableExpert):
    """One hyperplane a category against all others, by squared hinge loss (LIBLINEAR).

    On product texts this loss beats the logistic one by about a point of accuracy; probabilities
    come from a calibration afterwards.

    A hyperplane rests on the few rows near it alone. So with many rows it is first fitted against
    random negatives, then against those that came out as the hardest ones (hard-negative mining; a
    working set, as in Joachims 1999, "Making large-scale SVM learning practical"): the same
    accuracy as on all rows, in a fraction of the time. Folds are fitted on the same rows without
    their own.
    """

    kind: ClassVar[str] = "linear"

    def __init__(self, settings: LinearSettings = LinearSettings()) -> None:
        self.settings = settings

    def fit(self, features: Features, labels: Labels, n_classes: int) -> Self:
        """See `TrainableExpert.fit`. A category without a row scores -1, as a negative should."""
        return self._solve(features, labels, self._row_sets(features, labels, n_classes))

    def cross_fit(self, features: Features, task: TrainingTask) -> CrossFitted:
        """See `TrainableExpert.cross_fit`."""
        sets = self._row_sets(features, task.labels, task.n_classes)
        expert = LinearExpert(self.settings)._solve(features, task.labels, sets)
        scores = np.zeros((len(task.calibration_rows), task.n_classes), dtype=np.float32)
        splits = task.splits()
        for number, split in enumerate(splits, start=1):
            train = np.zeros(len(task.labels), dtype=np.bool_)
            train[split.train] = True
            part = LinearExpert(self.settings)
            kept = [rows[train[rows]] for rows in sets]
            part._solve(features, task.labels, kept, f"hyperplanes, fold {number}/{len(splits)}")
            scores[split.positions] = part.scores(features[split.rows])
        return CrossFitted(expert, scores)

    def scores(self, features: Features) -> Array:
        """See `Expert.scores`: signed distances to the hyperplanes."""
        products = features @ self.weights_
        dense = products.toarray() if isinstance(products, csr_array) else products
        return np.asarray(dense + self.offsets_, dtype=np.float32)

    def contributions(
        self, features: Features, winner: int, runner_up: int
    ) -> Sequence[tuple[int, float]]:
        """See `Expert.contributions`."""
        row = csr_array(features)
        pair = self.weights_[row.indices][:, [winner, runner_up]]
        pair = pair.toarray() if isinstance(pair, csr_array) else pair
        shares = (pair[:, 0] - pair[:, 1]) * row.data
        return list(zip(row.indices.tolist(), shares.tolist(), strict=True))

    def state(self) -> State:
        """See `Expert.state`."""
        if isinstance(self.weights_, np.ndarray):
            return State({"weights": self.weights_, "offsets": self.offsets_})
        return State(
            {
                "values": self.weights_.data,
                "categories": self.weights_.indices.astype(np.int32),
                "starts": self.weights_.indptr.astype(np.int64),
                "offsets": self.offsets_,
            }
        )

    @classmethod
    def from_state(cls, state: State) -> Self:
        """See `Expert.from_state`."""
        expert, arrays = cls(), state.arrays
        expert.offsets_ = arrays["offsets"]
        expert.weights_ = arrays["weights"] if "weights" in arrays else _sparse_weights(arrays)
        return expert

    def _row_sets(self, features: Features, labels: Labels, n_classes: int) -> RowSets:
        """The rows that matter to each hyperplane."""
        if len(labels) <= self.settings.all_rows:
            return [np.arange(len(labels))] * n_classes
        random = np.random.default_rng(self.settings.seed)
        size = self.settings.negatives
        sets: RowSets = [
            np.union1d(own, random.choice(len(labels), size, replace=False))
            for own in rows_by_category(labels, n_classes)
        ]
        for number in range(self.settings.rounds):
            rough = LinearExpert(self.settings)._solve(
                features, labels, sets, f"hyperplanes, round {number + 1}"
            )
            sets = rough._harder(features, labels, sets)
        return sets

    def _harder(self, features: Features, labels: Labels, sets: RowSets) -> RowSets:
        """Positives, what supports the present hyperplanes, and the hardest other negatives."""
        n_classes, size = len(sets), self.settings.negatives
        harder: list[NDArray[np.intp]] = []
        for first in range(0, n_classes, _BLOCK):
            columns = range(first, min(first + _BLOCK, n_classes))
            margins = self._columns(columns).scores(features)
            margins[labels[:, None] == np.array(columns)] = np.inf
            for column, margin in zip(columns, margins.T, strict=True):
                supporting = sets[column][margin[sets[column]] > -1]
                wrong = np.flatnonzero((margin > -1) & np.isfinite(margin))
                if len(wrong) > size:
                    wrong = wrong[np.argpartition(-margin[wrong], size)[:size]]
                harder.append(np.union1d(supporting, wrong) if len(wrong) else sets[column])
        return harder

    def _columns(self, columns: range) -> LinearExpert:
        part = LinearExpert(self.settings)
        part.weights_ = self.weights_[:, columns.start : columns.stop]
        part.offsets_ = self.offsets_[columns.start : columns.stop]
        return part

    def _solve(
        self, features: Features, labels: Labels, sets: RowSets, title: str = "hyperplanes"
    ) -> Self:
        d, n_classes = features.shape[1], len(sets)
        dense = d * n_classes <= self.settings.dense_weights
        weights = np.zeros((d, n_classes), dtype=np.float32) if dense else _Columns()
        self.offsets_ = np.full(n_classes, -1.0, dtype=np.float32)
        for category in tqdm(range(n_classes), title, disable=None, leave=False):
            rows = sets[category]
            own = labels[rows] == category
            if own.all() or not own.any():
                self.offsets_[category] = 1.0 if len(own) and own.all() else -1.0
                continue
            found, self.offsets_[category] = self._hyperplane(features[rows], own)
            if isinstance(weights, _Columns):
                weights.add(category, found, self.settings.smallest_weight)
            else:
                weights[:, category] = found
        self.weights_: Features = (
            weights.array((d, n_classes)) if isinstance(weights, _Columns) else weights
        )
        return self

    def _hyperplane(
        self, features: Features, own: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], float]:
        """(d,) weights and the offset of the hyperplane between own rows and the others."""
        from sklearn.svm import LinearSVC  # answering does without it, and it takes long to import

        svm = LinearSVC(
            C=self.settings.strength, dual=True, random_state=0, tol=self.settings.tolerance
        )
        with _LIBLINEAR, catch_warnings(action="ignore", category=UserWarning):
            svm.fit(features, own)  # warns of few rows, which is no fault here
        return svm.coef_[0], float(svm.intercept_[0])


_BLOCK = 256
"""The number of categories that are scored at a time, which bounds the memory."""


class _Columns:
    """Sparse weights, category by category."""

    def __init__(self) -> None:
        self._parts: list[tuple[NDArray[np.int32], NDArray[np.int32], Array]] = []

    def add(self, category: int, weights: NDArray[np.float64], smallest: float) -> None:
        rows = np.flatnonzero(np.abs(weights) >= smallest).astype(np.int32)
        values = weights[rows].astype(np.float32)
        self._parts.append((rows, np.full(len(rows), category, dtype=np.int32), values))

    def array(self, shape: tuple[int, int]) -> csr_array:
        if not self._parts:
            return csr_array(shape, dtype=np.float32)
        rows, columns, values = map(np.concatenate, zip(*self._parts, strict=True))
        return csr_array((values, (rows, columns)), shape=shape)


def rows_by_category(labels: Labels, n_classes: int) -> list[NDArray[np.intp]]:
    """The rows of each category."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.searchsorted(labels[order], np.arange(1, n_classes)))


def _sparse_weights(arrays: Any) -> csr_array:
    shape = len(arrays["starts"]) - 1, len(arrays["offsets"])
    if arrays["categories"].max(initial=-1) >= shape[1]:
        raise ValueError("a weight is of no category")
    return csr_array((arrays["values"], arrays["categories"], arrays["starts"]), shape=shape)
