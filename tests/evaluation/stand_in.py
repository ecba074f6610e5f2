"""A model whose answers a test writes down beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pyarrow as pa

from aisle.answers.answering import Answers
from aisle.data.products import Products
from aisle.panel.verdict import Verdict
from aisle.schema import CategoryPath, Explanation, Modality, Product, SimilarProduct
from aisle.taxonomy import Taxonomy

SHIRTS, SHOES, MUGS = ("Clothing", "Shirts"), ("Clothing", "Shoes"), ("Kitchen", "Mugs")
CATEGORIES = (SHIRTS, SHOES, MUGS)


def picture(name: str) -> bytes:
    """What stands for a picture: the stand-in reads its name."""
    return name.encode()


def product(key: str, category: CategoryPath | None, text: str = "", image: str = "") -> Product:
    images = (picture(image),) if image else ()
    return Product(key, (text,) if text else (), images, category)


def products(items: Sequence[Product]) -> Products:
    return Products(tuple(items), pa.table({"id": [item.id for item in items]}))


class StandIn:
    """Answers with the probabilities that are written in texts and pictures.

    A text such as "0.7 0.2 0.1 blue" holds one probability a category; "strange" says that the
    product is unlike all others. Where there are text and
    picture, the mean of both is the answer.
    """

    def __init__(self, threshold: float = 0.8, precision: float = 0.95) -> None:
        self.classes_ = CATEGORIES
        self.taxonomy_ = Taxonomy(CATEGORIES)
        self.precision = precision
        self.calls = 0
        settings = SimpleNamespace(
            value=threshold, promised=threshold <= 1, bound=0.96, precision=precision
        )
        verdict = Verdict((1.0, 1.0), settings, -1.0, -1.0, 30, 0.9, "tfidf", 0.8, True, True)
        text, image = frozenset({Modality.TEXT}), frozenset({Modality.IMAGE})
        self.verdicts_ = {text: verdict, image: verdict, text | image: verdict}
        self.report_ = SimpleNamespace(
            rows=30, categories=3, folds=5, split="near-duplicates", leaked=4, notes=("<b>a</b>",)
        )

    def answer(self, items: Sequence[Product]) -> Answers:
        self.calls += 1
        rows, patterns = [], []
        for item in items:
            read = {Modality.TEXT: item.text, Modality.IMAGE: b"".join(item.images).decode()}
            found = {modality: said for modality, said in read.items() if said}
            patterns.append(frozenset(found))
            vectors = [[float(word) for word in said.split()[:3]] for said in found.values()]
            rows.append(np.mean(vectors, axis=0) if vectors else np.full(3, 1 / 3))
        probabilities = np.array(rows, dtype=np.float32).reshape(-1, 3)
        strange = np.array(["strange" in item.text for item in items], dtype=np.float32)
        return Answers([], probabilities, -2 * strange, 0 * strange, patterns, {})

    def predict(self, items: Sequence[Product]) -> list[SimpleNamespace]:
        similar = SimilarProduct("t1", "<i>near</i>", SHIRTS, 0.9)
        return [
            SimpleNamespace(explanation=Explanation((), (("wörd", 1.0),), (similar,)))
            for _ in items
        ]
