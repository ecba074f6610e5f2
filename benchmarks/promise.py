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
    views = {"both": list, "text only": without_images, "picture only": without_texts}
    rows = []
    for precision in PRECISIONS:
        shares: dict[str, list[float]] = {name: [] for name in views}
        coverages: dict[str, list[float]] = {name: [] for name in views}
        for seed in range(DRAWS):
            train, test = split(products, test_size=0.4, seed=seed)
            model = Classifier(precision=precision, seed=seed).fit(train)
            for name, view in views.items():
                right = [
                    answer.category == product.category
                    for answer, product in zip(model.predict(view(test)), test, strict=True)
                    if answer.decision is Decision.ASSIGN
                ]
                coverages[name].append(len(right) / len(test))
                if right:
                    shares[name].append(float(np.mean(right)))
        for name, made in shares.items():
            broken = sum(share < precision for share in made)
            mean = f"{np.mean(made):.3f}" if made else "–"
            assigned = f"{np.mean(coverages[name]):.3f}"
            rows.append((precision, name, assigned, mean, f"{broken} of {len(made)}"))
    header = ("asked", "answers from", "assigned", "right among them", "below what was asked")
    print_table(f"1,050 set, titles alone, {DRAWS} splits of 60/40", header, rows)


if __name__ == "__main__":
    main()
