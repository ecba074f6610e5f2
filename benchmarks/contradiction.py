"""A text with the picture of a product of another category: how many are assigned all the same.

Seven categories of the 1,050 set, near-duplicates on one side. Beside it stand the same products
with their own pictures: what noticing costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from aisle.classifier import Classifier
from aisle.data.splits import split
from aisle.schema import Decision, Product
from benchmarks.common import print_table, spread, subset_1050

SEEDS = range(5)


@dataclass(frozen=True)
class Shares:
    """Of so many rows, those sure enough, of these those familiar enough, of these those assigned
    since text and picture agree, and of these those right by the text."""

    rows: int
    sure: float
    familiar: float
    assigned: float
    right: float


def main() -> None:
    runs = [run(seed) for seed in SEEDS]
    rows = [
        row_of("as they are", [usual for usual, _ in runs]),
        row_of("with a picture of another category", [torn for _, torn in runs]),
    ]
    header = ("products", "rows", "sure", "and familiar", "and in agreement", "right, of these")
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
    answers, seen = model.predict(products), model._answer(products)
    verdicts = [model.verdicts_[pattern] for pattern in seen.patterns]
    sure = np.array(
        [a.confidence >= v.threshold.value for a, v in zip(answers, verdicts, strict=True)]
    )
    familiar = sure & (seen.familiarity >= [one.least_familiarity for one in verdicts])
    assigned = np.array([answer.decision is Decision.ASSIGN for answer in answers])
    pairs = zip(products, answers, strict=True)
    right = np.array([product.category == answer.category for product, answer in pairs])
    parts = map(float, (sure.mean(), familiar.mean(), assigned.mean(), right[assigned].mean()))
    return Shares(len(answers), *parts)


def row_of(name: str, runs: Sequence[Shares]) -> tuple[str, ...]:
    columns = (
        [getattr(one, key) for one in runs] for key in ("sure", "familiar", "assigned", "right")
    )
    return (name, str(sum(one.rows for one in runs)), *(spread(one, 3) for one in columns))


if __name__ == "__main__":
    main()
