"""Training products that are kept, to show what an answer resembles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from aisle.experts.expert import Expert, Features
from aisle.features.featurizer import Evidence
from aisle.schema import Product, ReferenceProduct, SimilarProduct, title_of

MAX_PRODUCTS = 20_000
"""The number of training products that are kept, drawn at random; a row's number fits 16 bits."""


@dataclass(frozen=True)
class ReferenceProducts:
    """The kept products, and for each expert how to find the most similar among them.

    Attributes:
        products: the kept products.
        neighbours: one an expert.
    """

    products: tuple[ReferenceProduct, ...]
    neighbours: tuple[NearestNeighbours, ...]

    @classmethod
    def of(
        cls,
        products: Sequence[Product],
        experts: Sequence[Expert],
        evidence: Sequence[Evidence],
        rows: NDArray[np.intp],
    ) -> ReferenceProducts:
        """Keeps some rows of the training products."""
        kept = (products[int(row)] for row in rows)
        pairs = zip(experts, evidence, strict=True)
        return cls(
            tuple(ReferenceProduct(one.id, title_of(one), one.category or ()) for one in kept),
            tuple(NearestNeighbours().fit(expert, one, rows) for expert, one in pairs),
        )

    def similar(self, member: int, features: Features) -> tuple[SimilarProduct, ...]:
        """The kept products most similar to one row of an expert's similarity features."""
        return tuple(
            SimilarProduct(found.id, found.title, found.category, cosine)
            for row, cosine in self.neighbours[member].find(features)
            for found in [self.products[row]]
        )


class NearestNeighbours:
    """Finds the kept rows of the largest cosine similarity, for one expert.

    Kept rows are columns: sparse ones then lie by feature, as in the index of a search engine, and
    a query touches only what shares a feature with it.
    """

    def fit(self, expert: Expert, evidence: Evidence, rows: NDArray[np.intp]) -> Self:
        """Keeps those of the rows that have something to look at."""
        self.rows_ = np.flatnonzero(evidence.present[rows])
        features = expert.similarity_features(evidence.features[rows[self.rows_]])
        kept = _unit(features).T
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

    def state(self) -> dict[str, NDArray[Any]]:
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
    def from_state(cls, arrays: dict[str, NDArray[Any]]) -> Self:
        """The neighbours that had this state.

        Raises:
            ValueError: a kept row is not there.
        """
        found = cls()
        found.rows_ = arrays["rows"]
        if "dense" in arrays:
            found.features_ = arrays["dense"].astype(np.float32).T
        else:
            values = arrays["values"].astype(np.float32)
            columns = arrays["columns"].astype(np.int32)
            shape = len(arrays["starts"]) - 1, len(found.rows_)
            if columns.max(initial=-1) >= shape[1]:
                raise ValueError("a kept product is not there")
            found.features_ = csr_array((values, columns, arrays["starts"]), shape=shape)
        return found


def rows_to_keep(rows: int, most: int, seed: int) -> NDArray[np.intp]:
    """Which of the training rows are kept."""
    order = np.random.default_rng(seed).permutation(rows)
    return np.sort(order[: min(most, MAX_PRODUCTS)])


def _unit(features: Features) -> Features:
    if isinstance(features, np.ndarray):
        return features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-9)
    norms = np.sqrt(np.asarray(features.multiply(features).sum(axis=1)).ravel())
    scale = 1 / np.maximum(np.repeat(norms, np.diff(features.indptr)), 1e-9)
    return csr_array((features.data * scale, features.indices, features.indptr), features.shape)
