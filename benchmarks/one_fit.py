"""One fit in this process, as one line of JSON: what it cost and how good the model is.

`fit_time` runs it, so that each fit starts with fresh memory. A fit of forty rows comes first, so
that the time of imports is not in the figures; it is reported as `first`.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.schema import Decision, Product
from benchmarks.common import labels_of
from benchmarks.processes import cpu_seconds, family_of

MIN_DF = 2


class Contender(Protocol):
    """What is timed."""

    def fit(self, products: Products) -> object: ...

    def quality(self, products: Products) -> dict[str, float]: ...


class Aisle:
    """The classifier as it comes: the encoders of the package, all folds and calibrations."""

    def __init__(self, seed: int) -> None:
        self._model = Classifier(seed=seed)

    def fit(self, products: Products) -> object:
        return self._model.fit(products)

    def quality(self, products: Products) -> dict[str, float]:
        """Log-loss is that of the products whose category the model knows."""
        predictions = self._model.predict(products)
        right = np.array(
            [a.category == b.category for a, b in zip(predictions, products, strict=True)]
        )
        assigned = np.array([one.decision is Decision.ASSIGN for one in predictions])
        columns = {path: column for column, path in enumerate(self._model.classes_)}
        known = [row for row, one in enumerate(products) if one.category in columns]
        truth = [columns[products[row].category] for row in known]
        probability = self._model.predict_proba(products)[known, truth]
        figures = {
            "accuracy": float(right.mean()),
            "log_loss": float(-np.log(np.maximum(probability, 1e-12)).mean()),
            "coverage": float(assigned.mean()),
        }
        return figures | ({"precision": float(right[assigned].mean())} if assigned.any() else {})


class Margin:
    """What a user would take instead: TF-IDF of words and characters into one LinearSVC."""

    def __init__(self, seed: int) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import FeatureUnion, Pipeline
        from sklearn.svm import LinearSVC

        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=MIN_DF)
        characters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=MIN_DF
        )
        terms = FeatureUnion([("words", words), ("characters", characters)])
        self._model = Pipeline([("terms", terms), ("svc", LinearSVC(random_state=seed))])

    def fit(self, products: Products) -> object:
        return self._model.fit(_texts(products), labels_of(products))

    def quality(self, products: Products) -> dict[str, float]:
        answers = self._model.predict(_texts(products))
        return {"accuracy": float((answers == labels_of(products)).mean())}


CONTENDERS: dict[str, Callable[[int], Contender]] = {"aisle": Aisle, "LinearSVC": Margin}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("contender", choices=CONTENDERS)
    parser.add_argument("train", type=Path, help="pickled products")
    parser.add_argument("--first", type=Path, required=True, help="pickled products, a few")
    parser.add_argument("--test", type=Path, help="pickled products")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    train, few = _read(given.train), _read(given.first)
    first = _cost(lambda: CONTENDERS[given.contender](0).fit(few))
    contender = CONTENDERS[given.contender](given.seed)
    figures = _cost(lambda: contender.fit(train))
    figures["first"] = first["wall"]
    figures["peak_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps(figures), flush=True)
    if given.test:
        print(json.dumps(figures | contender.quality(_read(given.test))), flush=True)


def _cost(run: Callable[[], object]) -> dict[str, float]:
    """Seconds by the clock, and of processors in this process and those that it started."""
    started, cpu = time.perf_counter(), _cpu()
    run()
    return {"wall": time.perf_counter() - started, "cpu": _cpu() - cpu}


def _cpu() -> float:
    used = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        used += usage.ru_utime + usage.ru_stime
    return used + sum(map(cpu_seconds, family_of(os.getpid())[1:]))


def _texts(products: Sequence[Product]) -> list[str]:
    return [one.text for one in products]


def _read(file: Path) -> Products:
    products: Products = pickle.loads(file.read_bytes())  # noqa: S301 - written by `fit_time`
    return products


if __name__ == "__main__":
    main()
