"""A table of products whose pictures the pages show."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from aisle.evaluation.presentation import data_uri
from aisle.schema import Product

_KEPT_THUMBNAILS = 2_000


class Catalogue:
    """Products by their id; an empty one knows none.

    Args:
        products: of which the pictures are shown; of those with the same id the first counts.

    Attributes:
        products: as they came.
    """

    def __init__(self, products: Sequence[Product] = ()) -> None:
        self.products = tuple(products)
        self._pictures = {one.id: one.images[0] for one in reversed(products) if one.images}
        self._thumbnail = lru_cache(_KEPT_THUMBNAILS)(self._made)

    def __bool__(self) -> bool:
        return bool(self.products)

    def thumbnail(self, key: str) -> str | None:
        """A product's main picture as a small JPEG data URI.

        None where the product is unknown, or has no picture that can be read.
        """
        return self._thumbnail(key) if key in self._pictures else None

    def _made(self, key: str) -> str | None:
        return data_uri(self._pictures[key])
