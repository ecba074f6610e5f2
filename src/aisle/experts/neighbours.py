"""The most similar training products, to explain an answer."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from aisle.experts.base import Features
from aisle.experts.cross_fitting import Evidence

MAX_PRODUCTS = 20_000
"""So many training products are kept at most, drawn at random."""


class Neighbours:
    """Finds the kept rows of the largest cosine similarity, for one kind of evidence."""

    def fit(self, evidence: Evidence) -> Self:
        """Keeps the rows that have something to look at."""
        self.rows_ = np.flatnonzero(evidence.present)
        self.features_ = _unit(evidence.features[self.rows_])
        return self

    def find(self, features: Features, count: int = 3) -> list[tuple[int, float]]:
        """The kept rows most similar to one row of features, with their cosine similarity."""
        if not len(self.rows_):
            return []
        product = self.features_ @ _unit(features).T
        cosines = np.asarray(product.toarray() if isinstance(product, csr_array) else product)
        best = np.argsort(-cosines.ravel(), kind="stable")[:count]
        return [(int(self.rows_[row]), float(cosines.ravel()[row])) for row in best]

    def state(self) -> dict[str, NDArray[np.generic]]:
        """All that is kept, as arrays; dense vectors in half precision."""
        if isinstance(self.features_, np.ndarray):
            return {"rows": self.rows_, "dense": self.features_.astype(np.float16)}
        return {
            "rows": self.rows_,
            "values": self.features_.data.astype(np.float16),
            "columns": self.features_.indices.astype(np.int32),
            "starts": self.features_.indptr.astype(np.int64),
            "width": np.array([self.features_.shape[1]]),
        }

    @classmethod
    def from_state(cls, state: dict[str, NDArray[Any]]) -> Self:
        """The neighbours that had this state."""
        found = cls()
        found.rows_ = state["rows"]
        if "dense" in state:
            found.features_ = state["dense"].astype(np.float32)
        else:
            parts = (state["values"].astype(np.float32), state["columns"], state["starts"])
            shape = (len(state["starts"]) - 1, int(state["width"][0]))
            found.features_ = csr_array(parts, shape=shape)
        return found


def kept_rows(count: int, seed: int) -> NDArray[np.intp]:
    """Which of the training rows are kept."""
    if count <= MAX_PRODUCTS:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).permutation(count)[:MAX_PRODUCTS])


def _unit(features: Features) -> Features:
    if isinstance(features, np.ndarray):
        return features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-9)
    norms = np.sqrt(np.asarray(features.multiply(features).sum(axis=1)).ravel())
    scale = 1 / np.maximum(np.repeat(norms, np.diff(features.indptr)), 1e-9)
    return csr_array((features.data * scale, features.indices, features.indptr), features.shape)
