"""A model's answers to the same products with all, only their texts, or only their pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from aisle.classifier import Classifier
from aisle.evaluation.metrics import NO_ANSWER, Columns, Flags, Floats
from aisle.schema import CategoryPath, Decision, Modality, Product

TOP = 3


class View(StrEnum):
    """What a model is shown of each product."""

    BOTH = "both"
    TEXT = "text"
    IMAGE = "image"

    @property
    def caption(self) -> str:
        """For people."""
        captions = {View.BOTH: "text + picture", View.TEXT: "text only", View.IMAGE: "picture only"}
        return captions[self]

    def of(self, products: Sequence[Product]) -> list[Product]:
        """The products as this view shows them."""
        if self is View.TEXT:
            return [replace(product, images=()) for product in products]
        if self is View.IMAGE:
            return [replace(product, texts=()) for product in products]
        return list(products)


ALONE = {Modality.TEXT: View.TEXT, Modality.IMAGE: View.IMAGE}
"""The view that shows one modality only."""


@dataclass(frozen=True)
class Truth:
    """The right categories of n products.

    Attributes:
        paths: n of them.
        columns: (n,) their columns.
        categories: the category of each column: first those that the model knows.
        known: how many categories the model knows.
    """

    paths: tuple[CategoryPath, ...]
    columns: Columns
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
        """(n,) whose category the model knows."""
        return self.columns < self.known

    def path(self, column: int) -> CategoryPath | None:
        """The category of a column, or None for no answer."""
        return None if column == NO_ANSWER else self.categories[column]


@dataclass(frozen=True)
class Look:
    """What a model makes of n products.

    Attributes:
        probabilities: (n, categories) as the model gives them.
        answered: (n,) where there was something to look at.
        assigned: (n,) which products the model assigns.
    """

    probabilities: NDArray[np.float32]
    answered: Flags
    assigned: Flags

    @classmethod
    def at(cls, model: Classifier, products: Sequence[Product]) -> Look:
        """Asks the model once."""
        found = model.predict(products)
        return cls(
            probabilities=found.probabilities,
            answered=np.array([one.category is not None for one in found], dtype=np.bool_),
            assigned=np.array([one.decision is Decision.ASSIGN for one in found], dtype=np.bool_),
        )


@dataclass(frozen=True)
class Outcome:
    """A model's answers to n products beside the truth; all arrays are (n,).

    Attributes:
        answers: the most probable category, or `NO_ANSWER`.
        confidence: its probability; 0 where there is no answer.
        own: the probability of the right category, 0 where the model does not know it.
        in_top: whether the right category is among the `TOP` most probable ones.
        assigned: whether the model assigns its answer rather than sending it to review.
        right: whether the answer is right.
    """

    answers: Columns
    confidence: Floats
    own: Floats
    in_top: Flags
    assigned: Flags
    right: Flags

    @classmethod
    def of(cls, look: Look, truth: Truth) -> Outcome:
        """Cuts probabilities down to what figures need."""
        rows = np.arange(len(truth.columns))
        answers = look.probabilities.argmax(axis=1)
        confidence = look.probabilities[rows, answers]
        own = look.probabilities[rows, np.minimum(truth.columns, truth.known - 1)]
        count = min(TOP, truth.known)
        top = np.argpartition(-look.probabilities, count - 1, axis=1)[:, :count]
        answers = np.where(look.answered, answers, NO_ANSWER)
        return cls(
            answers=answers,
            confidence=np.where(look.answered, confidence, 0.0),
            own=np.where(truth.learned, own, 0.0),
            in_top=(top == truth.columns[:, None]).any(axis=1) & look.answered,
            assigned=look.assigned,
            right=answers == truth.columns,
        )

    def replaced(self, other: Outcome, where: Flags) -> Outcome:
        """This outcome with the rows of another one where a flag is set."""
        return Outcome(
            answers=np.where(where, other.answers, self.answers),
            confidence=np.where(where, other.confidence, self.confidence),
            own=np.where(where, other.own, self.own),
            in_top=np.where(where, other.in_top, self.in_top),
            assigned=np.where(where, other.assigned, self.assigned),
            right=np.where(where, other.right, self.right),
        )

    @property
    def answered(self) -> Flags:
        """(n,) where there is an answer."""
        return np.asarray(self.answers != NO_ANSWER)
