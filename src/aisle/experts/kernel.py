"""A kernel expert on dense vectors."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from aisle.experts.expert import Array, CrossFitted, Labels, TrainableExpert
from aisle.experts.registry import register
from aisle.experts.state import State
from aisle.experts.training_task import TrainingTask

LANDMARKS = 1000
_CHUNK = 10_000
_JITTER = 1e-5


@register
class KernelExpert(TrainableExpert):
    """Kernel ridge regression onto the categories, on a Nystroem approximation of an RBF kernel.

    After Williams and Seeger (2001, "Using the Nystroem method to speed up kernel machines") and
    Rifkin and Klautau (2004, "In defense of one-vs-all classification"). Solved in closed form: the
    cost hardly grows with the number of categories, and a fold costs one more solution of the same
    equations, since sums over rows are those of all rows less those of the fold. Scaling and
    landmarks are taken from all rows; they rest on no label.

    Args:
        ridge: the weight of the penalty.
        width: the kernel is exp(-width / d * squared distance) on standardised dimensions.
        seed: draws the landmarks.
    """

    kind: ClassVar[str] = "kernel"

    def __init__(self, ridge: float = 0.1, width: float = 0.75, seed: int = 0) -> None:
        self.ridge = ridge
        self.width = width
        self.seed = seed

    def fit(self, features: Array, labels: Labels, n_classes: int) -> Self:
        """See `TrainableExpert.fit`."""
        mapped, whitening = self._mapped(features)
        self._set_weights(whitening, _Sums.of(mapped, labels, n_classes))
        return self

    def cross_fit(self, features: Array, task: TrainingTask) -> CrossFitted:
        """See `TrainableExpert.cross_fit`."""
        mapped, whitening = self._mapped(features)
        total = _Sums.of(mapped, task.labels, task.n_classes)
        self._set_weights(whitening, total)
        scores = np.zeros((len(task.calibration_rows), task.n_classes), dtype=np.float32)
        for split in task.splits():
            apart = np.setdiff1d(np.arange(len(task.labels)), split.train, assume_unique=True)
            left_out = _Sums.of(mapped[apart], task.labels[apart], task.n_classes)
            weights, offsets = (total - left_out).solution(self.ridge)
            scores[split.positions] = mapped[split.rows] @ weights + offsets
        return CrossFitted(self, scores)

    def scores(self, features: Array) -> Array:
        """See `Expert.scores`: regressed indicators, about 1 for the right category."""
        return self._similarities(features) @ self.weights_ + self.offsets_

    def state(self) -> State:
        """See `Expert.state`."""
        return State(
            {
                "width": self.width_,
                "mean": self.mean_,
                "scale": self.scale_,
                "landmarks": self.landmarks_,
                "weights": self.weights_,
                "offsets": self.offsets_,
            }
        )

    @classmethod
    def from_state(cls, state: State) -> Self:
        """See `Expert.from_state`."""
        expert = cls()
        for name in ("width", "mean", "scale", "landmarks", "weights", "offsets"):
            setattr(expert, f"{name}_", state.arrays[name])
        return expert

    def _mapped(self, features: Array) -> tuple[Array, NDArray[np.float64]]:
        """(n, landmarks) rows whose inner products approximate the kernel, and how they came."""
        self.width_ = np.array([self.width / features.shape[1]], dtype=np.float32)
        self.mean_ = features.mean(axis=0)
        self.scale_ = 1 / np.maximum(features.std(axis=0), 1e-6)
        random = np.random.default_rng(self.seed)
        chosen = random.permutation(len(features))[:LANDMARKS]
        self.landmarks_ = (features[chosen] - self.mean_) * self.scale_
        whitening = _whitening(_rbf(self.landmarks_, self.landmarks_, self.width_[0]))
        mapped = np.empty((len(features), len(chosen)), dtype=np.float32)
        for start in range(0, len(features), _CHUNK):
            part = slice(start, start + _CHUNK)
            mapped[part] = self._similarities(features[part]) @ whitening.astype(np.float32)
        return mapped, whitening

    def _set_weights(self, whitening: NDArray[np.float64], sums: _Sums) -> None:
        weights, self.offsets_ = sums.solution(self.ridge)
        self.weights_ = (whitening @ weights).astype(np.float32)

    def _similarities(self, features: Array) -> Array:
        return _rbf((features - self.mean_) * self.scale_, self.landmarks_, self.width_[0])


class _Sums:
    """What a ridge regression onto indicators needs of its rows: sums that can be subtracted.

    Args:
        rows: the number of rows.
        features: (d,) the sum of the rows.
        squares: (d, d) the sum of their outer products.
        by_category: (n_classes, d) the sum of the rows of each category.
        sizes: (n_classes,) the number of rows of each category.
    """

    def __init__(
        self,
        rows: int,
        features: NDArray[np.float64],
        squares: NDArray[np.float64],
        by_category: NDArray[np.float64],
        sizes: NDArray[np.intp],
    ) -> None:
        self.rows = rows
        self.features = features
        self.squares = squares
        self.by_category = by_category
        self.sizes = sizes

    @classmethod
    def of(cls, features: Array, labels: Labels, n_classes: int) -> _Sums:
        rows = len(labels)
        indicators = csr_array(
            (np.ones(rows, dtype=np.float32), (labels, np.arange(rows))), shape=(n_classes, rows)
        )
        return cls(
            rows,
            features.sum(axis=0, dtype=np.float64),
            (features.T @ features).astype(np.float64),
            (indicators @ features).astype(np.float64),
            np.bincount(labels, minlength=n_classes),
        )

    def __sub__(self, other: _Sums) -> _Sums:
        return _Sums(
            self.rows - other.rows,
            self.features - other.features,
            self.squares - other.squares,
            self.by_category - other.by_category,
            self.sizes - other.sizes,
        )

    def solution(self, penalty: float) -> tuple[Array, Array]:
        """(d, n_classes) weights and (n_classes,) offsets."""
        from scipy.linalg import solve  # answering does without it

        mean, share = self.features / self.rows, self.sizes / self.rows
        gram = self.squares - self.rows * np.outer(mean, mean)
        gram[np.diag_indices_from(gram)] += penalty
        sums = self.by_category.T - self.rows * np.outer(mean, share)
        weights = solve(gram, sums, assume_a="pos", overwrite_a=True, overwrite_b=True)
        return weights.astype(np.float32), (share - mean @ weights).astype(np.float32)


def _rbf(left: Array, right: Array, width: float) -> Array:
    squares = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1) - 2 * left @ right.T
    return np.asarray(np.exp(-width * np.maximum(squares, 0)), dtype=np.float32)


def _whitening(kernel: Array) -> NDArray[np.float64]:
    """A square root of the inverse of a kernel matrix, by its Cholesky factor."""
    from scipy.linalg import cholesky, solve_triangular  # answering does without it

    size = len(kernel)
    jittered = kernel.astype(np.float64)
    jittered[np.diag_indices(size)] += _JITTER
    lower = cholesky(jittered, lower=True)
    return np.asarray(solve_triangular(lower, np.eye(size), lower=True).T)
