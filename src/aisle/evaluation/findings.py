"""Single products that a person should look at: the worst mistakes, the likely label errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.evaluation.metrics import Floats
from aisle.evaluation.views import ALONE, Outcome, Truth, View
from aisle.schema import CategoryPath, ImageRef, Modality, Product, join_path

MOST = 100
"""How many findings of a kind are kept."""

TINY = 0.05
"""A label is doubted only where the model gives it at most this probability."""

TEXT_CHARACTERS = 300


@dataclass(frozen=True)
class Finding:
    """A product whose label and answer differ.

    Attributes:
        row: of the labelled products.
        id: the product's key.
        text: the beginning of its texts.
        image: its main picture, if any.
        given: its label.
        predicted: the model's answer.
        confidence: the probability of the answer.
        given_confidence: the probability of the label; 0 where the model does not know it.
        alone: the modalities that lead to the same answer alone.
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


def worst_mistakes(
    products: Sequence[Product], outcomes: Mapping[View, Outcome], truth: Truth
) -> tuple[Finding, ...]:
    """The most confident wrong answers, the worst first.

    Products of categories that the model does not know are left out: no answer could be right.
    """
    both = outcomes[View.BOTH]
    rows = np.flatnonzero(~both.right & both.answered & truth.learned)
    rows = rows[np.argsort(-both.confidence[rows], kind="stable")][:MOST]
    return tuple(_finding(int(row), products, outcomes, truth) for row in rows)


def likely_label_errors(
    products: Sequence[Product],
    outcomes: Mapping[View, Outcome],
    truth: Truth,
    probabilities: NDArray[np.float32],
) -> tuple[Finding, ...]:
    """The products whose label is probably wrong, the surest first.

    The idea is that of confident learning (Northcutt et al. 2021, arXiv 1911.00068): a label is
    doubted where the model's answer is another category, with at least the probability that this
    category has on average where it is the label. Here the label must have next to no probability
    besides. It holds for products that the model has not learned from.

    Args:
        products: n products.
        outcomes: of all three views.
        truth: of the n products.
        probabilities: (n, categories) with all there is to look at.
    """
    both = outcomes[View.BOTH]
    threshold = class_thresholds(both.own, truth)
    sure = probabilities[np.arange(len(probabilities)), both.answers] >= threshold[both.answers]
    rows = np.flatnonzero(sure & ~both.right & both.answered & truth.learned & (both.own <= TINY))
    rows = rows[np.argsort(both.own[rows] - both.confidence[rows], kind="stable")][:MOST]
    return tuple(_finding(int(row), products, outcomes, truth) for row in rows)


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
    row: int, products: Sequence[Product], outcomes: Mapping[View, Outcome], truth: Truth
) -> Finding:
    product, both = products[row], outcomes[View.BOTH]
    answer = int(both.answers[row])
    text = product.text
    if len(text) > TEXT_CHARACTERS:
        text = text[:TEXT_CHARACTERS].rstrip() + "…"
    return Finding(
        row=row,
        id=product.id,
        text=text,
        image=product.images[0] if product.images else None,
        given=truth.paths[row],
        predicted=truth.categories[answer],
        confidence=float(both.confidence[row]),
        given_confidence=float(both.own[row]),
        alone=tuple(m for m, view in ALONE.items() if outcomes[view].answers[row] == answer),
    )
