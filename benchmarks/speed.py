"""How fast answers are: one product warm on one core, one from the shell, and many in a table.

`Classifier()` with its default encoders and, in turn in the same run, with ViT-tiny and MiniLM. The
tables give seconds on the clock and core-milliseconds; other work on the machine hardly changes
these.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from aisle.batch.local import predict_table
from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.schema import Product
from benchmarks.common import MINILM, VIT, print_table, spread, subset_1050

TRAIN = 800
ROUNDS = 3
RUNS = 200
SIDE = 500
"""The longer side of the one picture, in pixels."""


@dataclass(frozen=True)
class Spent:
    """What a run took: seconds on the clock, and of all cores together."""

    wall: float
    cores: float


def main() -> None:
    products = subset_1050()
    rows = np.random.default_rng(0).permutation(len(products))
    train, test = products.take(rows[:TRAIN]), products.take(rows[TRAIN:])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["AISLE_CACHE"] = f"{name}/cache"
        models = {
            "default encoders": Classifier().fit(train),
            "MiniLM + ViT-tiny": Classifier([MINILM], [VIT]).fit(train),
        }
        one = product_with_picture(test, folder)
        singles = []
        for title, model in models.items():
            model.save(folder / title)
            singles.append((title, *warm(folder / title, one), *cold(folder / title, one)))
        header = ("model", "warm p50, ms", "p90, ms", "core-ms", "cold from the shell, s", "core-s")
        print_table(f"one product, text and picture of {SIDE} px, on one core", header, singles)
        batches(models, test, folder)


def batches(models: dict[str, Classifier], products: Products, folder: Path) -> None:
    """Products a second, table in, table out, without a vector known, in turn."""
    spent: dict[str, list[Spent]] = {title: [] for title in models}
    for number in range(ROUNDS):
        for title, model in models.items():
            os.environ["AISLE_CACHE"] = f"{folder}/{title} {number}"
            spent[title].append(batch(model, products, folder / "answers.parquet"))
    reference = spent["MiniLM + ViT-tiny"]
    rows = [
        (
            title,
            spread([len(products) / one.wall for one in runs], 1),
            spread([one.cores / len(products) * 1000 for one in runs], 2),
            spread([other.wall / one.wall for one, other in zip(runs, reference, strict=True)], 1),
        )
        for title, runs in spent.items()
    ]
    header = ("model", "products/s", "core-ms a product", "times as fast")
    print_table(f"{len(products)} products, {os.cpu_count()} cores, {ROUNDS} rounds", header, rows)


def batch(model: Classifier, products: Products, to: Path) -> Spent:
    before, started = seconds_of(resource.RUSAGE_SELF), time.perf_counter()
    predict_table(model, products, to)
    wall = time.perf_counter() - started
    return Spent(wall, seconds_of(resource.RUSAGE_SELF) - before)


def seconds_of(whose: int) -> float:
    """What all cores together have spent."""
    usage = resource.getrusage(whose)
    return usage.ru_utime + usage.ru_stime


def product_with_picture(products: Products, folder: Path) -> Product:
    """A product with its picture as a shop would upload it."""
    product = next(product for product in products if product.images)
    file = folder / "one.jpg"
    with Image.open(product.images[0]) as image:
        scale = SIDE / max(image.size)
        size = [round(length * scale) for length in image.size]
        image.convert("RGB").resize((size[0], size[1])).save(file, quality=90)
    return Product(product.id, product.texts, (file,))


def warm(model: Path, product: Product) -> tuple[str, str, str]:
    """p50, p90 and core-milliseconds of one answer with its reasons, in a process of one core."""
    command = [sys.executable, "-m", "benchmarks.speed", model, product.images[0], *product.texts]
    done = subprocess.run(command, capture_output=True, check=True, preexec_fn=on_one_core)
    wall, cores = np.array(json.loads(done.stdout)).T * 1000
    return (
        f"{np.percentile(wall, 50):.1f}",
        f"{np.percentile(wall, 90):.1f}",
        f"{np.percentile(cores, 50):.1f}",
    )


def cold(model: Path, product: Product) -> tuple[str, str]:
    """Seconds and core-seconds of the whole command on one core: medians of five runs."""
    command = [Path(sys.executable).with_name("aisle"), "classify", model, "--json"]
    command += ["--text", product.text, "--image", product.images[0]]
    runs = []
    for _ in range(5):
        before, started = seconds_of(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(command, capture_output=True, check=True, preexec_fn=on_one_core)
        wall = time.perf_counter() - started
        runs.append((wall, seconds_of(resource.RUSAGE_CHILDREN) - before))
    assert json.loads(done.stdout)["category"]
    wall, cores = np.median(runs, axis=0)
    return f"{wall:.2f}", f"{cores:.2f}"


def on_one_core() -> None:
    os.sched_setaffinity(0, {0})


def answer_again_and_again(model: str, picture: str, *texts: str) -> None:
    """Prints seconds on the clock and of the core for each of many answers, as JSON."""
    classifier = Classifier.load(model)
    product = Product("1", texts, (Path(picture),))
    times = []
    for _ in range(RUNS):
        started, used = time.perf_counter(), time.process_time()
        classifier.explain([product])
        times.append((time.perf_counter() - started, time.process_time() - used))
    print(json.dumps(times[RUNS // 10 :]))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        answer_again_and_again(*sys.argv[1:])
    else:
        main()
