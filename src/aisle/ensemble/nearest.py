"""The most similar training products, to explain an answer."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from aisle.experts.base import Features
from aisle.experts.cross_fitting import Evidence

MAX_PRODUCTS = 20_000
"""So many training products are kept at most, drawn at random; a row's number fits 16 bits."""


class Neighbours:
    """Finds the kept rows of the largest cosine similarity, for one kind of evidence.

    Kept rows are columns: sparse ones then lie by feature, as in the index of a search engine, and
    a query touches only what shares a feature with it.
    """

    def fit(self, evidence: Evidence) -> Self:
        """Keeps the rows that have something to look at."""
        self.rows_ = np.flatnonzero(evidence.present)
        kept = _unit(evidence.features[self.rows_]).T
        self.features_: Features = kept if isinstance(kept, np.ndarray) else csr_array(kept)
        return self

    def find(self, features: Features, count: int = 3) -> list[tuple[int, float]]:
        """The kept rows most similar to one row of features, with their cosine similarity."""
        if not len(self.rows_):
            return []
        product = _unit(features) @ self.features_
        cosines = product.toarray()[0] if isinstance(product, csr_array) else product[0]
        least = np.partition(cosines, -count)[-count] if count < len(cosines) else -np.inf
        near = np.flatnonzero(cosines >= least)
        best = near[np.argsort(-cosines[near], kind="stable")][:count]
        return [(int(self.rows_[row]), float(cosines[row])) for row in best]

    def state(self) -> dict[str, NDArray[np.generic]]:
        """All that is kept, as arrays; features in half precision."""
        if isinstance(self.features_, np.ndarray):
            return {"rows": self.rows_, "dense": self.features_.T.astype(np.float16)}
        return {
            "rows": self.rows_,
            "values": self.features_.data.astype(np.float16),
            "columns": self.features_.indices.astype(np.uint16),
            "starts": self.features_.indptr.astype(np.int32),
        }

    @classmethod
    def from_state(cls, state: dict[str, NDArray[Any]]) -> Self:
        """The neighbours that had this state."""
        found = cls()
        found.rows_ = state["rows"]
        if "dense" in state:
            found.features_ = state["dense"].astype(np.float32).T
        else:
            values, columns = state["values"].astype(np.float32), state["columns"].astype(np.int32)
            shape = len(state["starts"]) - 1, len(found.rows_)
            if columns.max(initial=-1) >= shape[1]:
                raise ValueError("a kept product is not there")
            found.features_ = csr_array((values, columns, state["starts"]), shape=shape)
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
