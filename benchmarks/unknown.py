"""Products of a category that the model does not know: how many are assigned nevertheless.

Nine roots of the tree are left out of the training part; their products, and photos of food for a
model that knows none, must go to review. The share of products of known categories that is still
assigned shows what the check costs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.data.splits import split
from aisle.schema import Decision, Product
from benchmarks.common import (
    SHARED,
    print_table,
    second_level,
    subset_1050,
    sure_enough,
    without_texts,
)

HOMELESS_ROOTS = {
    "Automotive",
    "Furniture",
    "Pens & Stationery",
    "Pet Supplies",
    "Sports & Fitness",
    "Tools & Hardware",
    "Toys & School Supplies",
}
HOUSED_ROOTS = {"Baby Care", "Gaming"}
"""Nearly all goods of these fit a category that is left: babies' dungarees in children's clothes,
photo frames in wall decor, headsets in accessories of mobiles."""
FOOD = 1_000


def main() -> None:
    header = ("products", "rows", "by confidence alone", "assigned")
    print_table("Roots that training never saw, names alone", header, by_roots())
    print_table("Photos of food, for a model of seven categories", header, by_photos())


def by_roots() -> list[tuple[str, int, str, str]]:
    products = second_level()
    roots = np.array([one.category[0] for one in products])
    housed, homeless = np.isin(roots, [*HOUSED_ROOTS]), np.isin(roots, [*HOMELESS_ROOTS])
    train, test = split(products.take(np.flatnonzero(~housed & ~homeless)), test_size=0.2)
    model = Classifier().fit(train)
    parts = {
        "of known categories": test,
        "of unknown roots": products.take(np.flatnonzero(homeless)),
        "of unknown roots, whose goods mostly have a place elsewhere": products.take(
            np.flatnonzero(housed)
        ),
    }
    return [(name, *shares(model, part)) for name, part in parts.items()]


def by_photos() -> list[tuple[str, int, str, str]]:
    train, test = split(subset_1050(), test_size=0.3)
    model = Classifier(precision=0.9).fit(train)
    files = sorted((SHARED / "data/photos/grocery").glob("*.jpg"))[:FOOD]
    food = [Product(path.name, (), (path,)) for path in files]
    pictures = without_texts([one for one in test if one.images])
    return [
        ("of known categories", *shares(model, pictures)),
        ("food", *shares(model, food)),
    ]


def shares(model: Classifier, products: Sequence[Product] | Products) -> tuple[int, str, str]:
    """Rows, the share that reaches the threshold, and the share that is assigned."""
    predictions = model.predict(products)
    assigned = [one.decision is Decision.ASSIGN for one in predictions]
    sure = sure_enough(model, predictions)
    return len(predictions), f"{sure.mean():.3f}", f"{np.mean(assigned):.3f}"


if __name__ == "__main__":
    main()
