"""A linear expert for thousands of categories."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack
from tqdm import tqdm

from aisle.experts.base import Array, Labels
from aisle.experts.linear import fit_hyperplanes

RIVALS = 10
"""So many of the most similar categories supply half of the negatives."""

NEGATIVES = 2_000
"""Rows of other categories that each hyperplane is fitted against."""

_POSITIVES = 2_000
_SMALLEST_WEIGHT = 0.01


class SampledLinearExpert:
    """One hyperplane a category, against a sample of the others, by squared hinge loss.

    Half of the negatives are drawn from the categories with the most similar centroids, as in
    extreme classification (Jain et al. 2019, "Slice", doi:10.1145/3289600.3290979); the other half
    from all rows. The time grows with the number of categories, not with categories x rows, and
    the weights are sparse.

    Args:
        strength: the inverse of the regularisation, liblinear's C.
        seed: draws the negatives.
    """

    def __init__(self, strength: float = 1.0, seed: int = 0) -> None:
        self.strength = strength
        self.seed = seed

    def fit(self, features: csr_array, labels: Labels, count: int) -> Self:
        """See `Learner.fit`. A category that does not occur scores -1, the target of a negative."""
        random = np.random.default_rng(self.seed)
        by_category = _rows_by_category(labels, count)
        rivals = _rivals(features, labels, count)
        self.offsets_ = np.full(count, -1.0, dtype=np.float32)
        rows = []
        for category in tqdm(range(count), "categories", disable=None, leave=False):
            own = _some(by_category[category], _POSITIVES, random)
            near = np.concatenate([by_category[rival] for rival in rivals[category]])
            others = np.concatenate(
                [
                    _some(near, NEGATIVES // 2, random),
                    random.integers(len(labels), size=NEGATIVES // 2),
                ]
            )
            others = others[labels[others] != category]
            if not len(own) or not len(others):
                rows.append(csr_array((1, features.shape[1]), dtype=np.float32))
                self.offsets_[category] = 1.0 if len(own) else -1.0
                continue
            chosen = np.concatenate([own, others])
            own_or_not = labels[chosen] == category
            weights, offset = fit_hyperplanes(features[chosen], own_or_not, self.strength)
            weights[np.abs(weights) < _SMALLEST_WEIGHT] = 0
            rows.append(csr_array(weights.astype(np.float32)))
            self.offsets_[category] = offset[0]
        self.weights_ = csr_array(vstack(rows).T, dtype=np.float32)
        return self

    def scores(self, features: csr_array) -> Array:
        """See `Expert.scores`: signed distances to the hyperplanes."""
        return np.asarray((features @ self.weights_).toarray() + self.offsets_, dtype=np.float32)

    def lead(self, winner: int, runner_up: int, columns: NDArray[np.intp]) -> Array:
        """How much more weight the winner gives to columns than the runner-up."""
        pair = self.weights_[columns][:, [winner, runner_up]].toarray()
        return np.asarray(pair[:, 0] - pair[:, 1])

    def state(self) -> dict[str, NDArray[np.generic]]:
        """See `Expert.state`."""
        return {
            "values": self.weights_.data,
            "categories": self.weights_.indices.astype(np.int32),
            "starts": self.weights_.indptr.astype(np.int64),
            "offsets": self.offsets_,
        }

    @classmethod
    def from_state(cls, state: dict[str, NDArray[Any]]) -> Self:
        """See `Expert.from_state`."""
        expert = cls()
        expert.offsets_ = state["offsets"]
        parts = (state["values"], state["categories"], state["starts"])
        shape = len(state["starts"]) - 1, len(expert.offsets_)
        if parts[1].max(initial=-1) >= shape[1]:
            raise ValueError("a weight is of no category")
        expert.weights_ = csr_array(parts, shape=shape)
        return expert


def _rows_by_category(labels: Labels, count: int) -> list[NDArray[np.intp]]:
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.searchsorted(labels[order], np.arange(1, count)))


def _rivals(features: csr_array, labels: Labels, count: int) -> NDArray[np.intp]:
    """(count, RIVALS) the categories with the most similar centroids, in no order."""
    rows = len(labels)
    members = csr_array((np.ones(rows, np.float32), (labels, np.arange(rows))), (count, rows))
    centroids = csr_array(members @ features)
    norms = np.sqrt(np.asarray(centroids.multiply(centroids).sum(axis=1)).ravel())
    centroids = csr_array(centroids.multiply(1 / np.maximum(norms, 1e-9)[:, None]))
    number = min(RIVALS + 1, count)
    found = np.empty((count, number), dtype=np.intp)
    for start in range(0, count, 500):
        similarity = (centroids[start : start + 500] @ centroids.T).toarray()
        found[start : start + 500] = np.argpartition(-similarity, number - 1)[:, :number]
    return found


def _some(rows: NDArray[np.intp], most: int, random: np.random.Generator) -> NDArray[np.intp]:
    return rows if len(rows) <= most else random.choice(rows, most, replace=False)
