"""A model whose answers a test writes down beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from aisle.data.columns import Columns
from aisle.data.products import Products
from aisle.predictions import Predictions
from aisle.schema import (
    CategoryPath,
    Decision,
    Explanation,
    Modality,
    ModalitySet,
    Prediction,
    Product,
    SimilarProduct,
    Status,
)
from aisle.summary import (
    FitReport,
    ModalitySetSummary,
    ModelSummary,
    OofPredictions,
    Threshold,
    TrainingCurve,
)
from aisle.taxonomy import Taxonomy

SHIRTS, SHOES, MUGS = ("Clothing", "Shirts"), ("Clothing", "Shoes"), ("Kitchen", "Mugs")
CATEGORIES = (SHIRTS, SHOES, MUGS)
TEXT, IMAGE = frozenset({Modality.TEXT}), frozenset({Modality.IMAGE})
NO_ROWS = np.zeros(0, dtype=np.int32)


def picture(name: str) -> bytes:
    """What stands for a picture: the stand-in reads its name."""
    return name.encode()


def product(key: str, category: CategoryPath | None, text: str = "", image: str = "") -> Product:
    images = (picture(image),) if image else ()
    return Product(key, (text,) if text else (), images, category)


def products(items: Sequence[Product]) -> Products:
    return Products(tuple(items), pa.table({"id": [item.id for item in items]}))


def oof_predictions(truth=(), predicted=(), confidence=None, eligible=None) -> OofPredictions:
    """Out-of-fold predictions, which are confident and eligible unless a test says otherwise."""
    return OofPredictions(
        np.array(truth, dtype=np.int32),
        np.array(predicted, dtype=np.int32),
        np.array(confidence or [0.9] * len(truth), dtype=np.float32),
        np.array(eligible or [True] * len(truth), dtype=np.bool_),
    )


def modality_set_summary(
    modalities: ModalitySet = TEXT,
    *,
    threshold: float = 0.8,
    coverage: float = 0.5,
    accuracy: float = 0.9,
    rows: int = 30,
    oof: OofPredictions | None = None,
) -> ModalitySetSummary:
    return ModalitySetSummary(
        modalities=modalities,
        rows=rows,
        accuracy=accuracy,
        best_single="tfidf",
        best_single_accuracy=0.8,
        pooled=True,
        weights={"tfidf": 1.0},
        threshold=Threshold(threshold, 0.95, 0.96, coverage if threshold <= 1 else 0.0, rows),
        oof_predictions=oof or oof_predictions(),
    )


class StandIn:
    """Answers with the probabilities that are written in texts and pictures.

    A text such as "0.7 0.2 0.1 blue" holds one probability a category. Where there are text and
    picture, the mean of both is the answer. Subclasses say what it can look at, how long its fit
    took, how its networks were trained, and which training rows no expert was fitted on.
    """

    modality_sets: Sequence[ModalitySet] = (TEXT, IMAGE, TEXT | IMAGE)
    training_curves: dict[str, TrainingCurve] = {}
    validation_rows: Iterable[int] = ()
    fit_seconds = 10.0

    def __init__(self, threshold: float = 0.8, precision: float = 0.95) -> None:
        self.classes_ = CATEGORIES
        self.taxonomy_ = Taxonomy(CATEGORIES)
        self.columns_ = Columns()
        self.precision = precision
        self.threshold = threshold
        self.validation_rows_ = np.array(tuple(self.validation_rows), dtype=np.intp)
        self.calls = 0

    def fit(self, items: Products) -> StandIn:
        return self

    def accuracy(self, modalities: ModalitySet) -> float:
        return 0.9

    def seen(self, item: Product) -> Product:
        """A product as this model sees it."""
        return item

    def summary(self) -> ModelSummary:
        fit = FitReport(30, 3, 5, "near-duplicates", 4, ("<b>a</b>",), self.fit_seconds)
        by_modalities = (
            modality_set_summary(one, threshold=self.threshold, accuracy=self.accuracy(one))
            for one in self.modality_sets
        )
        return ModelSummary(fit, (), tuple(by_modalities), self.training_curves, ())

    def predict(self, items: Sequence[Product]) -> Predictions:
        self.calls += 1
        found = [self._prediction(item.id, self.seen(item)) for item in items]
        probabilities = np.array([row for _, row in found], dtype=np.float32).reshape(-1, 3)
        return Predictions(tuple(one for one, _ in found), probabilities)

    def explain(self, items: Sequence[Product]) -> Predictions:
        similar = SimilarProduct("t1", "<i>near</i>", SHIRTS, 0.9)
        explanation = Explanation((), (("wörd", 1.0),), (similar,))
        found = self.predict(items)
        return Predictions(
            tuple(replace(one, explanation=explanation) for one in found), found.probabilities
        )

    def _prediction(self, key: str, seen: Product) -> tuple[Prediction, np.ndarray]:
        read = {Modality.TEXT: seen.text, Modality.IMAGE: b"".join(seen.images).decode()}
        found = {modality: said for modality, said in read.items() if said}
        if frozenset(found) not in self.modality_sets:
            reason = "there is nothing that can be read"
            failed = Prediction(
                key, None, 0.0, (), (), Decision.REVIEW, reason, (), Status.FAILED, reason
            )
            return failed, np.full(3, 1 / 3)
        row = np.mean([[float(word) for word in said.split()[:3]] for said in found.values()], 0)
        confidence = np.float32(row.max())
        assigned = confidence >= self.threshold
        answer = Prediction(
            id=key,
            category=CATEGORIES[int(row.argmax())],
            confidence=float(confidence),
            levels=(),
            alternatives=(),
            decision=Decision.ASSIGN if assigned else Decision.REVIEW,
            decision_reason="",
            modalities=tuple(found),
            status=Status.OK,
        )
        return answer, row
