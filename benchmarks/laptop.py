"""One 80/20 split of the 1,050 set (stratified, seed 42): accuracy, and how long everything takes.

Each timing is of a fresh process with a cold cache where it says so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

from aisle.classifier import Classifier
from aisle.predictions import Predictions
from benchmarks.common import (
    MINILM,
    VIT,
    answers_of,
    labels_of,
    linear_svc,
    print_table,
    subset_1050,
    timed,
    without_images,
    without_texts,
)


def main() -> None:
    products = subset_1050()
    labels = labels_of(products)
    rows = np.arange(len(products))
    train, test = train_test_split(rows, test_size=0.2, stratify=labels, random_state=42)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["AISLE_CACHE"] = f"{folder}/cache"
        model, fit_seconds = timed(lambda: Classifier([MINILM], [VIT]).fit(products.take(train)))
        part = products.take(test)
        both, predict_seconds = timed(lambda: model.predict(part))

        def accuracy(predictions: Predictions) -> str:
            return f"{(answers_of(predictions) == labels[test]).mean():.4f}"

        svc = linear_svc([one.text for one in products.take(train)], labels[train])
        answers = svc.predict([one.text for one in part])
        model.save(f"{folder}/model")
        one = next(product for product in part if product.images)
        print_table(
            f"1,050 set, 80/20, seed 42, {len(test)} test rows",
            ("figure", "aisle"),
            [
                ("accuracy, both", accuracy(both)),
                ("accuracy without picture", accuracy(model.predict(without_images(part)))),
                ("accuracy without text", accuracy(model.predict(without_texts(part)))),
                ("accuracy, TF-IDF + LinearSVC", f"{(answers == labels[test]).mean():.4f}"),
                ("fit, cold cache, s", f"{fit_seconds:.1f}"),
                ("products/s, cold cache", f"{len(part) / predict_seconds:.1f}"),
                ("one product, warm, p50 ms", f"{warm(model, one):.1f}"),
                ("one product from the shell, cold, s", cold(f"{folder}/model", one)),
            ],
        )


def warm(model: Classifier, product) -> float:
    """Median milliseconds of one answer with all its reasons."""
    times = [timed(lambda: model.explain([product]))[1] for _ in range(30)]
    return float(np.median(times[5:]) * 1000)


def cold(folder: str, product) -> str:
    """Seconds of the whole command, the median of five runs."""
    command = [Path(sys.executable).with_name("aisle"), "classify", folder, "--json"]
    command += ["--text", product.text, "--image", product.images[0]]
    times = []
    for _ in range(5):
        done, seconds = timed(lambda: subprocess.run(command, capture_output=True, check=True))
        times.append(seconds)
    assert json.loads(done.stdout)["category"]
    return f"{np.median(times):.2f}"


if __name__ == "__main__":
    main()
