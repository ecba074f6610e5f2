"""The real data, the baseline, and how figures are taken and printed."""

from __future__ import annotations

import dataclasses
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.svm import LinearSVC

from aisle.classifier import Classifier
from aisle.data.pictures.sources import LocalPictures, NoPictures, PictureSource
from aisle.data.presets.flipkart.labels import FirstLevels, FrequentRootWords, LabelRule
from aisle.data.presets.flipkart.preparing import prepare_flipkart
from aisle.data.products import Products, read_products
from aisle.schema import Prediction, Product

SHARED = Path(os.environ.get("AISLE_SHARED", Path(__file__).parents[2] / "shared"))
FLIPKART = SHARED / "data" / "flipkart"
MINILM = SHARED / "models" / "all-MiniLM-L6-v2"
POTION = SHARED / "models" / "potion-base-4M-int8"
MOBILENET = SHARED / "models" / "mobilenet-v1-1.0-224"
VIT = SHARED / "models" / "vit-tiny-patch16-224"

Result = TypeVar("Result")

FIELDS = ("title", "specifications", "description")


def subset_1050(text: Sequence[str] = FIELDS) -> Products:
    """1,050 products of seven roots, with pictures."""
    source = FLIPKART / "flipkart_com-ecommerce_sample_1050.csv"
    return _prepared(source, FirstLevels(1), LocalPictures(FLIPKART / "images"), text)


def ten_labels(text: Sequence[str] = FIELDS) -> Products:
    """17,285 products of ten labels, without pictures."""
    return _prepared(FLIPKART / "products.parquet", FrequentRootWords(), NoPictures(), text)


def all_products() -> Products:
    """All 20,000, without pictures."""
    return _prepared(FLIPKART / "products.parquet", FirstLevels(1), NoPictures(), FIELDS)


def second_level(text: Sequence[str] = ("title",), least: int = 10) -> Products:
    """The 19,401 names in the 98 categories of the second level with `least` products or more."""
    products = _prepared(FLIPKART / "products.parquet", FirstLevels(2), NoPictures(), text)
    counts = Counter(product.category for product in products)
    enough = [row for row, one in enumerate(products) if counts[one.category] >= least]
    return products.take(enough)


def labels_of(products: Sequence[Product]) -> NDArray[np.str_]:
    """The categories as text."""
    return np.array([" > ".join(product.category or ()) for product in products])


def answers_of(predictions: Sequence[Prediction]) -> NDArray[np.str_]:
    """The predicted categories as text."""
    return np.array([" > ".join(one.category or ()) for one in predictions])


def sure_enough(model: Classifier, predictions: Sequence[Prediction]) -> NDArray[np.bool_]:
    """(n,) which predictions reach the threshold of their modalities."""
    thresholds = {one.modalities: one.threshold.value for one in model.summary().by_modalities}
    return np.array(
        [one.confidence >= thresholds.get(frozenset(one.modalities), np.inf) for one in predictions]
    )


def linear_svc(texts: Sequence[str], labels: NDArray[np.str_]) -> Pipeline:
    """What a user would take instead: word and character TF-IDF into a LinearSVC."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    return make_pipeline(make_union(words, characters), LinearSVC()).fit(texts, labels)


def timed(run: Callable[[], Result]) -> tuple[Result, float]:
    """What a call returns, and how many seconds it took."""
    started = time.perf_counter()
    result = run()
    return result, time.perf_counter() - started


def without_images(products: Sequence[Product]) -> list[Product]:
    return [dataclasses.replace(product, images=()) for product in products]


def without_texts(products: Sequence[Product]) -> list[Product]:
    return [dataclasses.replace(product, texts=()) for product in products]


def coverage_at(
    confidence: NDArray[np.floating], right: NDArray[np.bool_], precision: float
) -> float:
    """The largest share of the most confident rows that keeps a precision."""
    hits = np.cumsum(right[np.argsort(-confidence, kind="stable")])
    shares = hits / np.arange(1, len(right) + 1)
    enough = np.flatnonzero(shares >= precision)
    return float((enough[-1] + 1) / len(right)) if len(enough) else 0.0


def spread(values: Sequence[float], digits: int = 4) -> str:
    """Mean and range over seeds."""
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{np.mean(values):.{digits}f} [{min(values):.{digits}f}, {max(values):.{digits}f}]"


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A Markdown table."""
    print(f"\n### {title}\n")
    print("| " + " | ".join(header) + " |")
    print("|" + " --- |" * len(header))
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |")
    sys.stdout.flush()


def need_shared() -> None:
    """Ends with one line where the real data is not there."""
    if not FLIPKART.is_dir():
        sys.exit(f"no data in {SHARED}; set AISLE_SHARED to the folder with data/ and models/")


def _prepared(
    source: Path, rule: LabelRule, pictures: PictureSource, text: Sequence[str]
) -> Products:
    need_shared()
    with tempfile.TemporaryDirectory() as folder:
        summary = prepare_flipkart(source, Path(folder), label_rule=rule, pictures=pictures)
        return read_products(summary.products, text=text)
