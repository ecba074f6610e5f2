"""The records that travel between the rooms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

CategoryPath = tuple[str, ...]
"""A category as its names from the root down: ``("Clothing", "Shirts")``."""

ImageRef = Path | bytes
"""A picture as a file or as the bytes of one."""

SEPARATOR = " > "
"""Between the levels of a category path wherever aisle writes one as text."""


_TITLE_CHARACTERS = 200


class Modality(StrEnum):
    """A kind of evidence."""

    TEXT = "text"
    IMAGE = "image"
    ATTRIBUTES = "attributes"


ModalitySet = frozenset[Modality]
"""What there is of a product to look at."""


class Decision(StrEnum):
    """What to do with an answer."""

    ASSIGN = "assign"
    REVIEW = "review"


class Status(StrEnum):
    """How the reading of a product went."""

    OK = "ok"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Product:
    """One product as it is known.

    Attributes:
        id: the shop's own key, unique in a table.
        texts: the text columns in their order, the most telling first; empty strings where missing.
        images: the pictures, the main one first.
        category: the known category, or None.
        attributes: other columns by their names, such as price or brand; empty strings where
            missing.
    """

    id: str
    texts: tuple[str, ...] = ()
    images: tuple[ImageRef, ...] = ()
    category: CategoryPath | None = None
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def text(self) -> str:
        """All texts, one a line, without the missing ones."""
        return "\n".join(text for text in self.texts if text)

    @property
    def modalities(self) -> ModalitySet:
        """What there is of the product, as far as one can say before reading it."""
        parts = {
            Modality.TEXT: self.text,
            Modality.IMAGE: self.images,
            Modality.ATTRIBUTES: any(self.attributes.values()),
        }
        return frozenset(modality for modality, part in parts.items() if part)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A category and its probability."""

    category: CategoryPath
    confidence: float


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one expert adds to an answer.

    Attributes:
        expert: its name.
        modalities: what it looks at.
        favours: the category that it finds most probable.
        confidence: the probability that it gives to this category.
        log_odds: how much it adds to the log-odds of the answer against the runner-up; below 0
            where it speaks for the runner-up.
    """

    expert: str
    modalities: tuple[Modality, ...]
    favours: CategoryPath
    confidence: float
    log_odds: float


@dataclass(frozen=True, slots=True)
class ReferenceProduct:
    """A training product that is kept to show what an answer resembles."""

    id: str
    title: str
    category: CategoryPath


@dataclass(frozen=True, slots=True)
class SimilarProduct:
    """A reference product that resembles the one asked about; similarity is a cosine."""

    id: str
    title: str
    category: CategoryPath
    similarity: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an answer is what it is.

    Attributes:
        contributions: one an expert that had something to look at, the strongest first.
        words: the words that carried the winner against the runner-up, with their share of its lead
            in the score of the expert that reads words.
        similar: the most similar training products.
    """

    contributions: tuple[Contribution, ...] = ()
    words: tuple[tuple[str, float], ...] = ()
    similar: tuple[SimilarProduct, ...] = ()


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answer for one product.

    Attributes:
        id: the product's key.
        category: the most probable category; None where nothing could be read.
        confidence: the calibrated probability of `category`.
        levels: one candidate a level of the tree, from the root down to `category`.
        alternatives: the next best categories.
        decision: assign by machine or send to a person.
        decision_reason: one clause that says why.
        modalities: the evidence that was used.
        status: whether all that came could be read.
        error: what could not be read, or an empty string.
        explanation: why; None where it was not asked for.
    """

    id: str
    category: CategoryPath | None
    confidence: float
    levels: tuple[Candidate, ...]
    alternatives: tuple[Candidate, ...]
    decision: Decision
    decision_reason: str
    modalities: tuple[Modality, ...]
    status: Status
    error: str = ""
    explanation: Explanation | None = None


def join_path(path: CategoryPath) -> str:
    """The path as text, as aisle writes it."""
    return SEPARATOR.join(path)


def modality_set_name(modalities: ModalitySet) -> str:
    """A set of modalities as text: "text", "image" or "text + image"."""
    return " + ".join(modality for modality in Modality if modality in modalities)


def title_of(product: Product) -> str:
    """The first text that is not empty, cut where it is very long."""
    return next(filter(None, product.texts), "")[:_TITLE_CHARACTERS]
