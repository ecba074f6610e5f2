"""Whether the promised precision holds: fits on many splits, counts how often it was broken.

A promise at 95 % may be broken in at most one of 20 draws.
"""

from __future__ import annotations

import numpy as np

from aisle.classifier import Classifier
from aisle.data.splits import split
from aisle.schema import Decision
from benchmarks.common import print_table, subset_1050, without_images, without_texts

DRAWS = 20
PRECISIONS = (0.9, 0.95)


def main() -> None:
    products = subset_1050(("title",))
    rows = []
    for precision in PRECISIONS:
        for name, view in (
            ("both", list),
            ("text only", without_images),
            ("picture only", without_texts),
        ):
            shares, coverages = [], []
            for seed in range(DRAWS):
                train, test = split(products, test_size=0.4, seed=seed)
                model = Classifier(precision=precision, seed=seed).fit(train)
                answers = model.place(view(test))
                right = [
                    answer.category == product.category
                    for answer, product in zip(answers, test, strict=True)
                    if answer.decision is Decision.ASSIGN
                ]
                coverages.append(len(right) / len(test))
                shares.append(float(np.mean(right)) if right else np.nan)
            made = [share for share in shares if share == share]
            broken = sum(share < precision for share in made)
            mean = f"{np.mean(made):.3f}" if made else "–"
            rows.append(
                (precision, name, f"{np.mean(coverages):.3f}", mean, f"{broken} of {len(made)}")
            )
    header = ("asked", "answers from", "assigned", "right among them", "below what was asked")
    print_table(f"1,050 set, titles alone, {DRAWS} splits of 60/40", header, rows)


if __name__ == "__main__":
    main()
