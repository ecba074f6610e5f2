"""A kernel expert on dense vectors."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from aisle.experts.base import Array, Labels

LANDMARKS = 1000
_CHUNK = 10_000


class KernelExpert:
    """Kernel ridge regression onto the categories, on a Nystroem approximation of an RBF kernel.

    After Williams and Seeger (2001, "Using the Nystroem method to speed up kernel machines") and
    Rifkin and Klautau (2004, "In defense of one-vs-all classification"). Solved in closed form: the
    cost hardly grows with the number of categories.

    Args:
        ridge: the weight of the penalty.
        width: the kernel is exp(-width / d * squared distance) on standardised dimensions.
        seed: draws the landmarks.
    """

    def __init__(self, ridge: float = 0.1, width: float = 0.75, seed: int = 0) -> None:
        self.ridge = ridge
        self.width = width
        self.seed = seed

    def fit(self, features: Array, labels: Labels, count: int) -> Self:
        """See `Learner.fit`."""
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
            mapped[part] = self._similarities(features[part]) @ whitening
        weights, self.offsets_ = _ridge(mapped, labels, count, self.ridge)
        self.weights_ = (whitening @ weights).astype(np.float32)
        return self

    def scores(self, features: Array) -> Array:
        """See `Expert.scores`: regressed indicators, about 1 for the right category."""
        return self._similarities(features) @ self.weights_ + self.offsets_

    def state(self) -> dict[str, NDArray[np.generic]]:
        """See `Expert.state`."""
        return {
            "width": self.width_,
            "mean": self.mean_,
            "scale": self.scale_,
            "landmarks": self.landmarks_,
            "weights": self.weights_,
            "offsets": self.offsets_,
        }

    @classmethod
    def from_state(cls, state: dict[str, NDArray[Any]]) -> Self:
        """See `Expert.from_state`."""
        expert = cls()
        for name, value in state.items():
            setattr(expert, f"{name}_", value)
        return expert

    def _similarities(self, features: Array) -> Array:
        return _rbf((features - self.mean_) * self.scale_, self.landmarks_, self.width_[0])


def _rbf(left: Array, right: Array, width: float) -> Array:
    squares = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1) - 2 * left @ right.T
    return np.asarray(np.exp(-width * np.maximum(squares, 0)), dtype=np.float32)


def _whitening(kernel: Array) -> Array:
    """The inverse square root of a kernel matrix."""
    from scipy.linalg import eigh  # answering does without it

    values, vectors = eigh(kernel.astype(np.float64))
    scaled = vectors / np.sqrt(np.maximum(values, 1e-6))
    return np.asarray(scaled @ vectors.T, dtype=np.float32)


def _ridge(features: Array, labels: Labels, count: int, penalty: float) -> tuple[Array, Array]:
    """(d, count) weights and (count,) offsets of a ridge regression onto indicators."""
    from scipy.linalg import solve  # answering does without it

    rows = len(labels)
    indicators = csr_array(
        (np.ones(rows, dtype=np.float32), (labels, np.arange(rows))), shape=(count, rows)
    )
    mean = features.mean(axis=0, dtype=np.float64)
    share = np.bincount(labels, minlength=count) / rows
    gram = (features.T @ features).astype(np.float64) - rows * np.outer(mean, mean)
    gram[np.diag_indices_from(gram)] += penalty
    sums = (indicators @ features).T - rows * np.outer(mean, share)
    weights = solve(gram, sums, assume_a="pos")
    return weights.astype(np.float32), (share - mean @ weights).astype(np.float32)
