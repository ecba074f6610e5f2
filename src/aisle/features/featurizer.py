"""What a featurizer is: it turns products into what one expert looks at."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from aisle.encoders.base import ImageEncoder, TextEncoder
from aisle.encoders.cache import VectorCache
from aisle.experts.expert import CrossFitted, Features, TrainableExpert
from aisle.experts.state import State
from aisle.experts.training_task import TrainingTask
from aisle.schema import Modality, ModalitySet, Product

FEWEST_CACHED = 32
"""Vectors of fewer products are not cached: they are computed faster than looked up."""

TEXT: ModalitySet = frozenset({Modality.TEXT})
IMAGE: ModalitySet = frozenset({Modality.IMAGE})


@dataclass(frozen=True)
class Evidence:
    """What one expert looks at: (n, d) features, and which of the n rows have any."""

    features: Features
    present: NDArray[np.bool_]


@dataclass(frozen=True)
class Featurized:
    """What a featurizer made of n products.

    Attributes:
        evidence: what the expert looks at.
        errors: by row, what could not be read.
    """

    evidence: Evidence
    errors: Mapping[int, str]


class Featurizer(ABC):
    """Turns products into what one expert looks at, and says which expert that is.

    Attributes:
        kind: its name in the registry and in the model folder.
        name: what users call the expert.
        needs: what a product must have.
        required: whether a product that it can make nothing of counts as lacking what it needs.
            Where no featurizer with the same needs is required, all of them are.
        single_validation_fold: whether its expert takes too long to be fitted once for each fold;
            one fold is then held out for all experts.
    """

    kind: ClassVar[str]
    required: ClassVar[bool] = True
    single_validation_fold: ClassVar[bool] = False
    name: str
    needs: ModalitySet

    @property
    def notes(self) -> Sequence[str]:
        """What users should know of how products are read, a line each."""
        return ()

    @property
    def feature_names(self) -> Sequence[str] | None:
        """(d,) a name of each feature that people understand; empty text where one has none."""
        return None

    def check(self, products: Sequence[Product]) -> None:  # noqa: B027 - most have nothing to check
        """Whether it can be fitted on products.

        Raises:
            InputError: it cannot.
        """

    @abstractmethod
    def fit(self, products: Sequence[Product], n_classes: int) -> Self:
        """Learns from training products what it needs to read others, without their labels."""

    @abstractmethod
    def transform(self, products: Sequence[Product]) -> Featurized:
        """What there is to look at."""

    def fit_transform(self, products: Sequence[Product], n_classes: int) -> Featurized:
        """Learns from products, and what there is to look at in them."""
        return self.fit(products, n_classes).transform(products)

    def new_expert(self) -> TrainableExpert:
        """A new expert for these features, not fitted."""
        raise NotImplementedError(f"{type(self).__name__} offers neither new_expert nor learn")

    def learn(self, evidence: Evidence, task: TrainingTask) -> CrossFitted:
        """An expert of all rows that have anything, and its out-of-fold scores."""
        rows = np.flatnonzero(evidence.present)
        found = self.new_expert().cross_fit(evidence.features[rows], task.take(rows))
        scores = np.zeros((len(task.calibration_rows), task.n_classes), dtype=np.float32)
        scores[evidence.present[task.calibration_rows]] = found.oof_scores
        return CrossFitted(found.expert, scores)

    @abstractmethod
    def state(self) -> State:
        """All that was learned."""

    @classmethod
    @abstractmethod
    def from_state(cls, state: State) -> Self:
        """The featurizer that had this state."""


def cache_for(
    encoder: TextEncoder | ImageEncoder, products: Sequence[Product]
) -> VectorCache | None:
    """Where vectors of these products are kept."""
    return VectorCache(encoder.fingerprint) if len(products) >= FEWEST_CACHED else None


def encoder_files(encoder: TextEncoder | ImageEncoder) -> dict[str, Path]:
    """The files of an encoder, by their path in its folder; none where it is part of aisle."""
    root = encoder.root
    return {p.relative_to(root).as_posix(): p for p in encoder.files} if root else {}


def folder_of(files: Mapping[str, Path | bytes]) -> Path:
    """The folder in which loaded files lie.

    Raises:
        ValueError: there are none.
    """
    for name, path in files.items():
        if isinstance(path, Path):
            return path.parents[len(PurePosixPath(name).parts) - 1]
    raise ValueError("the files of an encoder are not there")
