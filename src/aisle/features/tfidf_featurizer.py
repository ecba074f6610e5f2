"""Texts by their words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from aisle.experts.base import Learner
from aisle.experts.cross_fitting import Evidence
from aisle.experts.linear import LinearExpert
from aisle.experts.sampled import SampledLinearExpert
from aisle.experts.tfidf import TfidfFeatures
from aisle.schema import Product
from aisle.sources.base import TEXT, UNKNOWN_WORDS, CrossFitted, Read

MANY = 2_000_000
"""From so many rows x categories on each category is learned against a sample of the others."""


class TfidfSource(CrossFitted):
    """Texts by their words."""

    name = "tfidf"
    needs = TEXT
    notes = ()

    def __init__(self, features: TfidfFeatures) -> None:
        self.features = features
        self._expert: type[LinearExpert] | type[SampledLinearExpert] = LinearExpert

    def fit(self, products: Sequence[Product], categories: int) -> None:
        """Learns the terms."""
        self.features.fit([product.texts for product in products])
        many = len(products) * categories > MANY
        self._expert = SampledLinearExpert if many else LinearExpert

    def read(self, products: Sequence[Product]) -> Read:
        """See `Source.read`; a text without a known word is nothing to look at."""
        present = np.array([bool(product.text) for product in products], dtype=np.bool_)
        if not len(products):
            return Evidence(csr_array((0, 1), dtype=np.float32), present), {}
        features = self.features.transform([product.texts for product in products])
        known = np.diff(features.indptr) > 0
        unknown = np.flatnonzero(present & ~known)
        return Evidence(features, known), dict.fromkeys(unknown.tolist(), UNKNOWN_WORDS)

    def make(self) -> Learner:
        """A new expert, not fitted."""
        return self._expert()

    @cached_property
    def terms(self) -> list[str]:
        """(features,) the words of each column; an empty string for pieces of words."""
        return self.features.terms
