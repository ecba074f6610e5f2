"""Single products that a person should look at: the worst mistakes, the likely label errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from aisle.evaluation.metrics import Floats, Labels
from aisle.evaluation.modality_views import ALONE, ModalityView, ScoredPredictions, Truth
from aisle.schema import CategoryPath, ImageRef, Modality, Product, join_path

MOST = 100
"""The most findings of a kind that are kept."""

TINY = 0.05
"""A label is doubted only where the model gives it at most this probability."""

TEXT_CHARACTERS = 300


@dataclass(frozen=True)
class Finding:
    """A product whose label and prediction differ.

    Attributes:
        row: of the labelled products.
        id: the product's key.
        text: the beginning of its texts.
        image: its main picture, if any.
        given: its label.
        predicted: the category that the model predicts.
        confidence: the probability of the predicted category.
        given_confidence: the probability of the label; 0 where the model does not know it.
        alone: the modalities that lead to the same prediction alone.
    """

    row: int
    id: str
    text: str
    image: ImageRef | None
    given: CategoryPath
    predicted: CategoryPath
    confidence: float
    given_confidence: float
    alone: tuple[Modality, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON; a picture that is no file is left out."""
        image = None if self.image is None or isinstance(self.image, bytes) else str(self.image)
        paths = {"given": join_path(self.given), "predicted": join_path(self.predicted)}
        return asdict(self) | paths | {"image": image}


@dataclass(frozen=True)
class Findings:
    """What to look at.

    Attributes:
        mistakes: the most confident wrong predictions, the worst first.
        label_errors: the products whose label is probably wrong, the most certain first.
    """

    mistakes: tuple[Finding, ...]
    label_errors: tuple[Finding, ...]


def findings_of(
    products: Sequence[Product], views: Mapping[ModalityView, ScoredPredictions], truth: Truth
) -> Findings:
    """The products that a person should look at, `MOST` of a kind at most.

    Args:
        products: n products with a category.
        views: the predictions in all three views.
        truth: of the n products.
    """
    both = views[ModalityView.BOTH]

    def described(rows: Labels) -> tuple[Finding, ...]:
        return tuple(_finding(int(row), products, views, truth) for row in rows[:MOST])

    return Findings(described(worst_mistakes(both, truth)), described(label_errors(both, truth)))


def worst_mistakes(scored: ScoredPredictions, truth: Truth) -> Labels:
    """The rows of confident wrong predictions, the worst first.

    Products of categories that the model does not know are left out: it could not be right.
    """
    rows = np.flatnonzero(~scored.right & scored.answered & truth.learned)
    return rows[np.argsort(-scored.confidence[rows], kind="stable")]


def label_errors(scored: ScoredPredictions, truth: Truth) -> Labels:
    """The rows whose label is probably wrong, the most certain first.

    The idea is that of confident learning (Northcutt et al. 2021, arXiv 1911.00068): a label is
    doubted where the model predicts another category, with at least the probability that this
    category has on average where it is the label. Here the label must also have next to no
    probability. It holds for products that the model has not learned from.
    """
    threshold = class_thresholds(scored.own, truth)
    wrong = ~scored.right & scored.answered & truth.learned & (scored.own <= TINY)
    sure = scored.confidence >= threshold[scored.predicted]
    rows = np.flatnonzero(sure & wrong)
    return rows[np.argsort(scored.own[rows] - scored.confidence[rows], kind="stable")]


def class_thresholds(own: Floats, truth: Truth) -> Floats:
    """(categories,) the mean probability of each label where it is given; above 1 if it never is.

    Args:
        own: (n,) the probability of each row's label.
        truth: the labels.
    """
    labels, own = truth.columns[truth.learned], own[truth.learned]
    counts = np.bincount(labels, minlength=truth.known)
    sums = np.bincount(labels, own, truth.known)
    return np.where(counts > 0, sums / np.maximum(counts, 1), 2.0)


def _finding(
    row: int,
    products: Sequence[Product],
    views: Mapping[ModalityView, ScoredPredictions],
    truth: Truth,
) -> Finding:
    product, both = products[row], views[ModalityView.BOTH]
    column = int(both.predicted[row])
    text = product.text
    if len(text) > TEXT_CHARACTERS:
        text = text[:TEXT_CHARACTERS].rstrip() + "…"
    return Finding(
        row=row,
        id=product.id,
        text=text,
        image=product.images[0] if product.images else None,
        given=truth.paths[row],
        predicted=truth.categories[column],
        confidence=float(both.confidence[row]),
        given_confidence=float(both.own[row]),
        alone=tuple(
            modality for modality, view in ALONE.items() if views[view].predicted[row] == column
        ),
    )
