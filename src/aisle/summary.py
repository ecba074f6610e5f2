"""What a fitted model says of itself: records for everything above `Classifier`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from aisle.schema import ModalitySet, Product, ReferenceProduct, modality_set_name, title_of


@dataclass(frozen=True)
class Threshold:
    """The least confidence that is assigned.

    Attributes:
        value: the least confidence that is assigned; above 1 where no precision can be promised.
        precision: the precision that was asked for.
        bound: the lower bound of the precision of assignments, at a confidence of 95 %.
        coverage: the share of calibration rows that are assigned.
        rows: the number of calibration rows.
    """

    value: float
    precision: float
    bound: float
    coverage: float
    rows: int

    @property
    def promised(self) -> bool:
        """Whether anything can be assigned."""
        return self.coverage > 0


@dataclass(frozen=True)
class OofPredictions:
    """Out-of-fold predictions of n training products: of models that did not see them.

    Attributes:
        truth: (n,) the right categories, as columns.
        predicted: (n,) the predicted categories, as columns.
        confidence: (n,) calibrated probabilities of the predicted categories.
        eligible: (n,) whether familiarity and agreement allow an assignment.
    """

    truth: NDArray[np.int32]
    predicted: NDArray[np.int32]
    confidence: NDArray[np.float32]
    eligible: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def correct(self) -> NDArray[np.bool_]:
        """(n,) which predictions are right."""
        return np.asarray(self.truth == self.predicted)

    @property
    def eligible_confidence(self) -> NDArray[np.float32]:
        """(n,) the confidence that is compared with the threshold; 0 where not eligible."""
        return np.where(self.eligible, self.confidence, np.float32(0))


@dataclass(frozen=True)
class MemberSummary:
    """One expert of the ensemble.

    Attributes:
        name: what users call it.
        modalities: what it looks at.
        accuracy: the share of right answers it gives alone, out of fold; None where not measured.
        seconds: how long reading and fitting took; None where not measured.
    """

    name: str
    modalities: ModalitySet
    accuracy: float | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class ModalitySetSummary:
    """How products with one set of modalities are answered, measured out of fold.

    Attributes:
        modalities: what there is to look at.
        rows: the number of calibration rows.
        accuracy: the share of right answers.
        best_single: the name of the best expert, or of the best single modality.
        best_single_accuracy: its accuracy on the same rows.
        pooled: whether the pool answers; otherwise the best single one does.
        weights: the pool weight of each expert that looks at these modalities, by name.
        threshold: the least confidence that is assigned.
        oof_predictions: out-of-fold predictions, 20,000 at most.
    """

    modalities: ModalitySet
    rows: int
    accuracy: float
    best_single: str
    best_single_accuracy: float
    pooled: bool
    weights: dict[str, float]
    threshold: Threshold
    oof_predictions: OofPredictions

    @property
    def name(self) -> str:
        """The modalities as text: "text", "image" or "text + image"."""
        return modality_set_name(self.modalities)


@dataclass(frozen=True)
class FitReport:
    """How a fit went.

    Attributes:
        rows: the number of products that were learned from.
        categories: the number of categories.
        folds: the number of folds.
        split: what was kept together in a fold.
        leaked: the number of rows that random folds would have tested with a near-duplicate in
            training.
        notes: what else there is to know, a line each.
        seconds: how long it took.
    """

    rows: int
    categories: int
    folds: int
    split: str
    leaked: int
    notes: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class Epoch:
    """One pass over the training rows of a network.

    Attributes:
        loss: the mean cross-entropy of training rows, with dropout.
        accuracy: the accuracy on training rows, with dropout.
        validation_loss: the mean cross-entropy of validation rows.
        validation_accuracy: the accuracy on validation rows.
        rate: the learning rate.
        seconds: how long it took.
    """

    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    rate: float
    seconds: float


@dataclass(frozen=True)
class TrainingCurve:
    """How the training of a network went, epoch by epoch.

    Attributes:
        epochs: in their order.
        device: "cpu" or "cuda".
        note: why it ended otherwise than expected, or an empty string.
    """

    epochs: tuple[Epoch, ...]
    device: str
    note: str = ""

    @property
    def best(self) -> int:
        """The epoch of the least validation loss, whose weights were kept; counted from 0."""
        return int(np.argmin([epoch.validation_loss for epoch in self.epochs]))

    @property
    def seconds(self) -> float:
        """Of all epochs."""
        return sum(epoch.seconds for epoch in self.epochs)

    def to_array(self) -> NDArray[np.float32]:
        """(epochs, 6) the epochs as rows."""
        return np.array([astuple(epoch) for epoch in self.epochs], dtype=np.float32)

    @classmethod
    def from_array(cls, rows: NDArray[np.float32], device: str, note: str = "") -> Self:
        """The curve of such an array."""
        return cls(tuple(Epoch(*map(float, row)) for row in rows), device, note)


@dataclass(frozen=True)
class ModelSummary:
    """What a fitted model says of itself.

    Attributes:
        fit: how the fit went.
        members: the experts of the ensemble.
        by_modalities: one summary for each set of modalities that the model can answer.
        training_curves: of the networks in the ensemble, by name.
        reference_products: training products that are kept to show similar ones.
    """

    fit: FitReport
    members: tuple[MemberSummary, ...]
    by_modalities: tuple[ModalitySetSummary, ...]
    training_curves: dict[str, TrainingCurve]
    reference_products: tuple[ReferenceProduct, ...]

    def known(self, products: Iterable[Product]) -> int:
        """The number of products that are among the reference products, by id and title."""
        kept = {(one.id, one.title) for one in self.reference_products}
        return sum((product.id, title_of(product)) in kept for product in products)
