"""A text with the picture of a product of another category: how many are assigned nevertheless.

Seven categories of the 1,050 set, near-duplicates on one side of the split. The same products with
their own pictures show what the check costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from aisle.classifier import Classifier
from aisle.data.splits import split
from aisle.schema import Decision, Product
from benchmarks.common import (
    answers_of,
    labels_of,
    print_table,
    spread,
    subset_1050,
    sure_enough,
)

SEEDS = range(5)


@dataclass(frozen=True)
class Shares:
    """Shares of the rows.

    Attributes:
        rows: the number of rows.
        sure: reach the threshold.
        agreeing: of these, text and picture agree.
        assigned: of these, the product is familiar.
        right: the share of the assigned that is right by the text.
    """

    rows: int
    sure: float
    agreeing: float
    assigned: float
    right: float


def main() -> None:
    runs = [run(seed) for seed in SEEDS]
    rows = [
        row_of("as they are", [usual for usual, _ in runs]),
        row_of("with a picture of another category", [torn for _, torn in runs]),
    ]
    header = ("products", "rows", "sure", "and in agreement", "and familiar", "right, of these")
    print_table(f"Text and picture at odds, {len(SEEDS)} seeds", header, rows)


def run(seed: int) -> tuple[Shares, Shares]:
    train, test = split(subset_1050(), test_size=0.3, seed=seed)
    model = Classifier(seed=seed).fit(train)
    usual = [one for one in test if one.text and one.images]
    return shares(model, usual), shares(model, with_others_pictures(usual, seed))


def with_others_pictures(products: Sequence[Product], seed: int) -> list[Product]:
    """Each product with the pictures of a random one of another category."""
    draw = np.random.default_rng(seed)
    torn = []
    for product in products:
        others = [one for one in products if one.category != product.category]
        torn.append(replace(product, images=others[draw.integers(len(others))].images))
    return torn


def shares(model: Classifier, products: Sequence[Product]) -> Shares:
    predictions = model.predict(products)
    sure = sure_enough(model, predictions)
    agreeing = sure & ["contradict" not in one.decision_reason for one in predictions]
    assigned = np.array([one.decision is Decision.ASSIGN for one in predictions])
    right = answers_of(predictions) == labels_of(products)
    return Shares(
        rows=len(predictions),
        sure=float(sure.mean()),
        agreeing=float(agreeing.mean()),
        assigned=float(assigned.mean()),
        right=float(right[assigned].mean()),
    )


def row_of(name: str, runs: Sequence[Shares]) -> tuple[str, ...]:
    columns = (
        [getattr(one, key) for one in runs] for key in ("sure", "agreeing", "assigned", "right")
    )
    return (name, str(sum(one.rows for one in runs)), *(spread(one, 3) for one in columns))


if __name__ == "__main__":
    main()
