"""What a featurizer makes of products, as a pair."""

from collections.abc import Mapping, Sequence

from aisle.features.featurizer import Evidence, Featurizer
from aisle.schema import Product


def read(featurizer: Featurizer, products: Sequence[Product]) -> tuple[Evidence, Mapping[int, str]]:
    """The evidence, and by row what could not be read."""
    found = featurizer.transform(products)
    return found.evidence, found.errors
