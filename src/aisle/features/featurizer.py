"""What a source is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from aisle.encoders.base import ImageEncoder, TextEncoder
from aisle.encoders.cache import VectorCache
from aisle.experts.base import Learner
from aisle.experts.cross_fitting import Evidence, Learned, Lesson, cross_fitted
from aisle.schema import Modality, Product

CACHED_FROM = 32
"""From so many products on vectors are kept: fewer are quicker computed than looked up."""

TEXT = frozenset({Modality.TEXT})
IMAGE = frozenset({Modality.IMAGE})

UNKNOWN_WORDS = "the text holds no word known from training"

Read = tuple[Evidence, dict[int, str]]
"""Evidence of n products, and by row what could not be read."""


class Source(Protocol):
    """What an expert looks at, and how it learns."""

    @property
    def name(self) -> str:
        """What users call the expert."""

    @property
    def needs(self) -> frozenset[Modality]:
        """What a product must have for the expert to look at it."""

    @property
    def decides(self) -> bool:
        """Whether a product that it cannot look at counts as lacking what it needs.

        Where no source that decides needs the same, every source does.
        """

    @property
    def notes(self) -> Sequence[str]:
        """What users should know of how products are read, a line each."""

    def fit(self, products: Sequence[Product], categories: int) -> None:
        """Makes ready: learns from the training products, or opens an encoder."""

    def read(self, products: Sequence[Product]) -> Read:
        """What there is to look at."""

    def learn(self, evidence: Evidence, lesson: Lesson) -> Learned:
        """An expert for this kind of features, and what it says of rows it has not seen."""


class CrossFitted:
    """Sources whose experts are quickly fitted: once for each fold, and once on all rows."""

    decides = True
    make: Callable[[], Learner]

    def learn(self, evidence: Evidence, lesson: Lesson) -> Learned:
        """See `Source.learn`."""
        return cross_fitted(self.make, evidence, lesson)


def cache_for(
    encoder: TextEncoder | ImageEncoder, products: Sequence[Product]
) -> VectorCache | None:
    """Where vectors of these products are kept."""
    return VectorCache(encoder.fingerprint) if len(products) >= CACHED_FROM else None
