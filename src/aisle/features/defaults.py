"""The set of featurizers that a classifier takes where none is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from aisle.errors import InputError
from aisle.features.embeddings import ImageEmbeddingFeaturizer, TextEmbeddingFeaturizer
from aisle.features.featurizer import Featurizer
from aisle.features.network_featurizer import NetworkFeaturizer
from aisle.features.tfidf import TfidfFeaturizer
from aisle.recipes import NetworkRecipe
from aisle.schema import Modality, Product


def default_featurizers(
    products: Sequence[Product],
    text_encoders: Sequence[str | Path],
    image_encoders: Sequence[str | Path],
    *,
    networks: Sequence[NetworkRecipe] = (),
    tfidf: bool = True,
    seed: int = 0,
) -> list[Featurizer]:
    """Featurizers for what these products have: texts, pictures or both.

    Args:
        products: what there is to learn from.
        text_encoders: folders, repo ids or names of text encoders.
        image_encoders: folders, repo ids or names of picture encoders.
        networks: networks to train.
        tfidf: whether texts are read by their words, too.
        seed: for what networks draw.
    """
    there = frozenset().union(*(product.modalities for product in products))
    found: list[Featurizer] = []
    if Modality.TEXT in there:
        found += [TfidfFeaturizer()] * tfidf
        found += map(TextEmbeddingFeaturizer, text_encoders)
    if Modality.IMAGE in there:
        found += map(ImageEmbeddingFeaturizer, image_encoders)
    return [*found, *(NetworkFeaturizer(recipe, seed) for recipe in networks)]


def check_names(featurizers: Sequence[Featurizer]) -> None:
    """Whether each expert has a name of its own.

    Raises:
        InputError: two have the same.
    """
    names = Counter(one.name for one in featurizers)
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise InputError(f"two experts are called {twice[0]!r}; each needs a name of its own")
