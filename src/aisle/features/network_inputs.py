"""What networks look at: texts as the numbers of their words, pictures as feature maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.encoders.feature_maps import FeatureMaps, embed_maps
from aisle.features.featurizer import cache_for
from aisle.features.tfidf import UNKNOWN_WORDS
from aisle.networks.glove import read_glove
from aisle.networks.vocabulary import Vocabulary
from aisle.schema import Product


@dataclass(frozen=True)
class NetworkInput:
    """One input of a network.

    Attributes:
        values: (n, d) one row a product; zeros where there is nothing to look at.
        present: (n,) where there is something.
        errors: by row, what could not be read.
    """

    values: NDArray[Any]
    present: NDArray[np.bool_]
    errors: dict[int, str]


class TokenInput:
    """The input "tokens".

    Args:
        vocabulary: gives words their numbers.
    """

    field = "tokens"

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.notes: list[str] = []

    def fit(self, products: Sequence[Product], glove: Path) -> None:
        """Learns the words, and looks up their vectors in a file."""
        words = self.vocabulary.fit([product.text for product in products]).words_
        found = read_glove(glove, words)
        self.vectors_: NDArray[np.float32] | None = found.matrix
        share = f"{found.found:,} of {len(words):,} words have a vector in {glove.name}"
        self.notes = [share, *filter(None, [self.vocabulary.note])]

    def read(self, products: Sequence[Product]) -> NetworkInput:
        """The numbers of known words."""
        numbers = self.vocabulary.transform([product.text for product in products])
        known = np.asarray(numbers[:, 0] > 0)
        unknown = [row for row, one in enumerate(products) if one.text and not known[row]]
        return NetworkInput(numbers, known, dict.fromkeys(unknown, UNKNOWN_WORDS))


class MapInput:
    """The input "maps".

    Args:
        root: the folder of the frozen network.
    """

    field = "maps"

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def backbone(self) -> FeatureMaps:
        """The frozen network, opened when first needed."""
        return FeatureMaps(self.root, "backbone")

    def fit(self, products: Sequence[Product], views: int) -> None:
        """Reads augmented views of the pictures that are learned from."""
        encoders = (FeatureMaps(self.root, f"view {view + 1}", view + 1) for view in range(views))
        self.altered_ = [_main_maps(encoder, products).values for encoder in encoders]

    def read(self, products: Sequence[Product]) -> NetworkInput:
        """The maps of main pictures."""
        return _main_maps(self.backbone, products)


def _main_maps(encoder: FeatureMaps, products: Sequence[Product]) -> NetworkInput:
    images = [product.images for product in products]
    found = embed_maps(encoder, images, cache_for(encoder, products))
    return NetworkInput(found.vectors, found.present, found.errors)
