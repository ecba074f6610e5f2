"""Predictions for the same products by text only, by picture only, and by both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum

import numpy as np

from aisle.classifier import Classifier
from aisle.evaluation import metrics
from aisle.evaluation.metrics import NO_ANSWER, Flags, Floats, Labels
from aisle.predictions import Predictions
from aisle.schema import CategoryPath, Decision, Modality, Product

TOP = 3

CELLS_AT_ONCE = 10_000_000
"""The most probabilities that a model is asked for at once: 40 MB of float32."""

SHARES = (0.0, 0.3, 0.7, 1.0)


class ModalityView(StrEnum):
    """What a model is shown of each product."""

    BOTH = "both"
    TEXT = "text"
    IMAGE = "image"

    @property
    def caption(self) -> str:
        """For people."""
        return _CAPTIONS[self]

    def of(self, products: Sequence[Product]) -> list[Product]:
        """The products as this view shows them."""
        if self is ModalityView.TEXT:
            return [replace(product, images=()) for product in products]
        if self is ModalityView.IMAGE:
            return [replace(product, texts=()) for product in products]
        return list(products)


_CAPTIONS = {
    ModalityView.BOTH: "text + picture",
    ModalityView.TEXT: "text only",
    ModalityView.IMAGE: "picture only",
}

TEXT_FIRST = (ModalityView.TEXT, ModalityView.IMAGE, ModalityView.BOTH)
"""The order in which comparisons show the views."""

ALONE = {Modality.TEXT: ModalityView.TEXT, Modality.IMAGE: ModalityView.IMAGE}
"""The view that shows one modality only."""


@dataclass(frozen=True)
class Truth:
    """The right categories of n products.

    Attributes:
        paths: n of them.
        columns: (n,) their columns.
        categories: the category of each column: first those that the model knows.
        known: the number of categories that the model knows.
    """

    paths: tuple[CategoryPath, ...]
    columns: Labels
    categories: tuple[CategoryPath, ...]
    known: int

    @classmethod
    def of(cls, model: Classifier, products: Sequence[Product]) -> Truth:
        """The truth of products that all have a category."""
        paths = tuple(product.category or () for product in products)
        column = {path: index for index, path in enumerate(model.classes_)}
        for path in paths:
            column.setdefault(path, len(column))
        columns = np.array([column[path] for path in paths], dtype=np.intp)
        return cls(paths, columns, tuple(column), len(model.classes_))

    @property
    def learned(self) -> Flags:
        """(n,) whether the model knows the category."""
        return self.columns < self.known

    def path(self, column: int) -> CategoryPath | None:
        """The category of a column, or None for no prediction."""
        return None if column == NO_ANSWER else self.categories[column]


@dataclass(frozen=True)
class ScoredPredictions:
    """Predictions for n products, compared with the truth; all arrays are (n,).

    The probabilities of all other categories are not kept.

    Attributes:
        predicted: the most probable category, or `NO_ANSWER`.
        confidence: its probability; 0 where there is no prediction.
        own: the probability of the right category, 0 where the model does not know it.
        in_top: whether the right category is among the `TOP` most probable ones.
        assigned: whether the model assigns the prediction instead of sending it to review.
        right: whether the prediction is right.
    """

    predicted: Labels
    confidence: Floats
    own: Floats
    in_top: Flags
    assigned: Flags
    right: Flags

    @classmethod
    def of(cls, predictions: Predictions, columns: Labels) -> ScoredPredictions:
        """Reduces n predictions to what the figures need.

        Args:
            predictions: of n products.
            columns: (n,) the right categories; see `Truth.columns`.
        """
        probabilities = predictions.probabilities
        rows, known = np.arange(len(columns)), probabilities.shape[1]
        answered = np.array([one.category is not None for one in predictions], dtype=np.bool_)
        best = probabilities.argmax(axis=1)
        own = probabilities[rows, np.minimum(columns, known - 1)]
        count = min(TOP, known)
        top = np.argpartition(-probabilities, count - 1, axis=1)[:, :count]
        predicted = np.where(answered, best, NO_ANSWER)
        return cls(
            predicted=predicted,
            confidence=np.where(answered, probabilities[rows, best], 0.0),
            own=np.where(columns < known, own, 0.0),
            in_top=(top == columns[:, None]).any(axis=1) & answered,
            assigned=np.array([one.decision is Decision.ASSIGN for one in predictions], np.bool_),
            right=predicted == columns,
        )

    def replaced(self, other: ScoredPredictions, where: Flags) -> ScoredPredictions:
        """These predictions with the rows of others where a flag is set."""
        names = [field.name for field in fields(self)]
        return ScoredPredictions(
            *(np.where(where, getattr(other, name), getattr(self, name)) for name in names)
        )

    @property
    def answered(self) -> Flags:
        """(n,) where there is a prediction."""
        return np.asarray(self.predicted != NO_ANSWER)


def scored_predictions(
    model: Classifier,
    products: Sequence[Product],
    truth: Truth,
    cells_at_once: int = CELLS_AT_ONCE,
) -> ScoredPredictions:
    """Asks a model, a part of the products at a time, and compares with the truth.

    Args:
        model: a fitted classifier.
        products: n products, as the model is to see them.
        truth: of the same products.
        cells_at_once: the most probabilities that are held at a time.
    """
    step = max(1, cells_at_once // truth.known)
    parts = [
        ScoredPredictions.of(
            model.predict(products[start : start + step]), truth.columns[start : start + step]
        )
        for start in range(0, max(1, len(products)), step)
    ]
    names = [field.name for field in fields(ScoredPredictions)]
    return ScoredPredictions(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in names)
    )


@dataclass(frozen=True)
class RobustnessPoint:
    """What the predictions are worth when some products lose a modality.

    Attributes:
        lost: what is taken away.
        share: the share of products that lose it, drawn at random.
        accuracy: the share of right predictions; none at all counts as wrong.
        macro_f1: the mean of F1, each category counting the same.
        answered: the share of rows that have something left to look at.
    """

    lost: Modality
    share: float
    accuracy: float
    macro_f1: float
    answered: float


def robustness(
    views: Mapping[ModalityView, ScoredPredictions], truth: Truth, seed: int
) -> tuple[RobustnessPoint, ...]:
    """One point for each modality and each of `SHARES`.

    A product that has lost its texts is predicted as in the view of its pictures, so the model is
    not asked again. Products that lose a modality at a smaller share lose it at a larger one too.

    Args:
        views: the predictions in all three views.
        truth: of the same rows.
        seed: for the draw.
    """
    generator = np.random.default_rng(seed)
    points = []
    for lost in ALONE:
        rest = next(view for modality, view in ALONE.items() if modality != lost)
        draw = generator.random(len(truth.columns))
        for share in SHARES:
            scored = views[ModalityView.BOTH].replaced(views[rest], draw < share)
            points.append(_robustness_point(lost, share, scored, truth))
    return tuple(points)


def _robustness_point(
    lost: Modality, share: float, scored: ScoredPredictions, truth: Truth
) -> RobustnessPoint:
    return RobustnessPoint(
        lost=lost,
        share=share,
        accuracy=metrics.accuracy(truth.columns, scored.predicted),
        macro_f1=metrics.class_scores(truth.columns, scored.predicted).macro_f1,
        answered=float(scored.answered.mean()),
    )
