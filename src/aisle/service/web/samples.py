"""Products of the shop that the pages show, and samples to try a model with."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, zip_longest
from typing import TypeVar
from weakref import WeakKeyDictionary

from aisle.catalogue import sample_products
from aisle.classifier import Classifier
from aisle.evaluation.presentation import data_uri
from aisle.schema import ImageRef, Product

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


SAMPLES = 8
"""How many are offered."""

_made: WeakKeyDictionary[Classifier, Sequence[Sample]] = WeakKeyDictionary()

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Sample:
    """A product to click.

    Attributes:
        title: its name.
        text: all that is written about it, one text a line.
        pictures: of it, the main one first.
        thumbnail: the main picture as a data URI, or None.
    """

    title: str
    text: str
    pictures: tuple[ImageRef, ...] = ()
    thumbnail: str | None = None


def samples_of(model: Classifier, catalogue: Catalogue) -> Sequence[Sample]:
    """The samples of a model, made once as long as it lives; see `samples`."""
    if model not in _made:
        _made[model] = samples(model, catalogue)
    return _made[model]


def samples(model: Classifier, catalogue: Catalogue) -> tuple[Sample, ...]:
    """Products from different branches of the tree.

    They come from the catalogue; where there is none, from the model's reference products, which
    are titles alone; a model without those gets the sample catalogue.
    """
    if catalogue:
        return tuple(_catalogued(catalogue))
    reference = model.summary().reference_products
    if reference:
        titled = [(one.title, one.category) for one in reference if one.title]
        chosen = _varied(titled, [path[:1] for _, path in titled])
        return tuple(Sample(title, title) for title, _ in chosen)
    clear = sample_products()
    chosen_samples = _varied(clear, [(product.category or ())[:1] for product in clear])
    return tuple(_sample(one, data_uri(one.images[0])) for one in chosen_samples)


def _catalogued(catalogue: Catalogue) -> Iterator[Sample]:
    whole = [product for product in catalogue.products if product.text and product.images]
    telling = whole or [product for product in catalogue.products if product.text]
    for product in _varied(telling, [(product.category or ())[:1] for product in telling]):
        yield _sample(product, catalogue.thumbnail(product.id))


def _sample(product: Product, thumbnail: str | None) -> Sample:
    title = next(filter(None, product.texts), "")
    pictures = product.images if thumbnail else ()
    return Sample(title, product.text, pictures, thumbnail)


def _varied(items: Sequence[_Item], branches: Iterable[Hashable]) -> list[_Item]:
    """A few items, from as many branches as there are; those of one branch far from each other."""
    by_branch: dict[Hashable, list[_Item]] = {}
    for item, branch in zip(items, branches, strict=True):
        by_branch.setdefault(branch, []).append(item)
    spread = [_spread(group, SAMPLES) for group in _spread([*by_branch.values()], SAMPLES)]
    rounds = zip_longest(*spread)
    return [*islice((item for one in rounds for item in one if item is not None), SAMPLES)]


def _spread(items: Sequence[_Item], count: int) -> list[_Item]:
    """At most `count` of the items, evenly from the first to the last."""
    count = min(count, len(items))
    return [items[number * len(items) // count] for number in range(count)]
