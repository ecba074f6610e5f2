"""Fits the model that answers where no other is named: `python -m training.flipkart --data DIR`."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from aisle.classifier import Classifier
from aisle.data.columns import Columns
from aisle.data.pictures.sources import LocalPictures
from aisle.data.presets.flipkart.labels import FirstLevels
from aisle.data.presets.flipkart.preparing import prepare_flipkart
from aisle.data.products import Products, read_products
from aisle.experts.linear import LinearSettings
from aisle.features.embeddings import ImageEmbeddingFeaturizer, TextEmbeddingFeaturizer
from aisle.features.tfidf import TfidfFeaturizer
from aisle.pack import FLIPKART, MINI_IMAGE, MINI_TEXT
from aisle.schema import Product
from training.myntra import myntra_products
from training.shrinking import write_small

TERMS = 48_000
LEAST_PRODUCTS = 10
"""A category of the second level with fewer products is left out."""

PRECISION = 0.98
"""Higher than the usual 0.95: the shops that it meets are not the one that it learned from."""

TEXTS = ("title", "description")


def pocket_classifier() -> Classifier:
    """A classifier with few terms and sparse weights, which keeps no products."""
    featurizers = [
        TfidfFeaturizer(TERMS, LinearSettings(dense_weights=0)),
        TextEmbeddingFeaturizer(MINI_TEXT),
        ImageEmbeddingFeaturizer(MINI_IMAGE),
    ]
    return Classifier(featurizers=featurizers, precision=PRECISION, reference_products=0)


def known_products(data: Path) -> Products:
    """Flipkart's products in two levels of its tree, and Myntra's that have a place there."""
    with TemporaryDirectory() as folder:
        summary = prepare_flipkart(
            data / "flipkart/products.parquet",
            Path(folder),
            label_rule=FirstLevels(2),
            pictures=LocalPictures(data / "flipkart/images"),
        )
        found = list(read_products(summary.products, text=TEXTS))
    counts = Counter(product.category for product in found)
    enough = [product for product in found if counts[product.category] >= LEAST_PRODUCTS]
    return as_products([*enough, *myntra_products(data)])


def as_products(items: Sequence[Product]) -> Products:
    """Products without a table of their own."""
    table = pa.table({"id": [item.id for item in items]})
    return Products(tuple(items), table, Columns(text=TEXTS))


def by_title_alone(products: Products) -> Products:
    """Every other product without its description: users often type a title only."""
    items = [
        replace(item, texts=item.texts[:1]) if row % 2 else item
        for row, item in enumerate(products)
    ]
    return replace(products, items=tuple(items))


def main() -> None:
    """Fits on all products that there are and writes the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with the products")
    parser.add_argument("--to", type=Path, default=FLIPKART)
    options = parser.parse_args()
    model = pocket_classifier().fit(by_title_alone(known_products(options.data)))
    write_small(model, options.to)
    for line in model.summary().fit.notes:
        print(line)


if __name__ == "__main__":
    main()
