"""The 20,000 names, second level of the tree (98 categories), brands on one side of the split.

TF-IDF + LinearSVC on the same rows is the baseline.
"""

from __future__ import annotations

import numpy as np
from sklearn.metrics import f1_score

from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.data.splits import split
from benchmarks.common import answers_of, labels_of, linear_svc, print_table, second_level, spread

SEEDS = range(5)


def main() -> None:
    products = second_level()
    by_seed = [run(products, seed) for seed in SEEDS]
    rows = [
        (name, *(spread([one[name][i] for one in by_seed]) for i in range(2)))
        for name in by_seed[0]
    ]
    title = f"{len(products)} names, second level, brand-disjoint 80/20, {len(SEEDS)} seeds"
    print_table(title, ("model", "micro-F1", "macro-F1"), rows)


def run(products: Products, seed: int) -> dict[str, tuple[float, float]]:
    """Micro- and macro-F1 of each model."""
    train, test = split(products, test_size=0.2, by="brand", seed=seed)
    labels, truth = labels_of(train), labels_of(test)
    model = Classifier(seed=seed).fit(train)
    svm = linear_svc([one.text for one in train], labels)
    answers = {
        "aisle": answers_of(model.predict(test)),
        "TF-IDF + LinearSVC": svm.predict([one.text for one in test]),
    }
    return {
        name: (
            f1_score(truth, answer, average="micro"),
            f1_score(truth, answer, average="macro", labels=np.unique(truth), zero_division=0),
        )
        for name, answer in answers.items()
    }


if __name__ == "__main__":
    main()
