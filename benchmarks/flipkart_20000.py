"""The 20,000 products, ten labels, text only, on three kinds of split.

Random, near-duplicate-free and brand-disjoint; names and descriptions where there are any.
TF-IDF + LinearSVC on the same splits is the baseline. MiniLM runs with one seed only: encoding all
texts takes minutes.
"""

from __future__ import annotations

import numpy as np
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.data.splits import split
from benchmarks.common import (
    MINILM,
    answers_of,
    labels_of,
    linear_svc,
    print_table,
    spread,
    ten_labels,
    timed,
)

SEEDS = (42, 0, 1, 2, 3)


def main() -> None:
    products = ten_labels(("title", "description"))
    rows = []
    for how in ("random", "near-duplicates", "brand"):
        found: dict[str, list[tuple[float, float, float]]] = {}
        for seed in SEEDS:
            train, test = parts(products, how, seed)
            for name, figures in run(train, test, seed).items():
                found.setdefault(name, []).append(figures)
            print(how, seed, {name: values[-1] for name, values in found.items()}, flush=True)
        for name, values in found.items():
            micro, macro, seconds = zip(*values, strict=True)
            first = f"{micro[0]:.4f}"
            rows.append((how, name, first, spread(micro), spread(macro), f"{np.mean(seconds):.0f}"))
    header = ("split", "model", "seed 42 micro-F1", "micro-F1", "macro-F1", "seconds to fit")
    print_table(f"20,000 products, ten labels, {len(SEEDS)} seeds, text only", header, rows)


def parts(products: Products, how: str, seed: int) -> tuple[Products, Products]:
    """Four fifths to learn from, one fifth to test."""
    if how != "random":
        return split(products, by=how, seed=seed)
    rows = np.arange(len(products))
    labels = labels_of(products)
    train, test = train_test_split(rows, test_size=0.2, stratify=labels, random_state=seed)
    return products.take(train), products.take(test)


def run(train: Products, test: Products, seed: int) -> dict[str, tuple[float, float, float]]:
    """Micro-F1, macro-F1 and seconds to fit, by model."""
    truth = labels_of(test)
    found = {}
    contenders = {"aisle": [], "aisle + MiniLM": [MINILM]}
    if seed != SEEDS[0]:
        del contenders["aisle + MiniLM"]
    for name, encoders in contenders.items():
        model = Classifier(encoders, seed=seed)
        _, seconds = timed(lambda model=model: model.fit(train))
        found[name] = (*scores(truth, answers_of(model.predict(test))), seconds)
    svc, seconds = timed(lambda: linear_svc([one.text for one in train], labels_of(train)))
    answers = svc.predict([one.text for one in test])
    found["TF-IDF + LinearSVC"] = (*scores(truth, answers), seconds)
    return found


def scores(truth: np.ndarray, answers: np.ndarray) -> tuple[float, float]:
    return float((truth == answers).mean()), float(f1_score(truth, answers, average="macro"))


if __name__ == "__main__":
    main()
